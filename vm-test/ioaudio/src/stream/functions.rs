//! IO functions: a list of a driver's functions that clip or convert instead of its engine.

use kpi::heap;
use kpi::mem;
use kpi::object::Obj;
use kpi::symbols;

use super::locked;
use crate::layout::stream::{AUDIO_IO_FUNCTIONS, NUM_IO_FUNCTIONS, STREAM_IO_LOCK};
use crate::returns::SUCCESS;

/// Whether a stream has a list.
pub(super) fn has_any(stream: Obj) -> bool {
    stream.get::<u32>(NUM_IO_FUNCTIONS) != 0
}

/// Calls a stream's functions one after the other, until one fails: (from, to, first frame, frames, format, stream). `None`:
/// there is no list.
pub(super) fn run(stream: Obj, arguments: &[u64; 6]) -> Option<u32> {
    if !has_any(stream) {
        return None;
    }
    let list: usize = stream.get(AUDIO_IO_FUNCTIONS);
    let functions = (0..stream.get::<u32>(NUM_IO_FUNCTIONS) as usize).map(|place| mem::read::<usize>(list + place * 8));
    let mut results =
        functions.filter(|&function| function != 0).map(|function| symbols::invoke(function, arguments) as u32);
    Some(results.find(|&result| result != SUCCESS).unwrap_or(SUCCESS))
}

/// setIOFunctionList: replaces the list; an empty one gives the work back to the engine.
pub(super) extern "C" fn set_list(this: Obj, functions: usize, count: u32) {
    let bytes = count as usize * 8;
    locked(this.get(STREAM_IO_LOCK), || {
        forget(this);
        let list = if functions == 0 || count == 0 { 0 } else { heap::allocate(bytes, 8) };
        if list != 0 {
            mem::copy(functions, list, bytes);
            this.set(AUDIO_IO_FUNCTIONS, list);
            this.set(NUM_IO_FUNCTIONS, count);
        }
    });
}

/// Frees a stream's list.
pub(super) fn forget(stream: Obj) {
    let list: usize = stream.get(AUDIO_IO_FUNCTIONS);
    if list != 0 {
        heap::free(list, stream.get::<u32>(NUM_IO_FUNCTIONS) as usize * 8);
        stream.set(AUDIO_IO_FUNCTIONS, 0usize);
        stream.set(NUM_IO_FUNCTIONS, 0u32);
    }
}

/// setIOFunction: a list of one.
extern "C" fn set_one(this: Obj, function: usize) {
    set_list(this, (&raw const function) as usize, 1);
}

kpi::functions! { pub FUNCTIONS:
    "__ZN13IOAudioStream13setIOFunctionEPFiPKvPvjjPK20_IOAudioStreamFormatPS_E" => set_one,
    "__ZN13IOAudioStream17setIOFunctionListEPKPFiPKvPvjjPK20_IOAudioStreamFormatPS_Ej" => set_list,
}
