//! IODataQueue and IOSharedDataQueue: a ring of entries that user space maps, with a message when data comes into an empty one.

use crate::class;
use crate::functions;
use crate::heap;
use crate::libkern::osobject;
use crate::mach::port;
use crate::mem;
use crate::object::{Direct, Method, Obj};
use crate::platform::PAGE;

/// `IODataQueue::dataQueue` and `notifyMsg`.
const MEMORY: usize = 16;
const MESSAGE: usize = 24;
/// The fields of the shared memory: `queueSize`, `head`, `tail`, and the entries.
const SIZE: usize = 0;
const HEAD: usize = 4;
const TAIL: usize = 8;
const ENTRIES: usize = 12;
/// Before an entry's data: how long it is.
const ENTRY_HEADER: u32 = 4;
/// IODataQueueAppendix, which a shared queue has behind its entries.
const APPENDIX: usize = 36;
/// A mach message header, and where it has its size and its port.
const MESSAGE_SIZE: usize = 32;
const MESSAGE_BYTES: usize = 4;
const REMOTE_PORT: usize = 8;
/// MACH_MSG_TYPE_COPY_SEND as the remote port's disposition.
const COPY_SEND: u32 = 19;
/// kIODirectionOutIn.
const BOTH_WAYS: u64 = 3;

static INIT: Method = Method::new("IODataQueue", "__ZN11IODataQueue16initWithCapacityEj");
static INIT_ENTRIES: Method = Method::new("IODataQueue", "__ZN11IODataQueue15initWithEntriesEjj");
static NOTIFY: Method = Method::new("IODataQueue", "__ZN11IODataQueue29sendDataAvailableNotificationEv");
static WITH_ADDRESS: Direct = Direct::new("__ZN18IOMemoryDescriptor11withAddressEPvyj");

fn made(this: Obj, init: impl FnOnce(Obj) -> bool) -> Obj {
    if init(this) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn with_capacity(size: u32) -> Obj {
    made(class::instantiate("IODataQueue"), |this| INIT.call_bool(this, &[size.into()]))
}

extern "C" fn with_entries(count: u32, size: u32) -> Obj {
    made(class::instantiate("IODataQueue"), |this| INIT_ENTRIES.call_bool(this, &[count.into(), size.into()]))
}

extern "C" fn shared_with_capacity(size: u32) -> Obj {
    made(class::instantiate("IOSharedDataQueue"), |this| INIT.call_bool(this, &[size.into()]))
}

extern "C" fn shared_with_entries(count: u32, size: u32) -> Obj {
    made(class::instantiate("IOSharedDataQueue"), |this| INIT_ENTRIES.call_bool(this, &[count.into(), size.into()]))
}

/// Bytes of a queue's memory in whole pages.
fn allocated(this: Obj) -> usize {
    let behind = if this.is("IOSharedDataQueue") { APPENDIX } else { 0 };
    (ENTRIES + queue_size(this) as usize + behind).next_multiple_of(PAGE)
}

extern "C" fn init(this: Obj, size: u32) -> bool {
    let Some(whole) = (size as usize).checked_add(ENTRIES + APPENDIX).filter(|&whole| whole < u32::MAX as usize) else {
        return false;
    };
    let memory = heap::allocate(whole.next_multiple_of(PAGE), PAGE);
    if memory == 0 {
        return false;
    }
    this.set(MEMORY, memory);
    mem::write(memory + SIZE, size);
    true
}

/// initWithEntries: room for one more than asked for, because a full queue and an empty one must differ.
extern "C" fn init_entries(this: Obj, count: u32, size: u32) -> bool {
    let bytes =
        count.checked_add(1).zip(size.checked_add(ENTRY_HEADER)).and_then(|(count, size)| count.checked_mul(size));
    bytes.is_some_and(|bytes| INIT.call_bool(this, &[bytes.into()]))
}

extern "C" fn free(this: Obj) {
    for field in [MEMORY, MESSAGE] {
        let block: usize = this.get(field);
        if block != 0 {
            heap::free(block, 0);
        }
    }
    osobject::free(this);
}

fn queue_size(this: Obj) -> u32 {
    mem::read(this.get::<usize>(MEMORY) + SIZE)
}

/// enqueue: false when there is no room. An entry that does not fit behind the last one goes to the start.
extern "C" fn enqueue(this: Obj, data: usize, length: u32) -> bool {
    let memory: usize = this.get(MEMORY);
    let (head, tail): (u32, u32) = (mem::read(memory + HEAD), mem::read(memory + TAIL));
    let (size, Some(needed)) = (queue_size(this), length.checked_add(ENTRY_HEADER)) else { return false };
    let (at, next) = if tail >= head && tail.checked_add(needed).is_some_and(|end| end <= size) {
        (tail, tail + needed)
    } else if tail >= head && head > needed {
        if size.saturating_sub(tail) >= ENTRY_HEADER {
            mem::write(memory + ENTRIES + tail as usize, length);
        }
        (0, needed)
    } else if tail < head && head - tail > needed {
        (tail, tail + needed)
    } else {
        return false;
    };
    mem::write(memory + ENTRIES + at as usize, length);
    mem::copy(data, memory + ENTRIES + at as usize + ENTRY_HEADER as usize, length as usize);
    mem::write(memory + TAIL, next);
    if head == tail || mem::read::<u32>(memory + HEAD) == tail {
        NOTIFY.call(this, &[]);
    }
    true
}

/// Where the oldest entry lies; `None` in an empty queue.
fn oldest(memory: usize) -> Option<u32> {
    let (head, tail): (u32, u32) = (mem::read(memory + HEAD), mem::read(memory + TAIL));
    let size: u32 = mem::read(memory + SIZE);
    if head == tail {
        return None;
    }
    let fits = |at: u32| {
        let length: u32 = mem::read(memory + ENTRIES + at as usize);
        length.checked_add(ENTRY_HEADER).and_then(|entry| at.checked_add(entry)).is_some_and(|end| end <= size)
    };
    // Beyond what fits there is only the mark of an entry that went to the start.
    let wraps = head.checked_add(ENTRY_HEADER).is_none_or(|end| end > size) || !fits(head);
    Some(if wraps { 0 } else { head })
}

extern "C" fn peek(this: Obj) -> usize {
    let memory: usize = this.get(MEMORY);
    oldest(memory).map_or(0, |at| memory + ENTRIES + at as usize)
}

/// dequeue: without a place for the data the entry is dropped.
extern "C" fn dequeue(this: Obj, data: usize, length: usize) -> bool {
    let memory: usize = this.get(MEMORY);
    let Some(at) = oldest(memory) else { return false };
    let entry = memory + ENTRIES + at as usize;
    let size: u32 = mem::read(entry);
    if data != 0 {
        if length == 0 || mem::read::<u32>(length) < size {
            return false;
        }
        mem::copy(entry + ENTRY_HEADER as usize, data, size as usize);
        mem::write(length, size);
    }
    mem::write(memory + HEAD, at + size + ENTRY_HEADER);
    true
}

extern "C" fn get_queue_size(this: Obj) -> u32 {
    queue_size(this)
}

extern "C" fn set_queue_size(this: Obj, size: u32) -> bool {
    mem::write(this.get::<usize>(MEMORY) + SIZE, size);
    true
}

extern "C" fn set_port(this: Obj, to: u64) {
    let old: usize = this.get(MESSAGE);
    let message = if old == 0 { heap::allocate(MESSAGE_SIZE, 16) } else { old };
    mem::write(message, COPY_SEND);
    mem::write(message + MESSAGE_BYTES, MESSAGE_SIZE as u32);
    mem::write(message + REMOTE_PORT, to);
    this.set(MESSAGE, message);
}

extern "C" fn notify(this: Obj) {
    let message: usize = this.get(MESSAGE);
    if message != 0 {
        port::send(mem::read(message + REMOTE_PORT), &mem::bytes(message, MESSAGE_SIZE));
    }
}

extern "C" fn memory_descriptor(this: Obj) -> Obj {
    let memory: usize = this.get(MEMORY);
    if memory == 0 {
        return Obj::NULL;
    }
    WITH_ADDRESS.call_obj(&[memory as u64, allocated(this) as u64, BOTH_WAYS])
}

functions! { pub FUNCTIONS:
    "__ZN11IODataQueue12withCapacityEj" => with_capacity,
    "__ZN11IODataQueue11withEntriesEjj" => with_entries,
    "__ZN11IODataQueue16initWithCapacityEj" => init,
    "__ZN11IODataQueue15initWithEntriesEjj" => init_entries,
    "__ZN11IODataQueue4freeEv" => free,
    "__ZN11IODataQueue7enqueueEPvj" => enqueue,
    "__ZN11IODataQueue19setNotificationPortEP8ipc_port" => set_port,
    "__ZN11IODataQueue29sendDataAvailableNotificationEv" => notify,
    "__ZN11IODataQueue19getMemoryDescriptorEv" => memory_descriptor,
    "__ZN17IOSharedDataQueue12withCapacityEj" => shared_with_capacity,
    "__ZN17IOSharedDataQueue11withEntriesEjj" => shared_with_entries,
    "__ZN17IOSharedDataQueue16initWithCapacityEj" => init,
    "__ZN17IOSharedDataQueue4freeEv" => free,
    "__ZN17IOSharedDataQueue7enqueueEPvj" => enqueue,
    "__ZN17IOSharedDataQueue4peekEv" => peek,
    "__ZN17IOSharedDataQueue7dequeueEPvPj" => dequeue,
    "__ZN17IOSharedDataQueue12getQueueSizeEv" => get_queue_size,
    "__ZN17IOSharedDataQueue12setQueueSizeEj" => set_queue_size,
    "__ZN17IOSharedDataQueue19getMemoryDescriptorEv" => memory_descriptor,
}
