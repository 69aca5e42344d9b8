//! A job from the shared memory to its last event.

use std::path::Path;

use protocol::event::{Event, Looped};
use protocol::job::Loop;
use protocol::plugin::{PlugInJob, PlugInScenario};
use protocol::share::Kind;

use crate::hal::{Client, Device, Driver};
use crate::image::Image;
use crate::share::Share;
use crate::{cf, libraries, loader, measured, scenarios, signals, world};

/// Exit code of a host that could not be set up; standard error says why.
const UNUSABLE: i32 = 3;
/// Progress is reported this often.
const REPORTS: u64 = 20;

/// Runs the job in the memory file at `path` and exits.
pub fn hosted_main(path: &Path) -> ! {
    let share = match Share::open(path).and_then(|share| signals::take_over().map(|()| share)) {
        Ok(share) => share,
        Err(why) => give_up(&format!("the host of user-space drivers cannot use {}: {why}", path.display())),
    };
    let Ok(job) = PlugInJob::from_bytes(share.region(Kind::Job)) else { give_up("the job is not of this build") };
    world::emit(&Event::Booted { machine: "hosted".to_owned() });
    world::set_timebase(job.timebase.0, job.timebase.1);
    match run(&job, &share) {
        Ok(()) => world::end(true),
        Err(text) => world::stop(text),
    }
}

fn give_up(why: &str) -> ! {
    eprintln!("{why}");
    std::process::exit(UNUSABLE)
}

/// Does the job; in words, what failed.
fn run(job: &PlugInJob, share: &Share) -> Result<(), String> {
    let info = plist::Value::from_reader(std::io::Cursor::new(share.region(Kind::Info)));
    let info = info.map_err(|why| format!("Info.plist is not a property list: {why}"))?;
    let folder = format!("/Library/Audio/Plug-Ins/HAL/{}.driver", job.name);
    cf::open_bundle(&folder, &job.identifier, &info);
    let image = match Image::read(share.region(Kind::Executable)) {
        Ok(image) => image,
        Err(why) => {
            world::emit(&Event::Refused { message: format!("the executable cannot be loaded: {why}") });
            world::end(false)
        }
    };
    let bound =
        loader::load(&job.name, image).map_err(|why| format!("there is no memory for the executable: {why}"))?;
    world::emit(&Event::Bound { imports: bound.imports, missing: bound.missing });
    let driver = Driver::make(&job.factory)?;
    let initialized = driver.initialize();
    initialized.map_err(|status| format!("Initialize returns {}", hal_sys::code::Shown(status)))?;
    libraries::run_dispatched();
    world::emit(&Event::Started);
    let devices = Device::all(driver)?;
    for device in &devices {
        world::emit(&Event::Device(device.event()));
    }
    match &job.scenario {
        PlugInScenario::Load => {}
        PlugInScenario::Measure(which) => measured::run(*which, &devices, job.seed),
        PlugInScenario::Loop(parameters) => looped(&devices, parameters, job.seed, share)?,
        PlugInScenario::Named(name) => scenarios::run(name, &devices, job.seed)?,
    }
    let held = libraries::held_locks();
    if let Some(function) = held.first() {
        return Err(format!("{} mutexes are still held at the end; {function} took one", held.len()));
    }
    driver.release();
    Ok(())
}

/// Plays the input and records until the output region is full.
fn looped(devices: &[Device], parameters: &Loop, seed: u64, share: &Share) -> Result<(), String> {
    let device = devices.first().ok_or("the driver has no device, so there is nothing to loop through")?;
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
    let mut recorded: Vec<u8> = Vec::with_capacity((cycles * n) as usize * channels * 4);
    let mut record = |at: u64, block: &[f32]| {
        recorded.extend(block.iter().flat_map(|sample| sample.to_ne_bytes()));
        let cycle = at / n;
        if (cycle + 1) * REPORTS / cycles != cycle * REPORTS / cycles {
            world::emit(&Event::Progress { done: (cycle + 1) * n, of: cycles * n });
        }
    };
    let done = client.run(parameters.io_frames, cycles, &mut play, &mut record)?;
    share.write(Kind::Output, &recorded).map_err(|why| why.to_string())?;
    world::emit(&Event::Looped(Looped {
        written_from: done.written_from,
        read_from: done.read_from,
        recorded: cycles * n,
        cycles,
        failed: done.failed,
        virtual_ns: done.ns,
        timestamps: done.timestamps,
        timestamp_error_ns: done.timestamp_error_ns,
    }));
    Ok(())
}
