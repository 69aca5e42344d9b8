//! Classes at run time: vtables and metaclass objects made from the pack, and those that kexts bring.

mod internal;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

pub use self::internal::classes as internal_classes;

use crate::global::Global;
use crate::heap;
use crate::mem;
use crate::object::{Method, Obj};
use crate::platform::{PAGE, Platform, Protection};
use crate::symbols;

/// sizeof(OSMetaClass) on every release.
pub const META_SIZE: usize = 40;

/// Index of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClassId(u32);

struct Class {
    name: String,
    superclass: Option<ClassId>,
    size: u32,
    is_abstract: bool,
    metaclass: Obj,
    /// Address of slot 0, for the kernel's own classes.
    vtable: Option<usize>,
    instances: u32,
    /// Identifier of the kext that brought it; none for the kernel's own.
    kext: Option<String>,
}

#[derive(Default)]
struct Classes {
    list: Vec<Option<Class>>,
    by_metaclass: HashMap<usize, ClassId, FxBuildHasher>,
    by_name: HashMap<String, ClassId, FxBuildHasher>,
    /// Class that a generic function (constructor, destructor, alloc, getMetaClass) serves, by symbol index.
    served: Vec<Option<ClassId>>,
}

static CLASSES: Global<Option<Classes>> = Global::new(None);

#[track_caller]
fn with<R>(f: impl FnOnce(&mut Classes) -> R) -> R {
    f(CLASSES.borrow().get_or_insert_with(Classes::default))
}

static GET_META_CLASS: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase12getMetaClassEv");
static ALLOC: Method = Method::new("OSMetaClass", "__ZNK11OSMetaClass5allocEv");

/// Makes vtables and metaclass objects for all classes of the release.
///
/// # Panics
/// When the machine has no memory left.
pub fn boot(platform: &dyn Platform) {
    let pack = symbols::pack();
    let internal = internal_classes(pack);
    let all = || pack.classes.iter().chain(&internal);
    let words: usize = all().map(|class| class.vtable.len() + class.metaclass_vtable.len() + 6).sum();
    let pages = (words * 8).div_ceil(PAGE);
    let tables = platform.map(pages).expect("no memory for vtables");
    let bytes = all().count() * (META_SIZE + 16);
    let mut meta = platform.map(bytes.div_ceil(PAGE)).expect("no memory for metaclasses");
    let mut at = tables;
    let mut name = String::new();
    for (index, class) in all().enumerate() {
        let id = ClassId(index as u32);
        let vtable = emit_table(&mut at, &class.vtable);
        let meta_vtable = emit_table(&mut at, &class.metaclass_vtable);
        let superclass = class.superclass.map(ClassId);
        let super_meta = superclass.map_or(Obj::NULL, |id| with(|classes| classes.get(id).metaclass));
        let metaclass = Obj(meta);
        metaclass.set(0, meta_vtable);
        metaclass.set(16, super_meta);
        metaclass.set(32, class.size);
        let pointer = meta + META_SIZE;
        mem::write(pointer, [metaclass, super_meta]);
        meta += META_SIZE + 16;
        let objects = [vtable - 16, meta_vtable - 16, metaclass.0, pointer, pointer + 8];
        let class_name = mangled(class.name);
        for (pattern, address) in OBJECTS.iter().zip(objects) {
            if let Some(symbol) = symbols::index(named(pattern, &class_name, &mut name)) {
                symbols::place(symbol, address);
            }
        }
        serve(&class_name, id, &mut name);
        with(|classes| {
            classes.add(
                id,
                Class {
                    name: class.name.to_string(),
                    superclass,
                    size: class.size,
                    is_abstract: class.is_abstract,
                    metaclass,
                    vtable: Some(vtable),
                    instances: 0,
                    kext: None,
                },
            );
        });
    }
    platform.protect(tables, pages, Protection::Read);
}

/// Writes a table: two header words, the slots, and the null word that kext compilers put behind every table. Returns the
/// address of slot 0.
fn emit_table(at: &mut usize, slots: &[u32]) -> usize {
    let first = *at + 16;
    for (index, &symbol) in slots.iter().enumerate() {
        mem::write(first + index * 8, symbols::address_of(symbol));
    }
    *at = first + slots.len() * 8 + 8;
    first
}

/// The functions that serve all classes; in a name, `{}` is the class's as mangled. `N` and `NK` names of a nested MetaClass
/// need the outer class's name alone, so a plain substitution serves.
const GENERIC: [(&str, *const ()); 12] = [
    ("__ZN{}C1EPK11OSMetaClass", construct as *const ()),
    ("__ZN{}C2EPK11OSMetaClass", construct as *const ()),
    ("__ZN{}C1Ev", construct_default as *const ()),
    ("__ZN{}C2Ev", construct_default as *const ()),
    ("__ZN{}D1Ev", destruct as *const ()),
    ("__ZN{}D2Ev", destruct as *const ()),
    ("__ZN{}D0Ev", delete as *const ()),
    ("__ZNK{}12getMetaClassEv", get_meta_class as *const ()),
    ("__ZNK{}9MetaClass5allocEv", alloc as *const ()),
    ("__ZN{}9MetaClassD1Ev", nothing as *const ()),
    ("__ZN{}9MetaClassD2Ev", nothing as *const ()),
    ("__ZN{}9MetaClassD0Ev", nothing as *const ()),
];

/// The symbols of a class's objects: its vtable, its metaclass's, the metaclass object, the pointers to it and to the
/// superclass's.
const OBJECTS: [&str; 5] =
    ["__ZTV{}", "__ZTVN{}9MetaClassE", "__ZN{}10gMetaClassE", "__ZN{}9metaClassE", "__ZN{}10superClassE"];

fn mangled(class: &str) -> String {
    alloc::format!("{}{class}", class.len())
}

/// Names of the functions of a class that are served by those of all classes.
pub fn generic_names(class: &str) -> [String; 12] {
    let class = mangled(class);
    GENERIC.map(|(pattern, _)| pattern.replace("{}", &class))
}

/// Names of a class's vtables and metaclass objects.
pub fn object_names(class: &str) -> [String; 5] {
    let class = mangled(class);
    OBJECTS.map(|pattern| pattern.replace("{}", &class))
}

/// A pattern's name for a class, whose name is mangled; in `name`.
fn named<'a>(pattern: &str, class: &str, name: &'a mut String) -> &'a str {
    name.clear();
    for (index, part) in pattern.split("{}").enumerate() {
        if index > 0 {
            name.push_str(class);
        }
        name.push_str(part);
    }
    name
}

/// Puts the generic functions behind the constructors, destructors and metaclass functions of a class, whose name is mangled.
fn serve(class: &str, id: ClassId, name: &mut String) {
    for (pattern, function) in GENERIC {
        if let Some(symbol) = symbols::index(named(pattern, class, name)) {
            symbols::serve(symbol, function);
            with(|classes| {
                let place = symbol as usize;
                classes.served.resize(classes.served.len().max(place + 1), None);
                classes.served[place] = Some(id);
            });
        }
    }
}

/// The class that the running generic function serves.
fn served() -> ClassId {
    with(|classes| served_in(classes))
}

/// `X::X(const OSMetaClass *)`, as subclasses call it: leaves the table and one reference; memory from `operator new` is
/// zero. The default constructor of the object's own class counts the instance.
extern "C" fn construct(this: Obj, _meta: Obj) {
    construct_as(this, served());
}

/// `X::X()`, of a class that is not abstract.
extern "C" fn construct_default(this: Obj) {
    let id = served();
    construct_as(this, id);
    instance_constructed(id);
}

fn construct_as(this: Obj, id: ClassId) {
    construct_with(this, with(|classes| classes.get(id).vtable.unwrap_or_default()));
}

fn construct_with(this: Obj, vtable: usize) {
    this.set(0, vtable);
    this.set(8, 1u32);
}

/// `X::~X()` as a subclass's destructor calls it.
extern "C" fn destruct(this: Obj) {
    this.set(0, with(|classes| classes.get(served_in(classes)).vtable.unwrap_or_default()));
}

fn served_in(classes: &Classes) -> ClassId {
    let served = classes.served.get(symbols::inside_index() as usize);
    served.copied().flatten().expect("generic functions are registered with a class")
}

/// `X::~X()` with `operator delete`.
extern "C" fn delete(this: Obj) {
    let size = with(|classes| classes.get(served_in(classes)).size);
    heap::free(this.0, size as usize);
}

extern "C" fn get_meta_class(_this: Obj) -> Obj {
    metaclass(served())
}

/// `X::MetaClass::alloc`.
extern "C" fn alloc(_this: Obj) -> Obj {
    new(served())
}

extern "C" fn nothing(_this: Obj) {}

impl Classes {
    fn add(&mut self, id: ClassId, class: Class) {
        self.by_metaclass.insert(class.metaclass.0, id);
        self.by_name.insert(class.name.clone(), id);
        self.list.resize_with(self.list.len().max(id.0 as usize + 1), || None);
        self.list[id.0 as usize] = Some(class);
    }

    fn get(&mut self, id: ClassId) -> &mut Class {
        self.list[id.0 as usize].as_mut().expect("a class's id is valid until its kext is unloaded")
    }
}

/// Registers the class of a metaclass object of the kext with the identifier `kext` (OSMetaClass::postModLoad). Its superclass
/// is registered by now, or [`derive`] says later which it is.
pub fn register(kext: &str, metaclass: Obj, name: &str, superclass: Obj, size: u32) {
    let superclass = by_metaclass(superclass);
    with(|classes| {
        let id = ClassId(classes.list.len() as u32);
        let class = Class {
            name: name.to_string(),
            superclass,
            size,
            is_abstract: false,
            metaclass,
            vtable: None,
            instances: 0,
            kext: Some(kext.to_string()),
        };
        classes.add(id, class);
    });
}

/// Sets the superclass of a kext's class, by their metaclass objects.
pub fn derive(metaclass: Obj, superclass: Obj) {
    let superclass = by_metaclass(superclass);
    if let Some(id) = by_metaclass(metaclass) {
        with(|classes| classes.get(id).superclass = superclass);
    }
}

/// Identifier of the kext that brought a class; none for the kernel's own.
pub fn kext(id: ClassId) -> Option<String> {
    with(|classes| classes.get(id).kext.clone())
}

/// Forgets a kext's class (OSMetaClass's destructor).
pub fn unregister(metaclass: Obj) {
    with(|classes| {
        if let Some(id) = classes.by_metaclass.remove(&metaclass.0)
            && let Some(class) = classes.list[id.0 as usize].take()
            && classes.by_name.get(&class.name) == Some(&id)
        {
            classes.by_name.remove(&class.name);
        }
    });
}

/// The class whose metaclass object this is.
pub fn by_metaclass(metaclass: Obj) -> Option<ClassId> {
    with(|classes| classes.by_metaclass.get(&metaclass.0).copied())
}

/// The class of that name.
pub fn by_name(name: &str) -> Option<ClassId> {
    with(|classes| classes.by_name.get(name).copied())
}

/// The class of an object whose class is one of the kernel's own.
pub(crate) fn of_own(object: Obj) -> Option<ClassId> {
    let index = symbols::own_index(object.slot(GET_META_CLASS.slot()))?;
    if symbols::function_of(index) != get_meta_class as *const () {
        return None;
    }
    with(|classes| classes.served.get(index as usize).copied().flatten())
}

/// The class of an object.
pub fn of(object: Obj) -> Option<ClassId> {
    of_own(object).or_else(|| by_metaclass(GET_META_CLASS.call_obj(object, &[])))
}

/// Its metaclass object.
pub fn metaclass(id: ClassId) -> Obj {
    with(|classes| classes.get(id).metaclass)
}

/// Its name.
pub fn name(id: ClassId) -> String {
    with(|classes| classes.get(id).name.clone())
}

/// The kernel's own classes: the address that objects of the class have for their vtable, and its name.
pub fn vtables() -> Vec<(usize, String)> {
    with(|classes| {
        classes.list.iter().flatten().filter_map(|class| Some((class.vtable?, class.name.clone()))).collect()
    })
}

/// sizeof an instance.
pub fn size(id: ClassId) -> u32 {
    with(|classes| classes.get(id).size)
}

/// Its superclass.
pub fn superclass(id: ClassId) -> Option<ClassId> {
    with(|classes| classes.get(id).superclass)
}

/// Whether the class is `name` or a subclass of it.
pub fn is_kind_of(id: ClassId, name: &str) -> bool {
    let mut at = Some(id);
    with(|classes| {
        while let Some(id) = at {
            let class = classes.get(id);
            if class.name == name {
                return true;
            }
            at = class.superclass;
        }
        false
    })
}

/// Whether a kext brought the class.
pub fn is_foreign(id: ClassId) -> bool {
    with(|classes| classes.get(id).kext.is_some())
}

/// OSMetaClass::instanceConstructed: counts an instance. As in the kernel an instance counts for its superclasses too, once
/// while the class has any.
pub fn instance_constructed(id: ClassId) {
    let first = with(|classes| {
        let class = classes.get(id);
        class.instances += 1;
        (class.instances == 1).then_some(class.superclass).flatten()
    });
    if let Some(superclass) = first {
        instance_constructed(superclass);
    }
}

/// OSMetaClass::instanceDestructed.
pub fn instance_destructed(id: ClassId) {
    let last = with(|classes| {
        let class = classes.get(id);
        class.instances = class.instances.saturating_sub(1);
        (class.instances == 0).then_some(class.superclass).flatten()
    });
    if let Some(superclass) = last {
        instance_destructed(superclass);
    }
}

/// OSMetaClass::getInstanceCount.
pub fn instances(id: ClassId) -> u32 {
    with(|classes| classes.get(id).instances)
}

/// Live instances by class name; a count includes one for each subclass that has any.
pub fn census() -> BTreeMap<String, u32> {
    with(|classes| {
        classes.list.iter().flatten().filter(|c| c.instances > 0).map(|c| (c.name.clone(), c.instances)).collect()
    })
}

/// Classes whose metaclass object lies in `image`, with their live instances; those without any are left out.
pub fn foreign_instances(image: core::ops::Range<usize>) -> Vec<(String, u32)> {
    with(|classes| {
        let own = classes.list.iter().flatten().filter(|class| image.contains(&class.metaclass.0));
        own.filter(|class| class.instances > 0).map(|class| (class.name.clone(), class.instances)).collect()
    })
}

/// A new instance of one of the kernel's own classes: constructed, one reference, `init` not called.
///
/// # Panics
/// When the class is a kext's: those are made by their own metaclass (see [`allocate`]).
pub fn new(id: ClassId) -> Obj {
    let (size, vtable) = with(|classes| {
        let class = classes.get(id);
        (class.size, class.vtable.unwrap_or_default())
    });
    let object = Obj(heap::allocate(size as usize, 16));
    construct_with(object, vtable);
    instance_constructed(id);
    object
}

/// A new instance of the kernel's class `name`.
///
/// # Panics
/// When the release has no such class: a mistake in the KPI's own source.
pub fn instantiate(name: &str) -> Obj {
    new(by_name(name).unwrap_or_else(|| panic!("no class {name}")))
}

/// One of the kernel's own classes, by name, which is looked up once.
pub struct Own {
    name: &'static str,
    id: AtomicU32,
}

impl Own {
    /// Names a class.
    pub const fn new(name: &'static str) -> Own {
        Own { name, id: AtomicU32::new(u32::MAX) }
    }

    /// As [`instantiate`].
    ///
    /// # Panics
    /// As [`instantiate`].
    pub fn instantiate(&self) -> Obj {
        let mut id = ClassId(self.id.load(Ordering::Relaxed));
        if id.0 == u32::MAX {
            id = by_name(self.name).unwrap_or_else(|| panic!("no class {}", self.name));
            self.id.store(id.0, Ordering::Relaxed);
        }
        new(id)
    }
}

/// OSMetaClass::allocClassWithName: NULL when there is no such class or it is abstract.
pub fn allocate(name: &str) -> Obj {
    match by_name(name) {
        Some(id) if !with(|classes| classes.get(id).is_abstract) => ALLOC.call_obj(metaclass(id), &[]),
        _ => Obj::NULL,
    }
}
