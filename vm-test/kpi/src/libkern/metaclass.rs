//! OSMetaClass: classes that kexts register, and casts.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::class;
use crate::fault;
use crate::functions;
use crate::global::Global;
use crate::libkern::string;
use crate::mem;
use crate::object::Obj;
use crate::symbols;

/// A kext whose static constructors run, between preModLoad and postModLoad.
struct Stalled {
    kext: String,
    classes: Vec<Class>,
}

/// A class that waits for postModLoad.
struct Class {
    metaclass: Obj,
    name: String,
    superclass: Obj,
    size: u32,
}

static STALLED: Global<Option<Stalled>> = Global::new(None);

/// OSMetaClass::preModLoad: metaclass objects of the kext `identifier` may be constructed from here on.
pub fn begin_load(identifier: &str) {
    *STALLED.borrow() = Some(Stalled { kext: identifier.into(), classes: Vec::new() });
}

/// OSMetaClass::postModLoad: all classes of the kext are registered, or none. Two of its own that have one name are not
/// noticed, as the kernel looks at those of other kexts only.
///
/// # Errors
/// Another kext has a class of the name of one of them, in the kernel's words.
pub fn end_load() -> Result<(), String> {
    let Some(Stalled { kext, classes }) = STALLED.borrow().take() else { return Ok(()) };
    for Class { name, .. } in &classes {
        if let Some(old) = class::by_name(name) {
            let other = class::kext(old).unwrap_or_else(|| "__kernel__".into());
            return Err(format!(
                "OSMetaClass: Kext {kext} class {name} is a duplicate;kext {other} already has a class by that name."
            ));
        }
    }
    for Class { metaclass, name, superclass, size } in &classes {
        class::register(&kext, *metaclass, name, *superclass, *size);
    }
    // A class may have been constructed before its superclass.
    for Class { metaclass, superclass, .. } in &classes {
        class::derive(*metaclass, *superclass);
    }
    Ok(())
}

extern "C" fn construct(this: Obj, name: usize, superclass: Obj, size: u32) {
    let vtable = symbols::address("__ZTV11OSMetaClass").unwrap_or_default() + 16;
    this.set(0, vtable);
    this.set(16, superclass);
    this.set(32, size);
    this.set(36, 0u32);
    let name = mem::c_string(name);
    let Some(stalled) = &mut *STALLED.borrow() else {
        super::log::line(&alloc::format!(
            "OSMetaClass: preModLoad() wasn't called for class {name} (runtime internal error)."
        ));
        return;
    };
    stalled.classes.push(Class { metaclass: this, name, superclass, size });
}

extern "C" fn destruct(this: Obj) {
    if let Some(id) = class::by_metaclass(this)
        && class::is_foreign(id)
    {
        let (name, instances) = (class::name(id), class::instances(id));
        if instances > 0 {
            super::log::line(&alloc::format!(
                "OSMetaClass: class {name} is unloaded while {instances} instance(s) exist"
            ));
        }
        class::unregister(this);
    }
}

extern "C" fn instance_constructed(this: Obj) {
    if let Some(id) = class::by_metaclass(this) {
        class::instance_constructed(id);
    }
}

extern "C" fn instance_destructed(this: Obj) {
    if let Some(id) = class::by_metaclass(this) {
        class::instance_destructed(id);
    }
}

extern "C" fn instance_count(this: Obj) -> u32 {
    class::by_metaclass(this).map_or(0, class::instances)
}

extern "C" fn class_name(this: Obj) -> usize {
    // The kernel keeps the name as an OSSymbol; so do we, one a class, for ever.
    let Some(id) = class::by_metaclass(this) else { return 0 };
    let kept = this.get_obj(24);
    let symbol = if kept.is_null() { string::symbol(&class::name(id)) } else { kept };
    this.set(24, symbol);
    string::c_pointer(symbol)
}

extern "C" fn class_size(this: Obj) -> u32 {
    this.get(32)
}

extern "C" fn super_class(this: Obj) -> Obj {
    this.get_obj(16)
}

extern "C" fn nothing(_this: Obj) {}

extern "C" fn never_freed(_this: Obj) -> u32 {
    1
}

extern "C" fn metaclass_of_metaclass(_this: Obj) -> Obj {
    class::by_name("OSMetaClass").map_or(Obj::NULL, class::metaclass)
}

extern "C" fn reserved_called(_this: Obj, slot: u32) {
    fault::kernel_panic(&alloc::format!("a reserved virtual function was called (slot {slot})"))
}

/// OSDynamicCast: the object if it is an instance of the metaclass's class or of a subclass, else NULL.
pub extern "C" fn safe_meta_cast(object: Obj, to: Obj) -> Obj {
    if object.is_null() { Obj::NULL } else { check_meta_cast(to, object) }
}

extern "C" fn meta_cast(this: Obj, to: Obj) -> Obj {
    check_meta_cast(to, this)
}

extern "C" fn check_meta_cast(to: Obj, object: Obj) -> Obj {
    let (Some(mut at), Some(wanted)) = (class::of(object), class::by_metaclass(to)) else { return Obj::NULL };
    loop {
        if at == wanted {
            return object;
        }
        match class::superclass(at) {
            Some(next) => at = next,
            None => return Obj::NULL,
        }
    }
}

extern "C" fn meta_cast_string(this: Obj, to: Obj) -> Obj {
    if this.is(&string::text(to)) { this } else { Obj::NULL }
}

extern "C" fn meta_cast_name(this: Obj, to: usize) -> Obj {
    if this.is(&mem::c_string(to)) { this } else { Obj::NULL }
}

extern "C" fn allocate_by_string(name: Obj) -> Obj {
    class::allocate(&string::text(name))
}

extern "C" fn allocate_by_name(name: usize) -> Obj {
    class::allocate(&mem::c_string(name))
}

extern "C" fn metaclass_with_name(name: Obj) -> Obj {
    class::by_name(&string::text(name)).map_or(Obj::NULL, class::metaclass)
}

extern "C" fn pure_virtual() {
    fault::kernel_panic("a pure virtual function was called")
}

functions! { pub FUNCTIONS:
    "__ZN11OSMetaClassC1EPKcPKS_j" => construct,
    "__ZN11OSMetaClassC2EPKcPKS_j" => construct,
    "__ZN11OSMetaClassD1Ev" => destruct,
    "__ZN11OSMetaClassD2Ev" => destruct,
    "__ZN11OSMetaClassD0Ev" => destruct,
    "__ZNK11OSMetaClass19instanceConstructedEv" => instance_constructed,
    "__ZNK11OSMetaClass18instanceDestructedEv" => instance_destructed,
    "__ZNK11OSMetaClass16getInstanceCountEv" => instance_count,
    "__ZNK11OSMetaClass12getClassNameEv" => class_name,
    "__ZNK11OSMetaClass12getClassSizeEv" => class_size,
    "__ZNK11OSMetaClass13getSuperClassEv" => super_class,
    "__ZNK11OSMetaClass13checkMetaCastEPK15OSMetaClassBase" => check_meta_cast,
    "__ZNK11OSMetaClass14reservedCalledEi" => reserved_called,
    "__ZNK11OSMetaClass6retainEv" => nothing,
    "__ZNK11OSMetaClass7releaseEv" => nothing,
    "__ZNK11OSMetaClass7releaseEi" => nothing,
    "__ZNK11OSMetaClass12taggedRetainEPKv" => nothing,
    "__ZNK11OSMetaClass13taggedReleaseEPKv" => nothing,
    "__ZNK11OSMetaClass13taggedReleaseEPKvi" => nothing,
    "__ZNK11OSMetaClass14getRetainCountEv" => never_freed,
    "__ZNK11OSMetaClass12getMetaClassEv" => metaclass_of_metaclass,
    "__ZN11OSMetaClass18allocClassWithNameEPK8OSSymbol" => allocate_by_string,
    "__ZN11OSMetaClass18allocClassWithNameEPK8OSString" => allocate_by_string,
    "__ZN11OSMetaClass18allocClassWithNameEPKc" => allocate_by_name,
    "__ZN11OSMetaClass20getMetaClassWithNameEPK8OSSymbol" => metaclass_with_name,
    "__ZN15OSMetaClassBase12safeMetaCastEPKS_PK11OSMetaClass" => safe_meta_cast,
    "__ZNK15OSMetaClassBase8metaCastEPK11OSMetaClass" => meta_cast,
    "__ZNK15OSMetaClassBase8metaCastEPK8OSSymbol" => meta_cast_string,
    "__ZNK15OSMetaClassBase8metaCastEPK8OSString" => meta_cast_string,
    "__ZNK15OSMetaClassBase8metaCastEPKc" => meta_cast_name,
    "___cxa_pure_virtual" => pure_virtual,
}
