//! Conducting a run: from power-on to the machine's last word, whatever it does. One code path for all machines.

mod lines;
mod spoken;

use std::io::Read;
use std::process::{Child, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use protocol::event::Event;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Error;
use crate::machine::Machine;
use crate::share::Share;
use lines::{Said, read_lines};
use spoken::Spoken;

/// How long a machine may take to answer when it is asked for its state, and to go away after its last line.
const GRACE: Duration = Duration::from_secs(5);
/// Lines of a kind that are kept: a machine that floods us must not fill our memory.
const KEPT_EVENTS: usize = 20_000;
const KEPT_FOREIGN: usize = 20;
/// Lines in flight; a machine that is faster waits.
const IN_FLIGHT: usize = 256;
/// Bytes of standard error that are kept, from its beginning.
const KEPT_STDERR: u64 = 8 << 10;

/// How a machine ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// With its `end` line.
    Said {
        /// Whether it says that all steps were taken and no check failed.
        held: bool,
    },
    /// Without one; in words.
    Died(String),
    /// It was stopped at the timeout.
    TimedOut,
}

/// All that a machine said.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Its events in order, without progress and `end`.
    pub events: Vec<Event>,
    /// How many more events came than are kept.
    pub dropped: u64,
    /// Lines that are no events.
    pub foreign: Vec<String>,
    /// How it ended.
    pub ending: Ending,
    /// What it wrote to standard error.
    pub stderr: String,
    /// From power-on to `started`.
    pub until_started: Option<Duration>,
    /// From power-on to the end.
    pub whole: Duration,
}

/// Runs the machine until it ends, dies, or `timeout` is over; each of several scenarios has as much. `watch` sees every event as it comes.
///
/// # Errors
/// The machine cannot be switched on. Whatever it does afterwards is in [`Told`].
pub fn conduct(
    machine: &mut dyn Machine,
    share: &Share,
    timeout: Duration,
    watch: &mut dyn FnMut(&Event),
) -> Result<Told, Error> {
    let begin = Instant::now();
    let mut child = machine.power_on(share)?;
    let (sender, said) = sync_channel(IN_FLIGHT);
    if let Some(stdout) = child.stdout.take() {
        let stream = Spoken::new(stdout, share.lines()?);
        thread::spawn(move || read_lines(stream, &sender));
    }
    let (sender, complaints) = sync_channel(1);
    if let Some(stderr) = child.stderr.take() {
        thread::spawn(move || sender.send(head_of(stderr)));
    }
    let mut listener = Listener { told: Told::new(), begin, timeout, watch };

    let mut ended = listener.listen(&said, begin + timeout);
    while let Listened::Stopped(event) = ended {
        if let Err(why) = machine.hold(share) {
            let _ = child.kill();
            let _ = child.wait();
            return Err(why);
        }
        listener.hear(event);
        ended = listener.listen(&said, begin + timeout);
    }
    if ended == Listened::TimedOut {
        // Its answer is part of what it said, but it changes nothing about why it was stopped. The first time it may come to
        // the end of what it is at; the second time it answers wherever it is.
        for _ in 0..2 {
            machine.ask_for_state(&child);
            if listener.listen(&said, Instant::now() + GRACE / 2) != Listened::TimedOut {
                break;
            }
        }
    }
    let mut told = listener.told;
    // Without a reader, a machine that still talks cannot keep us.
    drop(said);
    let status = if ended == Listened::TimedOut { None } else { wait(&mut child, GRACE) };
    let _ = child.kill();
    let _ = child.wait();
    told.ending = match (ended, status) {
        (Listened::End { held }, _) => Ending::Said { held },
        (Listened::Closed, Some(status)) => Ending::Died(machine.cause_of_death(status)),
        (Listened::Closed, None) => Ending::Died("the machine closed its output and went on".to_owned()),
        // What comes after a stop was listened to above.
        (Listened::TimedOut | Listened::Stopped(_), _) => Ending::TimedOut,
    };
    told.whole = begin.elapsed();
    // A process that the machine left behind could hold its standard error open.
    told.stderr = complaints.recv_timeout(GRACE).unwrap_or_default();
    Ok(told)
}

#[derive(PartialEq)]
enum Listened {
    /// The machine waits for a debugger.
    Stopped(Event),
    End {
        held: bool,
    },
    Closed,
    TimedOut,
}

struct Listener<'a> {
    told: Told,
    begin: Instant,
    timeout: Duration,
    watch: &'a mut dyn FnMut(&Event),
}

impl Listener<'_> {
    fn listen(&mut self, said: &Receiver<Said>, mut until: Instant) -> Listened {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Listened::TimedOut;
            }
            match said.recv_timeout(left) {
                Ok(Said::Line(line)) => match Event::from_line(&line) {
                    Ok(Event::End { held }) => return Listened::End { held },
                    Ok(event @ Event::Stopped { .. }) => return Listened::Stopped(event),
                    Ok(event) => {
                        if matches!(event, Event::Begun { .. }) {
                            until = Instant::now() + self.timeout;
                        }
                        self.hear(event);
                    }
                    Err(_) => self.foreign(&line),
                },
                Ok(Said::Broken(line)) => self.foreign(&format!("{line} (broken off)")),
                Err(RecvTimeoutError::Disconnected) => return Listened::Closed,
                Err(RecvTimeoutError::Timeout) => return Listened::TimedOut,
            }
        }
    }

    fn hear(&mut self, event: Event) {
        (self.watch)(&event);
        if matches!(event, Event::Started) {
            self.told.until_started.get_or_insert(self.begin.elapsed());
        }
        match event {
            Event::Progress { .. } | Event::Stopped { .. } => {}
            Event::Log { .. } if self.told.events.len() >= KEPT_EVENTS => self.told.dropped += 1,
            // Others are few; twice as many as ever are a flood too.
            _ if self.told.events.len() >= 2 * KEPT_EVENTS => self.told.dropped += 1,
            event => self.told.events.push(event),
        }
    }

    fn foreign(&mut self, line: &str) {
        if self.told.foreign.len() < KEPT_FOREIGN {
            self.told.foreign.push(line.chars().take(200).collect());
        }
    }
}

impl Told {
    fn new() -> Told {
        Told {
            events: Vec::new(),
            dropped: 0,
            foreign: Vec::new(),
            ending: Ending::TimedOut,
            stderr: String::new(),
            until_started: None,
            whole: Duration::ZERO,
        }
    }
}

/// Waits for a process to end, but not for ever.
fn wait(child: &mut Child, at_most: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + at_most;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// The first bytes of a stream; the rest is read and dropped, so that its writer never waits.
fn head_of(mut stream: impl Read) -> String {
    let mut head = Vec::new();
    let _ = stream.by_ref().take(KEPT_STDERR).read_to_end(&mut head);
    let _ = std::io::copy(&mut stream, &mut std::io::sink());
    String::from_utf8_lossy(&head).into_owned()
}
