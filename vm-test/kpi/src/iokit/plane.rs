//! Registry planes: IORegistryPlane objects, which kexts only pass on.

use alloc::string::{String, ToString};
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::class;
use crate::functions;
use crate::mem;
use crate::object::{Obj, Side};
use crate::symbols;

/// Name of each plane.
static PLANES: Side<String> = Side::new();

/// Makes the kernel's planes.
pub fn boot() {
    for (variable, name) in [("_gIOServicePlane", "IOService"), ("_gIOPowerPlane", "IOPower")] {
        mem::write(symbols::variable(variable), make(name));
    }
    SERVICE.store(symbols::variable("_gIOServicePlane"), Ordering::Relaxed);
}

/// Address of the variable that holds the service plane.
static SERVICE: AtomicUsize = AtomicUsize::new(0);

/// The service plane.
pub fn service() -> Obj {
    mem::read(SERVICE.load(Ordering::Relaxed))
}

/// The plane of that name, made if there is none yet. Planes live for ever.
pub fn make(name: &str) -> Obj {
    if let Some(plane) = find(name) {
        return plane;
    }
    // IORegistryPlane is private to the kernel: no header shows it, so any object serves as one.
    let plane = class::instantiate("OSObject");
    PLANES.insert(plane, name.to_string());
    plane
}

/// The name of a plane; `None` for anything else.
pub fn name(plane: Obj) -> Option<String> {
    PLANES.with(plane, |name| name.clone())
}

/// The plane of that name.
pub fn find(name: &str) -> Option<Obj> {
    PLANES.objects().into_iter().find(|&plane| PLANES.with(plane, |known| known == name) == Some(true))
}

extern "C" fn make_plane(name: usize) -> Obj {
    make(&mem::c_string(name))
}

extern "C" fn get_plane(name: usize) -> Obj {
    find(&mem::c_string(name)).unwrap_or(Obj::NULL)
}

functions! { pub FUNCTIONS:
    "__ZN15IORegistryEntry9makePlaneEPKc" => make_plane,
    "__ZN15IORegistryEntry8getPlaneEPKc" => get_plane,
}
