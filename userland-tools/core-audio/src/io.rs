//! IO of a device: a procedure of ours behind the HAL's.

use std::ffi::c_void;
use std::marker::PhantomData;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use hal_sys::AudioObjectID;
use objc2_core_audio::{
    AudioDeviceCreateIOProcID, AudioDeviceDestroyIOProcID, AudioDeviceIOProcID, AudioDeviceStart, AudioDeviceStop,
};
use objc2_core_audio_types::{AudioBuffer, AudioBufferList, AudioTimeStamp};
use sound::{Cycle, Flow, Input, MOST_STREAMS, Moment, Output, Part, Procedure, Status};

use crate::hal::{done, nanos};

/// A procedure that the HAL's thread calls as long as it is there.
struct Slot {
    procedure: Mutex<Option<&'static mut dyn Procedure>>,
    done: AtomicBool,
}

/// IO that runs until this is dropped; the procedure is not called any more then.
pub(crate) struct Running<'a> {
    device: AudioObjectID,
    id: AudioDeviceIOProcID,
    /// Never freed: the HAL's thread may still be on its way into it when IO has stopped.
    slot: &'static Slot,
    borrowed: PhantomData<&'a mut ()>,
}

impl<'a> Running<'a> {
    /// Starts a part.
    pub(crate) fn start<'p: 'a>(part: &'a mut Part<'p>) -> Result<Running<'a>, Status> {
        let procedure: &'a mut (dyn Procedure + 'a) = &mut *part.procedure;
        // SAFETY: only the lifetime changes; the part is borrowed as long as `Running` lives, which takes this back before it ends.
        let procedure: &'static mut (dyn Procedure + 'static) = unsafe { std::mem::transmute(procedure) };
        let slot = Box::leak(Box::new(Slot { procedure: Mutex::new(Some(procedure)), done: AtomicBool::new(false) }));
        let mut running = Running { device: part.device, id: None, slot, borrowed: PhantomData };
        let client = ptr::from_ref::<Slot>(slot).cast_mut().cast();
        let id = NonNull::from(&mut running.id);
        // SAFETY: the client is never freed, and the answer is a local's field.
        done(unsafe { AudioDeviceCreateIOProcID(part.device, Some(cycle), client, id) })?;
        // SAFETY: it has just been made for this device.
        done(unsafe { AudioDeviceStart(part.device, running.id) })?;
        Ok(running)
    }

    /// Whether the procedure has said so.
    pub(crate) fn is_done(&self) -> bool {
        self.slot.done.load(Ordering::Relaxed)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if self.id.is_some() {
            // SAFETY: it was made for this device; that it does not run is no matter.
            let _ = unsafe { AudioDeviceStop(self.device, self.id) };
            // SAFETY: as before, and this is the last that is done with it.
            let _ = unsafe { AudioDeviceDestroyIOProcID(self.device, self.id) };
        }
        // A cycle that runs still is waited for; one that comes now finds nothing.
        *self.slot.procedure.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// What the HAL calls in each IO cycle.
unsafe extern "C-unwind" fn cycle(
    _device: AudioObjectID,
    now: NonNull<AudioTimeStamp>,
    inputs: NonNull<AudioBufferList>,
    read: NonNull<AudioTimeStamp>,
    outputs: NonNull<AudioBufferList>,
    written: NonNull<AudioTimeStamp>,
    client: *mut c_void,
) -> i32 {
    // SAFETY: procedures are added with this client, which is never freed.
    let slot = unsafe { &*client.cast_const().cast::<Slot>() };
    // Only who ends IO holds it: nothing is waited for here.
    let mut procedure = match slot.procedure.try_lock() {
        Ok(procedure) => procedure,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return 0,
    };
    let Some(procedure) = procedure.as_mut() else { return 0 };
    let (mut from, mut to) = ([const { None }; MOST_STREAMS], [const { None }; MOST_STREAMS]);
    for (block, buffer) in from.iter_mut().zip(buffers(inputs)) {
        *block = samples(buffer).map(|(data, count, channels)| {
            // SAFETY: the HAL's buffer is ours to read for this cycle.
            let samples = unsafe { std::slice::from_raw_parts(data.as_ptr().cast_const(), count) };
            Input { channels, samples }
        });
    }
    for (block, buffer) in to.iter_mut().zip(buffers(outputs)) {
        *block = samples(buffer).map(|(data, count, channels)| {
            // SAFETY: the HAL's buffer is ours alone to fill in this cycle.
            let samples = unsafe { std::slice::from_raw_parts_mut(data.as_ptr(), count) };
            samples.fill(0.0);
            Output { channels, samples }
        });
    }
    let inputs = from.map(|block| block.unwrap_or(Input { channels: 0, samples: &[] }));
    let mut outputs = to.map(|block| block.unwrap_or(Output { channels: 0, samples: &mut [] }));
    let count = |used: usize| used.min(MOST_STREAMS);
    let (has_input, has_output) =
        (inputs.iter().rposition(|block| block.channels > 0), outputs.iter().rposition(|block| block.channels > 0));
    let mut cycle = Cycle {
        now: moment(now),
        read: moment(read),
        written: moment(written),
        inputs: &inputs[..count(has_input.map_or(0, |last| last + 1))],
        outputs: &mut outputs[..count(has_output.map_or(0, |last| last + 1))],
    };
    if procedure.cycle(&mut cycle) == Flow::Done {
        slot.done.store(true, Ordering::Relaxed);
    }
    0
}

/// The buffers of a list.
fn buffers<'a>(list: NonNull<AudioBufferList>) -> &'a [AudioBuffer] {
    // SAFETY: the HAL's list lives as long as the cycle.
    let count = unsafe { (*list.as_ptr()).mNumberBuffers } as usize;
    // SAFETY: only the address is taken; the field lies in the list.
    let first = unsafe { &raw const (*list.as_ptr()).mBuffers };
    // SAFETY: so many buffers stand in the list, one behind the other.
    unsafe { std::slice::from_raw_parts(first.cast(), count) }
}

/// Where a buffer's samples are, how many, and of how many channels; `None` for a stream that is not used.
fn samples(buffer: &AudioBuffer) -> Option<(NonNull<f32>, usize, usize)> {
    let data = NonNull::new(buffer.mData)?.cast();
    Some((data, buffer.mDataByteSize as usize / size_of::<f32>(), buffer.mNumberChannels as usize))
}

/// A time stamp as frame and host time.
fn moment(stamp: NonNull<AudioTimeStamp>) -> Moment {
    // SAFETY: the HAL's time stamp lives as long as the cycle.
    let stamp = unsafe { stamp.as_ref() };
    Moment { frame: stamp.mSampleTime as i64, ns: nanos(stamp.mHostTime) }
}
