//! A job from the shared memory to its last event.

use std::path::Path;

use protocol::event::{Event, Looped};
use protocol::job::Loop;
use protocol::measure::Measurement;
use protocol::plugin::{PlugInJob, PlugInScenario};
use protocol::share::Kind;

use crate::hal::{Client, Device, Driver};
use crate::loader::Bound;
use crate::share::Share;
use crate::{cf, hal, libraries, loader, measured, scenarios, script, signals, trace, world};
use plugin_image::Image;

/// Exit code of a host that could not be set up; standard error says why.
const UNUSABLE: i32 = 3;

/// Runs the job in the memory file at `path` and exits.
pub fn hosted_main(path: &Path) -> ! {
    let share = match Share::open(path).and_then(|share| signals::take_over().map(|()| share)) {
        Ok(share) => share,
        Err(why) => give_up(&format!("the host of user-space drivers cannot use {}: {why}", path.display())),
    };
    let Ok(job) = PlugInJob::from_bytes(share.region(Kind::Job)) else { give_up("the job is not of this build") };
    let share: &'static Share = Box::leak(Box::new(share));
    trace::begin(share);
    world::emit(&Event::Booted { machine: "hosted".to_owned() });
    world::set_timebase(job.timebase.0, job.timebase.1);
    match run(&job, share) {
        Ok(()) => world::end(true),
        Err(text) => world::stop(text),
    }
}

fn give_up(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(UNUSABLE)
}

/// A driver that is plugged into this host, and can be again.
pub(crate) struct Plugged<'a> {
    job: &'a PlugInJob,
    share: &'a Share,
}

impl Plugged<'_> {
    /// Whether what the driver's start executes is counted.
    fn counts(&self) -> bool {
        matches!(self.job.scenario, PlugInScenario::Measure(Measurement::Anew))
    }

    /// The job's seed.
    pub(crate) fn seed(&self) -> u64 {
        self.job.seed
    }

    /// Loads the driver and has its factory make it; in words, what failed.
    fn load(&self) -> Result<(Driver, Bound), String> {
        let image = Image::read(self.share.region(Kind::Executable)).unwrap_or_else(|why| {
            world::emit(&Event::Refused { message: format!("the executable cannot be loaded: {why}") });
            world::end(false)
        });
        let bound = loader::load(&self.job.name, image);
        let bound = bound.map_err(|why| format!("there is no memory for the executable: {why}"))?;
        if self.counts() {
            world::count();
        }
        let driver = counted(self.counts(), || Driver::make(&self.job.factory))?;
        Ok((driver, bound))
    }

    /// Has the host end and begin anew, without the driver's memory but with what it has stored; in words, what failed.
    pub(crate) fn again(&self) -> Result<Driver, String> {
        loader::unload();
        libraries::forget();
        hal::forget();
        let (driver, _) = self.load()?;
        initialize(driver)?;
        Ok(driver)
    }
}

/// Does what may be stepped through.
fn counted<R>(counts: bool, f: impl FnOnce() -> R) -> R {
    if counts { world::stepping(f) } else { f() }
}

fn initialize(driver: Driver) -> Result<(), String> {
    let initialized = driver.initialize();
    initialized.map_err(|status| format!("Initialize returns {}", hal_sys::code::Shown(status)))?;
    libraries::run_dispatched();
    Ok(())
}

/// Does the job; in words, what failed.
fn run(job: &PlugInJob, share: &Share) -> Result<(), String> {
    let info = plist::Value::from_reader(std::io::Cursor::new(share.region(Kind::Info)));
    let info = info.map_err(|why| format!("Info.plist is not a property list: {why}"))?;
    let folder = format!("/Library/Audio/Plug-Ins/HAL/{}.driver", job.name);
    cf::open_bundle(&folder, &job.identifier, &info);
    let plugged = Plugged { job, share };
    let (driver, bound) = plugged.load()?;
    world::emit(&Event::Bound { imports: bound.imports, missing: bound.missing });
    counted(plugged.counts(), || initialize(driver))?;
    world::emit(&Event::Started);
    if let PlugInScenario::Script(script) = &job.scenario {
        if let Some(driver) = script::run(&plugged, driver, script)? {
            driver.release();
        }
        return check_locks();
    }
    let devices = counted(plugged.counts(), || Device::all(driver))?;
    let begun = plugged.counts().then(|| stepper::take().instructions);
    for device in &devices {
        world::emit(&Event::Device(device.event()));
    }
    let driver = match &job.scenario {
        PlugInScenario::Load | PlugInScenario::Script(_) => driver,
        PlugInScenario::Measure(which) => {
            measured::run(*which, &devices, job.seed, begun);
            driver
        }
        PlugInScenario::Loop { parameters, device } => {
            let wanted = |its: &&Device| device.as_ref().is_none_or(|uid| its.uid == *uid);
            let device = devices.iter().find(wanted).ok_or("the driver has no such device to loop through")?;
            looped(device, parameters, job.seed, share)?;
            driver
        }
        PlugInScenario::Named(name) => scenarios::run(name, &plugged, driver, devices)?,
    };
    check_locks()?;
    driver.release();
    Ok(())
}

/// That no mutex is held when all is over.
fn check_locks() -> Result<(), String> {
    let held = libraries::held_locks();
    held.first().map_or(Ok(()), |function| {
        Err(format!("{} mutexes are still held at the end; {function} took one", held.len()))
    })
}

/// Plays the input and records until the output region is full.
fn looped(device: &Device, parameters: &Loop, seed: u64, share: &Share) -> Result<(), String> {
    device.set_rate(parameters.rate)?;
    let client = Client::open(device, 1, parameters.channels, seed)?;
    let words =
        |bytes: &[u8]| -> Vec<f32> { bytes.as_chunks::<4>().0.iter().map(|word| f32::from_ne_bytes(*word)).collect() };
    let input = words(share.region(Kind::Input));
    let channels = parameters.channels as usize;
    let n = u64::from(parameters.io_frames);
    let cycles = parameters.recorded_frames() / n;
    let mut first = None;
    let mut play = |at: u64, block: &mut [f32]| {
        let from = ((at - *first.get_or_insert(at)) as usize * channels).min(input.len());
        let sound = block.len().min(input.len() - from);
        block[..sound].copy_from_slice(&input[from..from + sound]);
        block[sound..].fill(0.0);
    };
    let (mut recorded, all, mut unwritten) = (0, cycles * n, None);
    let mut record = |_, block: &[f32]| {
        let bytes: Vec<u8> = block.iter().flat_map(|sample| sample.to_ne_bytes()).collect();
        let at = recorded * channels as u64 * 4;
        unwritten = unwritten.take().or(share.write(Kind::Output, at, &bytes).err());
        recorded += (block.len() / channels) as u64;
        if parameters.tells(recorded, all) {
            world::emit(&Event::Progress { done: recorded, of: all });
        }
    };
    let done = client.run(parameters.io_frames, cycles, &mut play, &mut record)?;
    unwritten.map_or(Ok(()), |why| Err(why.to_string()))?;
    world::emit(&Event::Looped(Looped {
        written_from: done.written_from,
        read_from: done.read_from,
        recorded: all,
        cycles,
        failed: done.failed,
        virtual_ns: done.ns,
        timestamps: done.timestamps,
        timestamp_error_ns: done.timestamp_error_ns,
        latency: device.round_trip()?,
    }));
    Ok(())
}
