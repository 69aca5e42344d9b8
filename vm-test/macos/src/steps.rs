//! The steps of a run on a Mac, from the bundle's copy to its unloading.

mod plugin;

use std::io::{BufRead, BufReader, Write};
use std::thread;
use std::time::{Duration, Instant};

use protocol::event::{Event, Left};
use protocol::job::Loop;
use runner::Error;

use crate::Duty;
use crate::job::Work;
use crate::mac::PATH;
use crate::registry::{Engine, engines, instances, loaded};
use crate::session::Session;
use crate::ssh::{Lost, SHORT, Said, Ssh, quoted};
use crate::stopping::Stopping;

/// How long the copy and the fetch of files may take.
const COPY: Duration = Duration::from_mins(10);
/// How long loading may take: a Mac of 10.13 and later stages the kext and asks its user.
const LOAD: Duration = Duration::from_mins(3);
/// How long a kext's service may take to appear after the load.
const APPEAR: Duration = Duration::from_secs(20);
/// Between two looks for it, and between two tries to unload.
const PAUSE: Duration = Duration::from_secs(1);
/// Tries to unload: a client that has just closed may hold the driver still.
const TRIES: u32 = 3;

/// Why a run went no further.
#[derive(Debug)]
pub enum Stop {
    /// The Mac refuses the kext, in its words.
    Refused(String),
    /// A step did not succeed, or was not allowed any more.
    Failed(String),
    /// The connection is lost during this step.
    Lost(&'static str, Lost),
}

/// A run.
pub struct Steps<'a> {
    session: &'a Session,
    work: &'a Work,
    ssh: &'a Ssh,
    stopping: Stopping,
    /// The folder there; empty before it is made.
    folder: String,
    /// Whether the driver is loaded or installed.
    is_loaded: bool,
    /// The UID of a user-space driver's device, once there is one.
    served: Option<String>,
}

impl<'a> Steps<'a> {
    /// A run to be.
    pub fn new(session: &'a Session, work: &'a Work, ssh: &'a Ssh, stopping: Stopping) -> Steps<'a> {
        Steps { session, work, ssh, stopping, folder: String::new(), is_loaded: false, served: None }
    }

    /// Whether the runner is gone.
    pub fn is_alone(&self) -> bool {
        self.stopping.is_alone()
    }

    /// Copies, loads, does what the job says, and fetches what tells of it.
    ///
    /// # Errors
    /// The step that did not succeed; [`Steps::clean`] is still to be called.
    pub fn run(&mut self) -> Result<(), Stop> {
        self.copy()?;
        if self.session.duty == Duty::MeasurePlugIn {
            let uid = self.serve()?;
            return self.measure(&uid);
        }
        self.try_link()?;
        self.load()?;
        self.appear()?;
        if self.session.duty == Duty::MeasureKext {
            self.measure(&self.engine()?.uid)?;
        }
        if let Some(looped) = &self.work.looped {
            self.play(looped)?;
        }
        self.fetch()
    }

    /// Unloads what is loaded, says what is left, and removes what was copied.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn clean(&mut self) -> Result<(), Stop> {
        let unloaded = if self.session.duty == Duty::MeasurePlugIn { self.withdraw() } else { self.unload() };
        self.remove()?;
        unloaded
    }

    /// Removes what was copied.
    ///
    /// # Errors
    /// The connection is lost.
    pub fn remove(&self) -> Result<(), Stop> {
        if !self.folder.is_empty() {
            let script = format!("rm -rf {}", quoted(&self.folder));
            self.ssh.run_as_root(&script, SHORT).map_err(|lost| Stop::Lost("removing the copy", lost))?;
        }
        Ok(())
    }

    fn copy(&mut self) -> Result<(), Stop> {
        let made = self.look("making a folder", "mktemp -d /tmp/loopflower.XXXXXX")?;
        made.out.trim().clone_into(&mut self.folder);
        if !made.is_success() || self.folder.is_empty() {
            return Err(Stop::Failed(format!("no folder in /tmp: {}", made.text())));
        }
        let archive = self.archive().map_err(|why| Stop::Failed(format!("cannot pack the bundle: {why}")))?;
        let limit = self.allow(COPY)?;
        let unpack = format!("{PATH}tar -xf - -C {}", quoted(&self.folder));
        let (said, _) =
            self.ssh.feed(&unpack, &archive, limit).map_err(|lost| Stop::Lost("copying the bundle", lost))?;
        if !said.is_success() {
            return Err(Stop::Failed(format!("the bundle cannot be copied: {}; see that /tmp has space", said.text())));
        }
        let bundle = quoted(&self.bundle());
        self.must("giving the bundle to root", &format!("chown -R root:wheel {bundle} && chmod -R go-w {bundle}"))
    }

    /// The bundle, our tool and the sound in one archive.
    fn archive(&self) -> std::io::Result<Vec<u8>> {
        let mut archive = tar::Builder::new(Vec::new());
        archive.append_dir_all(self.bundle_name(), &self.session.bundle)?;
        if self.work.looped.is_some() || self.session.duty != Duty::Job {
            archive.append_path_with_name(&self.session.agent, "agent")?;
        }
        if let Some(looped) = &self.work.looped {
            let mut header = tar::Header::new_ustar();
            header.set_size(looped.input.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, "input", looped.input.as_slice())?;
        }
        archive.into_inner()
    }

    fn bundle_name(&self) -> String {
        self.session
            .bundle
            .file_name()
            .map_or_else(|| "driver.kext".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    fn bundle(&self) -> String {
        format!("{}/{}", self.folder, self.bundle_name())
    }

    /// Has the Mac's own tool say whether it would load the kext.
    fn try_link(&self) -> Result<(), Stop> {
        let bundle = quoted(&self.bundle());
        let tool = if self.session.mac.has_collections() { "kmutil print-diagnostics -p" } else { "kextutil -n -t" };
        let said = self.as_root("trying to link", &format!("{tool} {bundle}"), LOAD)?;
        self.judged(&said)
    }

    fn load(&mut self) -> Result<(), Stop> {
        let bundle = quoted(&self.bundle());
        let tool = if self.session.mac.has_collections() { "kmutil load -p" } else { "kextload" };
        // Even a load that is broken off may have loaded it.
        self.is_loaded = true;
        let said = self.as_root("loading", &format!("{tool} {bundle}"), LOAD)?;
        self.judged(&said)
    }

    /// Waits for the kext's services and says them, and the engines below.
    fn appear(&mut self) -> Result<(), Stop> {
        let until = Instant::now() + APPEAR;
        loop {
            let mut all = true;
            for (personality, class) in &self.work.classes {
                let said = self.look("looking for the driver", &format!("ioreg -r -l -w 0 -c {}", quoted(class)))?;
                let found = said.out.contains("+-o ");
                all &= found;
                if found && (all || Instant::now() >= until) {
                    emit(&Event::Matched { class: class.clone(), personality: personality.clone() });
                }
            }
            if all || Instant::now() >= until {
                break;
            }
            thread::sleep(PAUSE);
        }
        for engine in self.engines()? {
            emit(&Event::Engine {
                class: engine.class,
                name: engine.name,
                uid: engine.uid,
                channels: None,
                ring_frames: engine.ring_frames,
            });
        }
        emit(&Event::Started);
        Ok(())
    }

    fn engines(&self) -> Result<Vec<Engine>, Stop> {
        let mut all = Vec::new();
        for (_, class) in &self.work.classes {
            let said = self.look("looking for engines", &format!("ioreg -r -l -w 0 -c {}", quoted(class)))?;
            all.extend(engines(&said.out));
        }
        Ok(all)
    }

    /// The first engine.
    fn engine(&self) -> Result<Engine, Stop> {
        let engine = self.engines()?.into_iter().next();
        engine.ok_or_else(|| {
            Stop::Failed("no audio engine was published, so there is nothing to loop through".to_owned())
        })
    }

    /// Has our tool measure a device; it says readings.
    fn measure(&self, uid: &str) -> Result<(), Stop> {
        self.listen(&format!("measure --uid {}", quoted(uid)))
    }

    /// Has our tool play and record, and takes what it recorded.
    fn play(&self, looped: &crate::job::Looping) -> Result<(), Stop> {
        let engine = self.engine()?;
        let Loop { rate, channels, io_frames, .. } = looped.parameters;
        let recorded = looped.parameters.recorded_frames();
        self.listen(&format!(
            "loop --uid {} --rate {rate} --channels {channels} --io-frames {io_frames} --recorded {recorded} input output",
            quoted(&engine.uid)
        ))?;
        let limit = self.allow(COPY)?;
        let fetch = format!("cat {}/output", quoted(&self.folder));
        let (said, sound) =
            self.ssh.feed(&fetch, b"", limit).map_err(|lost| Stop::Lost("fetching the recording", lost))?;
        if !said.is_success() {
            return Err(Stop::Failed(format!("the recording cannot be fetched: {}", said.err)));
        }
        looped.write(&sound).map_err(|why| Stop::Failed(format!("the recording cannot be kept: {why}")))
    }

    /// Has our tool do what `words` say, and passes on what it says, line by line.
    fn listen(&self, words: &str) -> Result<(), Stop> {
        let lost = |lost| Stop::Lost("playing and recording", lost);
        let limit = self.allow(Duration::from_hours(24))?;
        let folder = quoted(&self.folder);
        let script = format!("cd {folder} && chmod +x agent && echo $$ > pid && exec ./agent {words}");
        let mut child = self.ssh.start(&script).map_err(lost)?;
        let Some(stdout) = child.stdout.take() else { return Ok(()) };
        let (sender, lines) = std::sync::mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let until = Instant::now() + limit;
        loop {
            match lines.recv_timeout(until.saturating_duration_since(Instant::now()).min(PAUSE)) {
                Ok(line) => say(&line),
                Err(std::sync::mpsc::RecvTimeoutError::Disconnected) => break,
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    if let Err(why) = self.stopping.allow(PAUSE) {
                        let _ = child.kill();
                        let _ = child.wait();
                        // It goes on without us else, and has the device open. One that has just ended needs no stopping.
                        let _ = self.ssh.run(&format!("kill $(cat {folder}/pid)"), SHORT);
                        return Err(Stop::Failed(why));
                    }
                }
            }
        }
        let output = child.wait_with_output().map_err(|why| Stop::Failed(format!("ssh: {why}")))?;
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => Ok(()),
            Some(255) | None => Err(lost(Lost::Gone(complaint))),
            Some(code) => Err(Stop::Failed(format!("our tool ended with {code}: {complaint}"))),
        }
    }

    /// Fetches what a Mac knows of the kext by now.
    fn fetch(&self) -> Result<(), Stop> {
        let identifier = quoted(&self.work.identifier);
        let log = if self.session.mac.has("log") {
            "log show --last 10m --style syslog --predicate 'process == \"kernel\"' | tail -n 2000"
        } else {
            "dmesg"
        };
        let classes: Vec<String> =
            self.work.classes.iter().map(|(_, class)| format!("ioreg -r -l -w 0 -c {}", quoted(class))).collect();
        for (file, script) in [
            ("kextstat.txt", format!("kextstat -l -b {identifier}")),
            ("ioreg.txt", classes.join("; ")),
            ("log.txt", log.to_owned()),
        ] {
            let said = self.as_root("fetching what the Mac knows", &script, SHORT)?;
            self.keep(file, said.out.as_bytes()).map_err(|why| Stop::Failed(why.to_string()))?;
        }
        Ok(())
    }

    /// Keeps a file of the run, and says so.
    pub fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = self.session.fetched.join(name);
        runner::output::write_all(&path, bytes)?;
        emit(&Event::Fetched { file: path.display().to_string() });
        Ok(())
    }

    fn unload(&mut self) -> Result<(), Stop> {
        if !self.is_loaded {
            return Ok(());
        }
        let stopped = |why| Stop::Lost("unloading", why);
        let identifier = quoted(&self.work.identifier);
        let tool = if self.session.mac.has_collections() { "kmutil unload -b" } else { "kextunload -b" };
        let mut last = String::new();
        for attempt in 0..TRIES {
            let stat = self.ssh.run(&format!("{PATH}kextstat -l -b {identifier}"), SHORT).map_err(stopped)?;
            if loaded(&stat.out, &self.work.identifier).is_none() {
                self.is_loaded = false;
                return self.left();
            }
            if attempt > 0 {
                thread::sleep(PAUSE);
            }
            last = self.ssh.run_as_root(&format!("{PATH}{tool} {identifier}"), LOAD).map_err(stopped)?.text();
        }
        let stat = self.ssh.run(&format!("{PATH}kextstat -l -b {identifier}"), SHORT).map_err(stopped)?;
        if loaded(&stat.out, &self.work.identifier).is_some() {
            return Err(Stop::Failed(format!(
                "the kext does not unload: {last}; close what uses its devices there, then type: sudo {tool} {identifier}"
            )));
        }
        self.left()
    }

    /// Says which objects of the kext's classes there still are.
    fn left(&self) -> Result<(), Stop> {
        let mut left = Left::default();
        if self.session.mac.has("ioclasscount") {
            let classes: Vec<String> = self.work.classes.iter().map(|(_, class)| quoted(class)).collect();
            let said = self.ssh.run(&format!("{PATH}ioclasscount {}", classes.join(" ")), SHORT);
            left.objects = instances(&said.map_err(|lost| Stop::Lost("counting objects", lost))?.out);
        }
        emit(&Event::Left(left));
        Ok(())
    }

    fn allow(&self, limit: Duration) -> Result<Duration, Stop> {
        self.stopping.allow(limit).map_err(Stop::Failed)
    }

    fn look(&self, what: &'static str, script: &str) -> Result<Said, Stop> {
        let limit = self.allow(SHORT)?;
        self.ssh.run(&format!("{PATH}{script}"), limit).map_err(|lost| Stop::Lost(what, lost))
    }

    fn as_root(&self, what: &'static str, script: &str, limit: Duration) -> Result<Said, Stop> {
        let limit = self.allow(limit)?;
        self.ssh.run_as_root(&format!("{PATH}{script}"), limit).map_err(|lost| Stop::Lost(what, lost))
    }

    fn must(&self, what: &'static str, script: &str) -> Result<(), Stop> {
        let said = self.as_root(what, script, SHORT)?;
        if said.is_success() { Ok(()) } else { Err(Stop::Failed(format!("{what}: {}", said.text()))) }
    }

    /// What a tool says of the kext's load: into the report, and in its own words if it refuses.
    fn judged(&self, said: &Said) -> Result<(), Stop> {
        // The folder has another name in each run.
        let text = said.text().replace(&format!("{}/", self.folder), "");
        for line in text.lines() {
            emit(&Event::Log { at: 0, text: line.to_owned() });
        }
        if said.is_success() { Ok(()) } else { Err(Stop::Refused(text)) }
    }
}

/// Says an event.
pub fn emit(event: &Event) {
    say(&event.to_line());
}

/// Says a line to the runner. One that is gone hears nothing, which must not keep us from cleaning up.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
