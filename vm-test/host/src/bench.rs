//! One boot of a machine: loads the job's kext, once or several times, and counts what is left.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kpi::fault::{self, emit};
use kpi::iokit::{busy, catalogue, properties, resources};
use kpi::kext;
use kpi::mach::platform_expert;
use kpi::object::Obj;
use kpi::platform::Platform;
use kpi::{checks, heap, iokit, libkern, mach, sched};
use protocol::event::{Event, Left};
use protocol::job::Job;
use protocol::share::{self, Kind, Region};
use protocol::value::Value;

use crate::census::Census;
use crate::engine::Engine;
use crate::epoch;
use crate::kexts::{Bundle, Loaded};
use crate::nub;
use crate::stop::Stop;

/// Virtual time that matching and termination get, ns.
pub(crate) const PATIENCE: u64 = 30_000_000_000;
/// Virtual time in which a driver at rest can misbehave, ns.
pub const REST: u64 = 1_000_000_000;
/// The library that `ioaudio` is, unless the job brings another.
const FAMILY: &str = "com.apple.iokit.IOAudioFamily";
/// Times that an unload is tried, as users of such drivers know to do.
const UNLOAD_TRIES: u32 = 2;

/// The memory that the runner shares with the machine.
pub struct Shared {
    /// All of it; the output region is not to be read here.
    pub bytes: &'static [u8],
    /// The output region; empty when the job has none.
    pub output: &'static mut [u8],
}

/// A machine that has booted, with a job.
pub struct Bench {
    job: Job,
    /// The libraries, then the kext.
    bundles: Vec<Bundle>,
    input: &'static [u8],
    output: &'static mut [u8],
    loaded: Option<Load>,
    /// The device that the kext runs on, if it is not IOResources.
    nub: Option<Obj>,
    loads: u32,
    /// When the machine had booted.
    before: Census,
    mark: heap::Mark,
    held: bool,
    /// Damage that was reported already.
    damage: Vec<String>,
}

/// A kext that is loaded.
struct Load {
    loaded: Loaded,
    /// What is different about this load, for messages.
    label: String,
    before: Census,
}

/// A name and a dictionary each, as in a bundle's property list.
pub type Personalities = Vec<(String, Value)>;

impl Bench {
    /// Boots the kernel of the job in the shared memory.
    ///
    /// # Errors
    /// The shared memory does not hold what it must, or what is in it is of another build.
    pub fn boot(platform: &'static dyn Platform, shared: Shared) -> Result<Bench, String> {
        let Shared { bytes, output } = shared;
        let job = region(bytes, Kind::Job).and_then(|job| Job::from_bytes(job).ok());
        let job = job.ok_or("the shared memory holds no job of this build")?;
        let pack = region(bytes, Kind::Pack).ok_or("the shared memory holds no pack")?;
        let bundles = bundles(bytes, &job)?;
        let mut parts = Vec::from([libkern::PART, mach::PART, iokit::PART, kext::PART]);
        if !job.libraries.iter().any(|library| library.identifier == FAMILY) {
            parts.push(ioaudio::PART);
        }
        kpi::boot(platform, pack, job.seed, &parts)?;
        platform_expert::set(&job.boot_args);
        sched::preempt_at_calls(platform.name() == "hosted");
        busy::wait_quiet(resources::nub(), Some(PATIENCE));
        Ok(Bench {
            input: region(bytes, Kind::Input).unwrap_or_default(),
            bundles,
            output,
            loaded: None,
            nub: None,
            loads: 0,
            before: Census::take(),
            mark: heap::mark(),
            held: true,
            damage: Vec::new(),
            job,
        })
    }

    /// The job.
    pub fn job(&self) -> &Job {
        &self.job
    }

    /// The input region; empty when the job has none.
    pub fn input(&self) -> &'static [u8] {
        self.input
    }

    /// The output region, once; empty when the job has none.
    pub fn take_output(&mut self) -> &'static mut [u8] {
        core::mem::take(&mut self.output)
    }

    /// The personalities of the kext's property list.
    pub fn personalities(&self) -> &Personalities {
        &self.job.kext.personalities
    }

    /// Loads the kext as it is and matches its personalities.
    ///
    /// # Errors
    /// The kernel refused it (an event says so), or matching does not come to its end.
    pub fn load(&mut self) -> Result<(), Stop> {
        let personalities = self.job.kext.personalities.clone();
        self.load_with("", &personalities)
    }

    /// Loads the kext with other personalities; `label` says in messages what is different. A kext that is loaded is
    /// unloaded first.
    ///
    /// # Errors
    /// As for [`Bench::load`].
    pub fn load_with(&mut self, label: &str, personalities: &Personalities) -> Result<(), Stop> {
        let answer = self.try_load_with(label, personalities)?;
        self.or_refused(label, answer)
    }

    /// A refusal of the kernel as what ends a scenario.
    fn or_refused(&mut self, label: &str, answer: Result<(), String>) -> Result<(), Stop> {
        match answer {
            Ok(()) => Ok(()),
            Err(message) => {
                self.held = false;
                emit(&Event::Refused { message });
                Err(Stop::Failed(format!("{}the kernel refused the kext", prefix(label))))
            }
        }
    }

    /// As [`Bench::load_with`], where a refusal of the kernel is an answer: in its words.
    ///
    /// # Errors
    /// Matching does not come to its end.
    pub fn try_load_with(&mut self, label: &str, personalities: &Personalities) -> Result<Result<(), String>, Stop> {
        self.unload();
        let before = Census::take();
        let loaded = match self.link() {
            Ok(loaded) => loaded,
            Err(message) => return Ok(Err(message)),
        };
        self.loads += 1;
        self.loaded = Some(Load { loaded, label: label.to_string(), before });
        catalogue::add(&self.job.kext.identifier, personalities);
        if !busy::wait_quiet(resources::nub(), Some(PATIENCE)) {
            let waiting = fault::waiting_kext_threads().join("; ");
            let text = format!("{}IOResources did not become quiet after matching; {waiting}", prefix(label));
            return Err(Stop::Failed(text));
        }
        if self.loads == 1 {
            Engine::all().into_iter().for_each(announce);
        }
        Ok(Ok(()))
    }

    /// Links and starts the kext, with the libraries that it needs.
    fn link(&self) -> Result<Loaded, String> {
        let loaded = Loaded::load(&self.bundles)?;
        let (patched_slots, imports) = loaded.kext().linked();
        if self.loads == 0 {
            emit(&Event::Linked { patched_slots, imports });
        }
        let loaded = loaded.start()?;
        if self.loads == 0 {
            emit(&Event::Started);
        }
        Ok(loaded)
    }

    /// As [`Bench::load`], but the kext's services match a device of their own instead of IOResources, which can be pulled out
    /// with [`Bench::pull_out`].
    ///
    /// # Errors
    /// As for [`Bench::load`].
    pub fn load_on_device(&mut self, label: &str) -> Result<(), Stop> {
        let personalities = self.job.kext.personalities.clone();
        let answer = self.try_load_on_device(label, &personalities)?;
        self.or_refused(label, answer)
    }

    /// As [`Bench::load_on_device`] with other personalities, where a refusal of the kernel is an answer: in its words.
    ///
    /// # Errors
    /// Matching does not come to its end.
    pub fn try_load_on_device(
        &mut self,
        label: &str,
        personalities: &Personalities,
    ) -> Result<Result<(), String>, Stop> {
        self.unload();
        let nub = nub::publish();
        let mut personalities = personalities.clone();
        for (_, personality) in &mut personalities {
            nub::match_it(personality);
        }
        let answer = self.try_load_with(label, &personalities);
        self.nub = Some(nub);
        if matches!(answer, Ok(Ok(()))) && !busy::wait_quiet(nub, Some(PATIENCE)) {
            return Err(Stop::Failed(format!("{}the device did not become quiet after matching", prefix(label))));
        }
        answer
    }

    /// Pulls the device out that the kext runs on: its provider is terminated while the kext stays loaded.
    ///
    /// # Errors
    /// It does not go.
    pub fn pull_out(&mut self) -> Result<(), Stop> {
        let Some(nub) = self.nub.take() else { return Err("there is no device to pull out".into()) };
        if nub::terminate(nub) { Ok(()) } else { Err("the device did not go when it was pulled out".into()) }
    }

    /// The classes that the kext brought and of which instances live.
    pub fn classes(&self) -> Vec<String> {
        let live = self.loaded.as_ref().map(|load| load.loaded.kext().live_classes());
        live.unwrap_or_default().into_iter().map(|(class, _)| class).collect()
    }

    /// Terminates what the kext runs, unloads it, and looks for what it leaves behind; what is wrong is a finding. Whether
    /// nothing was. Without a kext there is nothing to do.
    pub fn unload(&mut self) -> bool {
        let Some(Load { loaded, label, before }) = self.loaded.take() else { return true };
        let identifier = &self.job.kext.identifier;
        let mut problems: Vec<String> = Vec::new();
        for _ in 0..UNLOAD_TRIES {
            problems.clear();
            if !catalogue::terminate(identifier) {
                problems.push("a service refused its termination".to_string());
            }
            if !busy::wait_quiet(resources::nub(), Some(PATIENCE)) {
                problems.push("IOResources did not become quiet after termination".to_string());
            }
            if loaded.kext().live_classes().is_empty() {
                break;
            }
            // What holds them may be at its end: nobody tries again at once.
            sched::sleep_until(sched::now() + REST);
        }
        catalogue::remove(identifier);
        epoch::forget();
        if let Some(nub) = self.nub.take()
            && !nub::terminate(nub)
        {
            problems.push("the device that the kext ran on did not go".to_string());
        }
        problems.extend(loaded.unload());
        // Work loops end on threads of their own.
        sched::sleep_until(sched::now() + REST);
        if self.loads > 1 || !label.is_empty() {
            // The last word on what is left says what, but not of which load.
            problems.extend(Census::take().since(&before).in_words());
        }
        for damage in heap::check() {
            if !self.damage.contains(&damage) {
                problems.push(damage.clone());
                self.damage.push(damage);
            }
        }
        self.held &= problems.is_empty();
        let is_well = problems.is_empty();
        for text in problems {
            emit(&Event::Finding { text: format!("{}{text}", prefix(&label)) });
        }
        is_well
    }

    /// Says whether a check held. `name` is stable; `text` says what was found, the same on every run with this seed.
    pub fn check(&mut self, name: &str, held: bool, text: impl Into<String>) {
        self.held &= held;
        emit(&Event::Check { name: name.to_string(), held, text: text.into() });
    }

    /// What is there more than when the machine had booted, or than at the last [`Bench::finish`], in words; `None` for nothing.
    pub fn left(&self) -> Option<String> {
        self.remains().in_words()
    }

    /// What is there more than when the machine had booted, or than at the last [`Bench::finish`].
    pub fn remains(&self) -> Left {
        Census::take().since(&self.before)
    }

    /// What the kext takes: bytes of its image, and what is there more than before it was loaded.
    pub fn used(&self) -> (u64, Left) {
        self.loaded.as_ref().map_or_else(
            || (0, Left::default()),
            |load| (load.loaded.kext().bytes() as u64, Census::take().since(&load.before)),
        )
    }

    /// Unloads what is loaded and says what is left. What is loaded afterwards is as if it were the first.
    pub fn finish(&mut self, done: Result<(), Stop>) -> Finished {
        let ended_well = match done {
            Ok(()) => true,
            Err(Stop::NotApplicable(text)) => {
                emit(&Event::NotApplicable { text });
                true
            }
            // The refusal was said.
            Err(Stop::Failed(_)) if self.loads == 0 && !self.held => false,
            Err(Stop::Failed(text)) => {
                emit(&Event::Finding { text });
                false
            }
        };
        let mut finished = Finished { held: ended_well && self.held, is_clean: true };
        if self.loads > 0 {
            finished.is_clean = self.unload();
            checks::finish();
            let left = Census::take().since(&self.before);
            finished.is_clean &= left == Left::default();
            emit(&Event::Left(left));
            let leaks = heap::leaks_since(self.mark);
            finished.is_clean &= leaks.is_empty();
            for leak in leaks {
                emit(&Event::Finding { text: format!("never freed: {leak}") });
            }
            finished.held &= self.held && finished.is_clean;
        }
        if finished.is_clean {
            kext::free_for_reuse();
        }
        (self.loads, self.held, self.before, self.mark) = (0, true, Census::take(), heap::mark());
        finished
    }
}

/// What comes of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Whether everything held.
    pub held: bool,
    /// Whether the kext went without a trace, so that the kernel is as good as new.
    pub is_clean: bool,
}

/// A label in front of a message.
fn prefix(label: &str) -> String {
    if label.is_empty() { String::new() } else { format!("{label}: ") }
}

fn announce(engine: Engine) {
    emit(&Event::Engine {
        class: engine.class(),
        name: properties::get_text(engine.service, "IOAudioEngineDescription").unwrap_or_default(),
        uid: engine.uid(),
        channels: engine.output().ok().map(|stream| stream.format().channels),
        ring_frames: engine.ring() as u32,
    });
}

/// The kexts of a job, the one that is tried last.
fn bundles(bytes: &'static [u8], job: &Job) -> Result<Vec<Bundle>, &'static str> {
    let executable = region(bytes, Kind::Executable).ok_or("the shared memory holds no executable")?;
    let mut executables = share::find_all(bytes, Kind::Library).filter_map(|region| slice(bytes, region));
    let mut bundles = Vec::new();
    for kext in &job.libraries {
        let executable = executables.next().ok_or("the shared memory holds fewer executables than libraries")?;
        bundles.push(Bundle { kext: kext.clone(), executable });
    }
    bundles.push(Bundle { kext: job.kext.clone(), executable });
    Ok(bundles)
}

/// Bytes of a region.
fn region(bytes: &'static [u8], kind: Kind) -> Option<&'static [u8]> {
    slice(bytes, share::find(bytes, kind)?)
}

fn slice(bytes: &'static [u8], region: Region) -> Option<&'static [u8]> {
    bytes.get(region.offset as usize..)?.get(..region.length as usize)
}
