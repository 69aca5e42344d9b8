//! What became of a Mac that does not answer any more, and the words for every other way in which a run stops.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use protocol::event::Event;
use runner::symbolicate::Kext;

use crate::guest;
use crate::mac::PATH;
use crate::panic;
use crate::session::Session;
use crate::ssh::{Lost, SHORT, Ssh};
use crate::steps::{Steps, Stop, emit};

/// How long a Mac may take to come back after a panic, before a guest's reset button is pressed, and after that.
const RETURN: Duration = Duration::from_mins(2);
const RESTART: Duration = Duration::from_mins(10);
const PAUSE: Duration = Duration::from_secs(1);
/// How long one try to reach it may take.
const TRY: Duration = Duration::from_secs(20);
/// How long after it is back its report may take to be written.
const REPORT: Duration = Duration::from_secs(30);

/// A file there whose time is the run's beginning; it outlives a restart.
pub struct Begun {
    marker: Option<String>,
}

impl Begun {
    /// Makes the file.
    pub fn mark(ssh: &Ssh) -> Begun {
        let made = ssh.run("mktemp /var/tmp/loopflower.XXXXXX", SHORT).ok().filter(crate::ssh::Said::is_success);
        Begun { marker: made.map(|said| said.out.trim().to_owned()) }
    }

    /// Removes it.
    pub fn forget(&self, ssh: &Ssh) {
        if let Some(marker) = &self.marker {
            // A Mac that is gone keeps it; it is empty.
            let _ = ssh.run(&format!("rm -f {marker}"), TRY);
        }
    }

    /// The newest report of a panic since then.
    fn report(&self, ssh: &Ssh) -> Option<String> {
        let marker = self.marker.as_ref()?;
        let script = format!(
            "{PATH}cd /Library/Logs && f=$(find DiagnosticReports PanicReporter -name '*.panic' -newer {marker} 2>/dev/null | tail -n 1) \
             && [ -n \"$f\" ] && cat \"$f\""
        );
        let said = ssh.run_as_root(&script, SHORT).ok()?;
        said.is_success().then_some(said.out)
    }
}

/// What became of a Mac on which a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// It is as it was.
    Same,
    /// It panicked, and is back.
    Restarted,
    /// It takes no commands.
    Gone,
}

/// Says why a run stopped, and what became of the Mac.
pub fn told(stop: Stop, session: &Session, ssh: &Ssh, begun: &Begun, steps: &Steps) -> After {
    if steps.is_alone() {
        return alone(session);
    }
    match stop {
        Stop::Refused(message) => emit(&Event::Refused { message }),
        Stop::Failed(text) => emit(&Event::Finding { text }),
        Stop::Lost(what, lost @ Lost::Refused(_)) => {
            emit(&Event::Finding { text: lost.in_words(what) });
            return After::Gone;
        }
        Stop::Lost(what, lost) => return gone(what, &lost, session, ssh, begun, steps),
    }
    After::Same
}

/// What to do when nobody listens any more: a guest ended with the runner, and a Mac is cleaned up at once or not at all.
fn alone(session: &Session) -> After {
    if session.is_guest { After::Gone } else { After::Same }
}

/// Looks for the panic of a Mac that went away.
fn gone(what: &str, lost: &Lost, session: &Session, ssh: &Ssh, begun: &Begun, steps: &Steps) -> After {
    ssh.close();
    let console = console(session);
    let seen = console.as_deref().and_then(panic::find);
    let is_back = returned(session, ssh, steps);
    if steps.is_alone() {
        return alone(session);
    }
    let report = is_back.then(|| reported(ssh, begun, seen.is_some())).flatten();
    let text = report.as_deref().and_then(panic::find).or(seen);
    let Some(text) = text else {
        let after = if is_back { "it answers again, and left no report of a panic" } else { "it did not come back" };
        emit(&Event::Finding { text: format!("{}; {after}", lost.in_words(what)) });
        return if is_back { After::Same } else { After::Gone };
    };
    if let Err(why) = steps.keep("panic.txt", report.as_deref().unwrap_or(text).as_bytes()) {
        emit(&Event::Finding { text: why.to_string() });
    }
    let kext = Kext::open(&session.bundle).ok();
    emit(&Event::Panic(panic::event(text, kext.as_ref())));
    if is_back { After::Restarted } else { After::Gone }
}

/// What a guest's console says so far.
fn console(session: &Session) -> Option<String> {
    let bytes = fs::read(guest::console(&session.folder)).ok()?;
    session.is_guest.then(|| String::from_utf8_lossy(&bytes).into_owned())
}

/// Waits until it answers again; a guest that does not is reset.
fn returned(session: &Session, ssh: &Ssh, steps: &Steps) -> bool {
    let answers = |limit: Duration| {
        let until = Instant::now() + limit;
        while Instant::now() < until && !steps.is_alone() {
            if ssh.run("true", TRY).is_ok() {
                return true;
            }
            thread::sleep(PAUSE);
        }
        false
    };
    answers(RETURN) || (session.is_guest && guest::reset(&session.folder).is_ok() && answers(RESTART))
}

/// The report of a panic, for which a Mac that is just back needs some time.
fn reported(ssh: &Ssh, begun: &Begun, is_sure: bool) -> Option<String> {
    let until = Instant::now() + REPORT;
    loop {
        let report = begun.report(ssh);
        if report.is_some() || !is_sure || Instant::now() >= until {
            return report;
        }
        thread::sleep(PAUSE);
    }
}
