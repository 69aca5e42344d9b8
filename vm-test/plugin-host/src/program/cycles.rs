//! AudioDevice…: IO procedures, each a client of its device, and the time in which their cycles are done.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::ffi::c_void;

use hal_sys::code::scope::{kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput};
use hal_sys::code::status::{kAudioHardwareBadDeviceError, kAudioHardwareIllegalOperationError};
use hal_sys::interface::{
    AudioBuffer, AudioBufferList, AudioTimeStamp, kAudioTimeStampHostTimeValid, kAudioTimeStampSampleTimeValid,
};
use hal_sys::{AudioObjectID, OSStatus};

use super::audio::{self, inner};
use crate::hal::{self, Client, Cycles, Device, Driver};
use crate::libraries::{self, symbols};
use crate::{memory, world};

/// IDs of procedures; nothing can be read there.
const FIRST: usize = 0x5000_0000_0000;
const APART: usize = 0x10;
/// Frames of an IO cycle where a program asks for no others.
const FRAMES: u32 = 512;
const NANOSECONDS: u128 = 1_000_000_000;

type Entry = extern "C" fn(
    AudioObjectID,
    *const AudioTimeStamp,
    *const AudioBufferList,
    *const AudioTimeStamp,
    *mut AudioBufferList,
    *const AudioTimeStamp,
    *mut c_void,
) -> OSStatus;

/// A procedure.
struct Procedure {
    device: &'static Device,
    entry: Entry,
    client_data: usize,
    /// Its client while it runs.
    running: Option<Running>,
}

struct Running {
    client: Client<'static>,
    rate: u64,
    channels: usize,
    /// Frames from the first one read to the clock's position, and from there to the first one written.
    behind: i64,
    ahead: i64,
}

thread_local! {
    static DRIVER: Cell<Option<Driver>> = const { Cell::new(None) };
    static DEVICES: Cell<&'static [Device]> = const { Cell::new(&[]) };
    static SEED: Cell<u64> = const { Cell::new(0) };
    static MADE: Cell<usize> = const { Cell::new(0) };
    static PROCEDURES: RefCell<BTreeMap<usize, Procedure>> = const { RefCell::new(BTreeMap::new()) };
    /// Frames of a cycle, by device.
    static SIZES: RefCell<BTreeMap<AudioObjectID, u32>> = const { RefCell::new(BTreeMap::new()) };
}

/// Has programs find a driver's devices.
pub(super) fn open(driver: Driver, devices: Vec<Device>, seed: u64) {
    DRIVER.set(Some(driver));
    DEVICES.set(devices.leak());
    SEED.set(seed);
}

/// The driver, if there is one.
pub(super) fn any_driver() -> Option<Driver> {
    DRIVER.get()
}

/// The driver, of which there are objects.
pub(super) fn driver() -> Driver {
    any_driver().unwrap_or_else(|| world::stop("there is no driver"))
}

pub(super) fn devices() -> &'static [Device] {
    DEVICES.get()
}

fn device(id: AudioObjectID) -> Option<&'static Device> {
    devices().iter().find(|device| device.id == id)
}

/// Whether an object of the driver's is a device.
pub(super) fn is_device(id: AudioObjectID) -> bool {
    device(id).is_some()
}

/// Frames of a cycle of a device.
pub(super) fn frames(object: AudioObjectID) -> u32 {
    SIZES.with_borrow(|sizes| sizes.get(&object).copied().unwrap_or(FRAMES))
}

pub(super) fn set_frames(object: AudioObjectID, frames: u32) {
    SIZES.with_borrow_mut(|sizes| sizes.insert(object, frames));
}

/// Lets a Mac go on until a moment: changes that the driver asked for are made, IO threads run, programs are told.
pub(super) fn pass_until(ns: u64) {
    settle();
    while let Some((id, wakes)) = next().filter(|(_, wakes)| *wakes <= ns) {
        world::pass_until(wakes);
        let mut procedure = take(id);
        if let Some(running) = &mut procedure.running {
            cycle(running, procedure.device, procedure.entry, procedure.client_data);
        }
        PROCEDURES.with_borrow_mut(|all| all.insert(id, procedure));
        settle();
    }
    world::pass_until(ns);
    settle();
}

fn settle() {
    libraries::run_dispatched();
    if hal::has_requests() {
        if next().is_some() {
            world::stop("the driver asks for a change while IO runs, which this host makes for no program");
        }
        if let Err(status) = driver().perform_changes() {
            world::stop(format!("the driver does not make its change: {}", hal_sys::code::Shown(status)));
        }
    }
    audio::tell(hal::take_notices());
}

/// The procedure whose cycle is done next, and when.
fn next() -> Option<(usize, u64)> {
    PROCEDURES.with_borrow(|all| {
        let running = all.iter().filter_map(|(id, it)| Some((*id, it.running.as_ref()?.client.wakes())));
        running.min_by_key(|(_, wakes)| *wakes)
    })
}

fn take(id: usize) -> Procedure {
    let taken = PROCEDURES.with_borrow_mut(|all| all.remove(&id));
    taken.unwrap_or_else(|| world::stop("the program uses an IO procedure that there is not"))
}

/// Does a cycle: what was read and what is to be written are the program's in one call.
fn cycle(running: &mut Running, device: &Device, entry: Entry, client_data: usize) {
    let Running { client, rate, channels, behind, ahead } = running;
    let (channels, behind, ahead) = (*channels, *behind, *ahead);
    let (base, from) = client.last_stamp();
    let moment = |frame: i64| {
        let ns = i128::from(from) + i128::from(frame - base as i64) * NANOSECONDS as i128 / i128::from(*rate);
        AudioTimeStamp {
            mSampleTime: frame as f64,
            mHostTime: world::ticks(u64::try_from(ns).unwrap_or(0)),
            mRateScalar: 1.0,
            mFlags: kAudioTimeStampSampleTimeValid | kAudioTimeStampHostTimeValid,
            ..Default::default()
        }
    };
    let input = RefCell::new(Vec::new());
    let list = |samples: *mut f32, count: usize| AudioBufferList {
        mNumberBuffers: 1,
        mBuffers: [AudioBuffer {
            mNumberChannels: channels as u32,
            mDataByteSize: (count * 4) as u32,
            mData: samples.cast(),
        }],
    };
    let mut play = |at: u64, block: &mut [f32]| {
        let mut recorded = input.take();
        // Before the device's first frame there is nothing to read.
        recorded.resize(block.len(), 0.0);
        block.fill(0.0);
        let now = at as i64 - ahead;
        let inputs = list(recorded.as_mut_ptr(), recorded.len());
        let mut outputs = list(block.as_mut_ptr(), block.len());
        let (now, read, written) = (moment(now), moment(now - behind), moment(at as i64));
        let object = device.id + audio::OFFSET;
        world::inside("the program's IO procedure", || {
            entry(
                object,
                &raw const now,
                &raw const inputs,
                &raw const read,
                &raw mut outputs,
                &raw const written,
                client_data as *mut c_void,
            )
        });
    };
    let mut record = |_: u64, block: &[f32]| *input.borrow_mut() = block.to_vec();
    if let Err(why) = client.cycle(Some(&mut play), &mut record) {
        world::stop(why);
    }
}

extern "C" fn create(object: AudioObjectID, entry: usize, client_data: usize, answer: usize) -> OSStatus {
    let Some(device) = inner(object).and_then(device) else { return kAudioHardwareBadDeviceError.cast_signed() };
    // SAFETY: the program hands in an IO procedure.
    let entry: Entry = unsafe { std::mem::transmute(entry) };
    let id = FIRST + MADE.replace(MADE.get() + 1) * APART;
    PROCEDURES.with_borrow_mut(|all| all.insert(id, Procedure { device, entry, client_data, running: None }));
    memory::put(answer, &id.to_ne_bytes());
    0
}

extern "C" fn destroy(_: AudioObjectID, id: usize) -> OSStatus {
    if take(id).running.is_some() {
        world::stop("the program gives up an IO procedure that runs");
    }
    0
}

extern "C" fn start(object: AudioObjectID, id: usize) -> OSStatus {
    let mut procedure = take(id);
    let begun = if procedure.running.is_none() { begin(procedure.device, frames(object), id) } else { None };
    let status = if begun.is_some() { 0 } else { kAudioHardwareIllegalOperationError.cast_signed() };
    procedure.running = begun.or(procedure.running);
    PROCEDURES.with_borrow_mut(|all| all.insert(id, procedure));
    status
}

/// A client that runs; nothing where the driver refuses it, which is told.
fn begin(device: &'static Device, frames: u32, id: usize) -> Option<Running> {
    let begin = || -> Result<Running, String> {
        let stream = device.outputs.first().ok_or_else(|| format!("{} has no output stream", device.name))?;
        let [behind, ahead] = [kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput]
            .map(|scope| device.safety_offset(scope).map(i64::from));
        let number = ((id - FIRST) / APART) as u32 + 1;
        let mut client = Client::open(device, number, stream.channels, SEED.get())?;
        client.start(Cycles::of(frames))?;
        let frames = i64::from(frames);
        let (behind, ahead) = (behind? + frames, ahead? + frames);
        Ok(Running { client, rate: device.rate()? as u64, channels: stream.channels as usize, behind, ahead })
    };
    begin().inspect_err(|why| world::log(why)).ok()
}

extern "C" fn stop(_: AudioObjectID, id: usize) -> OSStatus {
    let mut procedure = take(id);
    if let Some(mut running) = procedure.running.take() {
        if let Err(why) = running.client.stop().and_then(|()| running.client.leave()) {
            world::stop(why);
        }
        if let Some((status, count)) = running.client.failed().first() {
            world::stop(format!("the driver failed in IO {count} times: {}", hal_sys::code::Shown(*status)));
        }
    }
    PROCEDURES.with_borrow_mut(|all| all.insert(id, procedure));
    0
}

symbols! {
    "_AudioDeviceCreateIOProcID" => create,
    "_AudioDeviceDestroyIOProcID" => destroy,
    "_AudioDeviceStart" => start,
    "_AudioDeviceStop" => stop,
}
