//! IO: procedures on the HAL's thread.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::ffi::c_void;
use core::ptr::null_mut;
use core::slice;
use core::sync::atomic::{AtomicBool, Ordering};

use hal_sys::interface::{AudioBuffer, AudioBufferList, AudioTimeStamp};
use hal_sys::{AudioObjectID, OSStatus};
use sound::{Cycle, Flow, Input, MOST_STREAMS, Moment, Output, Part, Procedure, Ran, Status};

use crate::core_audio::done;
use crate::system::{self, Timebase};

/// Between two looks at what is done, ns.
const LOOK: u64 = 20_000_000;
/// Between two looks whether the HAL's thread has left, ns.
const LEAVE: u64 = 500_000;

type ProcedureId = *mut c_void;
type Entry = extern "C" fn(
    AudioObjectID,
    *const AudioTimeStamp,
    *const AudioBufferList,
    *const AudioTimeStamp,
    *mut AudioBufferList,
    *const AudioTimeStamp,
    *const c_void,
) -> OSStatus;

unsafe extern "C" {
    fn AudioDeviceCreateIOProcID(
        device: AudioObjectID,
        entry: Entry,
        client: *const c_void,
        id: *mut ProcedureId,
    ) -> OSStatus;
    fn AudioDeviceDestroyIOProcID(device: AudioObjectID, id: ProcedureId) -> OSStatus;
    fn AudioDeviceStart(device: AudioObjectID, id: ProcedureId) -> OSStatus;
    fn AudioDeviceStop(device: AudioObjectID, id: ProcedureId) -> OSStatus;
}

/// What the HAL's thread and ours share of a part. It is never given back, so that a call that comes late finds it.
struct Context {
    timebase: Timebase,
    /// Used by the HAL's thread only, between `inside` and `stopped`.
    procedure: *mut dyn Procedure,
    inside: AtomicBool,
    stopped: AtomicBool,
    done: AtomicBool,
}

/// A part whose IO was begun.
struct Begun {
    device: AudioObjectID,
    id: ProcedureId,
    context: &'static Context,
}

impl Drop for Begun {
    /// Ends IO: when this is done, the procedure is not called any more.
    fn drop(&mut self) {
        // SAFETY: the procedure that was made for this device.
        unsafe { AudioDeviceStop(self.device, self.id) };
        self.context.stopped.store(true, Ordering::SeqCst);
        while self.context.inside.load(Ordering::SeqCst) {
            system::pause(LEAVE);
        }
        // SAFETY: as above; nobody uses it afterwards.
        unsafe { AudioDeviceDestroyIOProcID(self.device, self.id) };
    }
}

/// Does IO on all devices until all procedures or `watch` are done.
pub(crate) fn run(timebase: Timebase, parts: &mut [Part<'_>], watch: &mut dyn FnMut() -> Flow) -> Result<Ran, Status> {
    let from = system::ticks();
    let begun: Vec<Begun> = parts.iter_mut().map(|part| begin(timebase, part)).collect::<Result<_, _>>()?;
    while watch() == Flow::On && !begun.iter().all(|part| part.context.done.load(Ordering::Acquire)) {
        system::pause(LOOK);
    }
    let ns = timebase.ns(system::ticks().saturating_sub(from));
    drop(begun);
    Ok(Ran { ns })
}

fn begin(timebase: Timebase, part: &mut Part<'_>) -> Result<Begun, Status> {
    let procedure: *mut (dyn Procedure + '_) = &raw mut *part.procedure;
    #[allow(clippy::transmute_ptr_to_ptr, reason = "a cast cannot change the lifetime of a trait object")]
    // SAFETY: the same pointer but for its lifetime; `Begun` has nobody use it when the borrow ends.
    let procedure: *mut (dyn Procedure + 'static) = unsafe { core::mem::transmute(procedure) };
    let flag = || AtomicBool::new(false);
    let context: &'static Context =
        Box::leak(Box::new(Context { timebase, procedure, inside: flag(), stopped: flag(), done: flag() }));
    let mut id = null_mut();
    let client = (&raw const *context).cast();
    // SAFETY: the context stays for good, and the place for the ID is ours.
    done(unsafe { AudioDeviceCreateIOProcID(part.device, cycle, client, &raw mut id) })?;
    let begun = Begun { device: part.device, id, context };
    // SAFETY: the procedure that was made for this device.
    done(unsafe { AudioDeviceStart(part.device, id) })?;
    Ok(begun)
}

/// The HAL's call of a cycle.
extern "C" fn cycle(
    _: AudioObjectID,
    now: *const AudioTimeStamp,
    input: *const AudioBufferList,
    read: *const AudioTimeStamp,
    output: *mut AudioBufferList,
    written: *const AudioTimeStamp,
    client: *const c_void,
) -> OSStatus {
    // SAFETY: the context was handed in when the procedure was made, and stays for good.
    let context = unsafe { &*client.cast::<Context>() };
    context.inside.store(true, Ordering::SeqCst);
    if !context.stopped.load(Ordering::SeqCst) {
        let moment = |stamp: *const AudioTimeStamp| {
            // SAFETY: null, or the HAL's until this returns.
            unsafe { stamp.as_ref() }.map_or_else(Moment::default, |stamp| Moment {
                frame: libm::round(stamp.mSampleTime) as i64,
                ns: context.timebase.ns(stamp.mHostTime),
            })
        };
        let mut inputs = [Input { channels: 0, samples: &[] }; MOST_STREAMS];
        let mut outputs: [Output<'_>; MOST_STREAMS] =
            core::array::from_fn(|_| Output { channels: 0, samples: &mut [] });
        let mut counts = [0; 2];
        for (place, buffer) in inputs.iter_mut().zip(buffers(input)) {
            *place = Input { channels: buffer.mNumberChannels as usize, samples: samples(buffer) };
            counts[0] += 1;
        }
        for (place, buffer) in outputs.iter_mut().zip(buffers(output)) {
            let samples = samples_to_be(buffer);
            samples.fill(0.0);
            *place = Output { channels: buffer.mNumberChannels as usize, samples };
            counts[1] += 1;
        }
        // SAFETY: IO has not stopped, so the borrow that it was made of is still there, and this thread alone uses it.
        let procedure = unsafe { &mut *context.procedure };
        let flow = procedure.cycle(&mut Cycle {
            now: moment(now),
            read: moment(read),
            written: moment(written),
            inputs: &inputs[..counts[0]],
            outputs: &mut outputs[..counts[1]],
        });
        if flow == Flow::Done {
            context.done.store(true, Ordering::Release);
        }
    }
    context.inside.store(false, Ordering::SeqCst);
    0
}

/// The buffers of a list.
fn buffers<'a>(list: *const AudioBufferList) -> &'a [AudioBuffer] {
    // SAFETY: null, or the HAL's until the cycle is over.
    let Some(head) = (unsafe { list.as_ref() }) else { return &[] };
    // SAFETY: the buffers begin inside of the list.
    let first = unsafe { &raw const (*list).mBuffers };
    // SAFETY: there are as many as the list says.
    unsafe { slice::from_raw_parts(first.cast(), head.mNumberBuffers as usize) }
}

fn samples<'a>(buffer: &AudioBuffer) -> &'a [f32] {
    if buffer.mData.is_null() {
        return &[];
    }
    // SAFETY: the HAL's until the cycle is over, and of Float32, as was seen before IO was begun.
    unsafe { slice::from_raw_parts(buffer.mData.cast(), buffer.mDataByteSize as usize / 4) }
}

fn samples_to_be<'a>(buffer: &AudioBuffer) -> &'a mut [f32] {
    if buffer.mData.is_null() {
        return &mut [];
    }
    // SAFETY: as above, and ours alone to write.
    unsafe { slice::from_raw_parts_mut(buffer.mData.cast(), buffer.mDataByteSize as usize / 4) }
}
