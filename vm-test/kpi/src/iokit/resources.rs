//! IOResources: the nub that drivers without hardware match, and the kernel's root service above it.

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::iokit::interrupt::{self, Kind};
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{config, keys, names, properties, service, state, workloop};
use crate::libkern::{dictionary, string};
use crate::mem;
use crate::object::{Method, Obj};

/// `IOPlatformExpertDevice::workLoop`.
const WORK_LOOP: usize = 136;

struct Services {
    root: Obj,
    resources: Obj,
}

static SERVICES: Global<Services> = Global::new(Services { root: Obj::NULL, resources: Obj::NULL });

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");

/// Makes the root service and IOResources, and publishes what the kernel itself does by the time that kexts are loaded.
pub fn boot() {
    let root = class::instantiate("IOPlatformExpertDevice");
    INIT.call(root, &[0]);
    root.set(WORK_LOOP, workloop::new());
    // For drivers that raise one themselves: there is no device here that would.
    interrupt::provide(root, &[Kind::Edge]);
    service::attach(root, Obj::NULL);
    let resources = class::instantiate("IOResources");
    INIT.call(resources, &[0]);
    names::set(resources, "IOResources");
    *SERVICES.borrow() = Services { root, resources };
    service::attach(resources, root);
    for resource in ["IOKit", "IOBSD"] {
        properties::set(resources, resource, keys::symbol("_gIOServiceKey"));
    }
    // Registered without a thread of its own: there is nothing yet that could match.
    state::change_public(resources, state::REGISTERED | state::FIRST_PUBLISH | state::MATCHED | state::FIRST_MATCH, 0);
}

/// The IOResources nub.
pub extern "C" fn nub() -> Obj {
    SERVICES.borrow().resources
}

/// The root of the service plane.
pub extern "C" fn root() -> Obj {
    SERVICES.borrow().root
}

/// Whether a resource was published.
pub fn has(key: &str) -> bool {
    !properties::get(nub(), key).is_null()
}

/// publishResource; without a value it is the symbol "IOService".
extern "C" fn publish(key: Obj, value: Obj) {
    publish_text(&string::text(key), value);
}

extern "C" fn publish_c(key: usize, value: Obj) {
    publish_text(&mem::c_string(key), value);
}

fn publish_text(key: &str, value: Obj) {
    let value = value.some().unwrap_or_else(|| keys::symbol("_gIOServiceKey"));
    properties::set(nub(), key, value);
    config::register(nub());
}

/// IOResources::matchPropertyTable: the resources that IOResourceMatch names are there.
extern "C" fn match_table(this: Obj, table: Obj) -> bool {
    let wanted = properties::strings(dictionary::get(table, "IOResourceMatch"));
    wanted.into_iter().all(|key| !properties::get(this, &string::text(key)).is_null())
}

extern "C" fn get_work_loop(this: Obj) -> Obj {
    if this == nub() { root_work_loop(root()) } else { service::get_work_loop(this) }
}

extern "C" fn root_work_loop(this: Obj) -> Obj {
    this.get_obj(WORK_LOOP)
}

/// IOResources::setProperties: root alone may set some on a Mac, and user space of this bench is not root.
extern "C" fn set_properties(_this: Obj, _properties: Obj) -> IOReturn {
    IOReturn::NOT_PRIVILEGED
}

functions! { pub FUNCTIONS:
    "__ZN9IOService18getResourceServiceEv" => nub,
    "__ZN9IOService14getServiceRootEv" => root,
    "__ZN9IOService15publishResourceEPK8OSSymbolP8OSObject" => publish,
    "__ZN9IOService15publishResourceEPKcP8OSObject" => publish_c,
    "__ZN11IOResources4initEP12OSDictionary" => properties::init,
    "__ZN11IOResources18matchPropertyTableEP12OSDictionary" => match_table,
    "__ZNK11IOResources11getWorkLoopEv" => get_work_loop,
    "__ZN11IOResources13setPropertiesEP8OSObject" => set_properties,
    "__ZNK22IOPlatformExpertDevice11getWorkLoopEv" => root_work_loop,
}
