//! What a service has of a device: its memory, as an array of descriptors, and the resources it needs.

use crate::functions;
use crate::iokit::properties;
use crate::libkern::{array, collection, set, string};
use crate::mem;
use crate::object::{Direct, Method, Obj};

const MEMORY: &str = "IODeviceMemory";
const NEEDED: &str = "IOResourceMatch";

static GET_WITH_INDEX: Method = Method::new("IOService", "__ZN9IOService24getDeviceMemoryWithIndexEj");
static MAP: Direct = Direct::new("__ZN18IOMemoryDescriptor3mapEj");

extern "C" fn get(this: Obj) -> Obj {
    let list = properties::get(this, MEMORY);
    if list.is("OSArray") { list } else { Obj::NULL }
}

extern "C" fn set_memory(this: Obj, list: Obj) {
    properties::set(this, MEMORY, list);
}

extern "C" fn count(this: Obj) -> u64 {
    get(this).some().map_or(0, |list| u64::from(collection::count(list)))
}

extern "C" fn get_with_index(this: Obj, index: u32) -> Obj {
    let memory = get(this).some().map_or(Obj::NULL, |list| array::get(list, index));
    if memory.is("IOMemoryDescriptor") { memory } else { Obj::NULL }
}

extern "C" fn map_with_index(this: Obj, index: u32, options: u32) -> Obj {
    let memory = GET_WITH_INDEX.call_obj(this, &[u64::from(index)]);
    memory.some().map_or(Obj::NULL, |memory| MAP.call_obj(&[memory.word(), u64::from(options)]))
}

/// addNeededResource: one more name in the set of resources that the service waits for.
extern "C" fn add_needed(this: Obj, key: usize) -> bool {
    let wanted = set::new();
    for known in properties::strings(properties::get(this, NEEDED)) {
        set::add(wanted, known);
    }
    let name = string::symbol(&mem::c_string(key));
    set::add(wanted, name);
    name.release();
    properties::put(this, NEEDED, wanted)
}

functions! { pub FUNCTIONS:
    "__ZN9IOService15getDeviceMemoryEv" => get,
    "__ZN9IOService15setDeviceMemoryEP7OSArray" => set_memory,
    "__ZN9IOService20getDeviceMemoryCountEv" => count,
    "__ZN9IOService24getDeviceMemoryWithIndexEj" => get_with_index,
    "__ZN9IOService24mapDeviceMemoryWithIndexEjj" => map_with_index,
    "__ZN9IOService17addNeededResourceEPKc" => add_needed,
}
