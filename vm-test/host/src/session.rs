//! One job from boot to unload.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kpi::fault::{self, emit};
use kpi::iokit::{busy, catalogue, matching, properties, resources};
use kpi::kext::{self, Kext, Request};
use kpi::mach::platform_expert;
use kpi::object::Obj;
use kpi::platform::Platform;
use kpi::{heap, iokit, libkern, mach, sched};
use protocol::event::{Event, Left};
use protocol::job::{Job, Scenario};
use protocol::share::Kind;

use crate::census::Census;
use crate::{Shared, hal, job, region};

/// Virtual time that matching and termination get, ns.
const PATIENCE: u64 = 30_000_000_000;
/// Virtual time in which a driver at rest can misbehave, ns.
const REST: u64 = 1_000_000_000;
/// Times that an unload is tried, as users of such drivers know to do.
const UNLOAD_TRIES: u32 = 2;

/// Runs the job; true when everything held.
///
/// # Errors
/// What could not be done, in words.
pub fn run(platform: &'static dyn Platform, shared: Shared) -> Result<bool, String> {
    let Shared { bytes, output } = shared;
    let job = job(bytes).ok_or("the shared memory holds no job of this build")?;
    let pack = region(bytes, Kind::Pack).ok_or("the shared memory holds no pack")?;
    let executable = region(bytes, Kind::Executable).ok_or("the shared memory holds no executable")?;
    kpi::boot(platform, pack, job.seed, &[libkern::PART, mach::PART, iokit::PART, ioaudio::PART])?;
    platform_expert::set(&job.boot_args);
    sched::preempt_at_calls(platform.name() == "hosted");
    busy::wait_quiet(resources::nub(), Some(PATIENCE));
    let (before, mark) = (Census::take(), heap::mark());
    let Some(kext) = load(&job, executable) else { return Ok(false) };
    let input = region(bytes, Kind::Input).unwrap_or_default();
    let done = matched(&job, input, output);
    if let Err(text) = &done {
        emit(&Event::Finding { text: text.clone() });
    }
    let unloaded = unload(&job, kext);
    // Work loops end on threads of their own.
    sched::sleep_until(sched::now() + REST);
    let left = Census::take().since(&before);
    let clean = left == Left::default();
    emit(&Event::Left(left));
    let mut memory = heap::check();
    memory.extend(heap::leaks_since(mark).into_iter().map(|leak| format!("never freed: {leak}")));
    let sound = memory.is_empty();
    for text in memory {
        emit(&Event::Finding { text });
    }
    Ok(done.is_ok() && unloaded && clean && sound)
}

/// Links and starts the kext; a refusal is an event.
fn load(job: &Job, executable: &[u8]) -> Option<Kext> {
    let kext = &job.kext;
    let request = Request { identifier: &kext.identifier, name: &kext.name, libraries: &kext.libraries };
    let loaded = kext::load(&request, executable).and_then(|loaded| {
        let (patched_slots, imports) = loaded.linked();
        emit(&Event::Linked { patched_slots, imports });
        loaded.start().map(|()| loaded)
    });
    match loaded {
        Ok(loaded) => {
            emit(&Event::Started);
            Some(loaded)
        }
        Err(message) => {
            emit(&Event::Refused { message });
            None
        }
    }
}

/// Matches the personalities and does the scenario.
fn matched(job: &Job, input: &[u8], output: &mut [u8]) -> Result<(), String> {
    catalogue::add(&job.kext.identifier, &job.kext.personalities);
    if !busy::wait_quiet(resources::nub(), Some(PATIENCE)) {
        let waiting = fault::waiting_kext_threads().join("; ");
        return Err(format!("IOResources did not become quiet after matching; {waiting}"));
    }
    let engines = matching::registered("IOAudioEngine");
    for &engine in &engines {
        announce(engine);
    }
    match &job.scenario {
        Scenario::Load => {
            sched::sleep_until(sched::now() + REST);
            Ok(())
        }
        Scenario::Loop(parameters) => {
            let engine = engines.first().ok_or("no audio engine was published, so there is nothing to loop through")?;
            let looped = hal::run_loop(*engine, parameters, input, output)?;
            emit(&Event::Looped(looped));
            Ok(())
        }
    }
}

fn announce(engine: Obj) {
    let text = |key| properties::get_text(engine, key).unwrap_or_default();
    let ring = properties::get_number(engine, "IOAudioEngineNumSampleFramesPerBuffer").unwrap_or(0);
    emit(&Event::Engine {
        class: engine.class_name(),
        name: text("IOAudioEngineDescription"),
        uid: text("IOAudioEngineGlobalUniqueID"),
        ring_frames: ring as u32,
    });
}

/// Terminates what the kext runs and unloads it; what fails in the last try is a finding.
fn unload(job: &Job, kext: Kext) -> bool {
    let identifier = &job.kext.identifier;
    let mut problems: Vec<String> = Vec::new();
    for _ in 0..UNLOAD_TRIES {
        problems.clear();
        if !catalogue::terminate(identifier) {
            problems.push("a service refused its termination".to_string());
        }
        if !busy::wait_quiet(resources::nub(), Some(PATIENCE)) {
            problems.push("IOResources did not become quiet after termination".to_string());
        }
        if kext.live_classes().is_empty() {
            break;
        }
    }
    catalogue::remove(identifier);
    problems.extend(kext.unload().err());
    let unloaded = problems.is_empty();
    for text in problems {
        emit(&Event::Finding { text });
    }
    unloaded
}
