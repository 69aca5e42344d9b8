//! Objects: C++ instances in kernel memory, their virtual calls, and our own bookkeeping beside them.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::global::Global;
use crate::libkern::{osobject, string};
use crate::{checks, class, heap, images, mem, symbols};

/// Address of an OSObject (or of any object with a vtable), or NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct Obj(pub usize);

impl Obj {
    /// The null pointer.
    pub const NULL: Obj = Obj(0);

    /// Whether this is NULL.
    pub fn is_null(self) -> bool {
        self.0 == 0
    }

    /// `None` for NULL.
    pub fn some(self) -> Option<Obj> {
        (self.0 != 0).then_some(self)
    }

    /// The address as an argument of a call.
    pub fn word(self) -> u64 {
        self.0 as u64
    }

    /// Reads a field at a byte offset.
    pub fn get<T: Copy>(self, offset: usize) -> T {
        mem::read(self.0 + offset)
    }

    /// Writes a field at a byte offset.
    pub fn set<T: Copy>(self, offset: usize, value: T) {
        mem::write(self.0 + offset, value);
    }

    /// Reads an object pointer.
    pub fn get_obj(self, offset: usize) -> Obj {
        Obj(self.get(offset))
    }

    /// Address in vtable slot `slot`. Panics as the kernel does when the object was freed.
    #[inline]
    pub fn slot(self, slot: usize) -> usize {
        let table: usize = self.get(0);
        if table as u64 == heap::POISON {
            checks::dead(self);
        }
        mem::read(table + slot * 8)
    }

    /// OSObject::retain.
    pub fn retain(self) -> Obj {
        if self.is_null() {
            return self;
        }
        let is_usual = RETAIN.is(self, &[osobject::RETAIN]).is_some();
        if !(is_usual && osobject::add_at_once(self, 1)) {
            RETAIN.call(self, &[]);
        }
        self
    }

    /// OSObject::release.
    pub fn release(self) {
        if self.is_null() {
            return;
        }
        let is_usual = RELEASE.is(self, &[osobject::RELEASE]).is_some();
        if !(is_usual && osobject::drop_at_once(self, 1)) {
            RELEASE.call(self, &[]);
        }
    }

    /// Retains the object for a collection, which nobody but collections gives back.
    pub fn hold(self) -> Obj {
        let is_usual = TAGGED_RETAIN.is(self, &[osobject::TAGGED_RETAIN]).is_some();
        if !(is_usual && osobject::add_at_once(self, osobject::TAGGED)) {
            TAGGED_RETAIN.call(self, &[COLLECTION]);
        }
        self
    }

    /// Releases what [`Obj::hold`] retained.
    pub fn let_go(self) {
        // OSObject's or OSSymbol's: both kinds come to the same.
        let with_tag = TAGGED_RELEASE.is(self, &[osobject::TAGGED_RELEASES[0], string::TAGGED_RELEASES[0]]);
        let with_count = [osobject::TAGGED_RELEASES[1], string::TAGGED_RELEASES[1]];
        if with_tag.is_some() && with_tag == osobject::TAGGED_RELEASE_WHEN.is(self, &with_count) {
            osobject::drop_for_collection(self);
        } else {
            TAGGED_RELEASE.call(self, &[COLLECTION]);
        }
    }

    /// Whether the object is an instance of `class` or of a subclass. False for NULL.
    pub fn is(self, class_name: &str) -> bool {
        !self.is_null() && class::of(self).is_some_and(|class| class::is_kind_of(class, class_name))
    }

    /// Name of the object's class, for reports.
    pub fn class_name(self) -> alloc::string::String {
        class::of(self).map(class::name).unwrap_or_default()
    }
}

static RETAIN: Usual<1> = Usual::new("OSMetaClassBase", "__ZNK15OSMetaClassBase6retainEv");
static TAGGED_RETAIN: Usual<1> = Usual::new("OSMetaClassBase", "__ZNK15OSMetaClassBase12taggedRetainEPKv");
static TAGGED_RELEASE: Usual<2> = Usual::new("OSMetaClassBase", "__ZNK15OSMetaClassBase13taggedReleaseEPKv");
/// The tag of references that collections hold.
const COLLECTION: u64 = 1;
static RELEASE: Usual<1> = Usual::new("OSMetaClassBase", "__ZNK15OSMetaClassBase7releaseEv");

/// The class whose vtable this is; the kext that brought it may be unloaded.
pub fn class_of_table(table: usize) -> Option<alloc::string::String> {
    if images::contains(table) || images::contained(table) {
        let symbol = images::describe(table);
        let mangled = symbol.split_once("`__ZTV")?.1.strip_suffix(" + 0x10")?;
        return Some(mangled.trim_start_matches(|c: char| c.is_ascii_digit()).into());
    }
    symbols::place_of(table)?.words.strip_prefix("slot 0 of the vtable of ").map(Into::into)
}

/// A virtual method, known by the class that introduced it and the name it has there.
pub struct Method {
    class: &'static str,
    name: &'static str,
    slot: AtomicU32,
}

impl Method {
    /// Names a method. `class` may be the introducing class or any subclass.
    pub const fn new(class: &'static str, name: &'static str) -> Method {
        Method { class, name, slot: AtomicU32::new(u32::MAX) }
    }

    /// Its vtable slot in this release.
    ///
    /// # Panics
    /// When the release's class has no such method: a mistake in the KPI's own source.
    #[inline]
    pub fn slot(&self) -> usize {
        let cached = self.slot.load(Ordering::Relaxed);
        if cached == u32::MAX { self.find() } else { cached as usize }
    }

    #[cold]
    fn find(&self) -> usize {
        let pack = symbols::pack();
        let found = pack.class(self.class).and_then(|(_, class)| {
            let symbol = symbols::index(self.name)?;
            class.methods.iter().position(|&method| method == symbol)
        });
        let slot = found.unwrap_or_else(|| panic!("{} has no method {} in {}", self.class, self.name, pack.release));
        self.slot.store(slot as u32, Ordering::Relaxed);
        slot
    }

    /// Calls the method of `object`, whoever implements it. Arguments after `this`.
    #[inline]
    pub fn call(&self, object: Obj, arguments: &[u64]) -> u64 {
        let address = object.slot(self.slot());
        // Most calls by far: one of the kernel's own functions, with what fits into registers.
        if let Some(index) = symbols::own_index(address)
            && let Some(words) = in_registers(object.word(), arguments)
        {
            return symbols::invoke_in_registers(index, words);
        }
        call_any(object, address, arguments)
    }

    /// Calls a method that returns bool.
    #[inline]
    pub fn call_bool(&self, object: Obj, arguments: &[u64]) -> bool {
        self.call(object, arguments) as u8 != 0
    }

    /// Calls a method that returns a 32-bit value.
    #[inline]
    pub fn call_u32(&self, object: Obj, arguments: &[u64]) -> u32 {
        self.call(object, arguments) as u32
    }

    /// Calls a method that returns an object.
    #[inline]
    pub fn call_obj(&self, object: Obj, arguments: &[u64]) -> Obj {
        Obj(self.call(object, arguments) as usize)
    }
}

/// A method that for most objects is one of a few functions of the KPI.
pub(crate) struct Usual<const N: usize> {
    method: Method,
    /// Addresses that vtables have for these functions, once they were seen.
    seen: [AtomicUsize; N],
}

impl<const N: usize> Usual<N> {
    pub(crate) const fn new(class: &'static str, name: &'static str) -> Usual<N> {
        Usual { method: Method::new(class, name), seen: [const { AtomicUsize::new(0) }; N] }
    }

    /// Which of the functions, the same at each call, implements the method of `object`.
    #[inline]
    pub(crate) fn is(&self, object: Obj, functions: &[*const (); N]) -> Option<usize> {
        let address = self.address(object);
        let seen = self.seen.iter().position(|seen| seen.load(Ordering::Relaxed) == address);
        seen.or_else(|| self.look(address, functions))
    }

    fn look(&self, address: usize, functions: &[*const (); N]) -> Option<usize> {
        let function = symbols::function_of(symbols::own_index(address)?);
        let index = functions.iter().position(|known| *known == function)?;
        self.seen[index].store(address, Ordering::Relaxed);
        Some(index)
    }

    /// What the vtable of `object` has for it.
    #[inline]
    pub(crate) fn address(&self, object: Obj) -> usize {
        object.slot(self.method.slot())
    }

    pub(crate) fn call(&self, object: Obj, arguments: &[u64]) -> u64 {
        self.method.call(object, arguments)
    }
}

/// The words of a call whose arguments fit into registers; told apart here, since a copy of a few words is a call itself.
#[inline]
fn in_registers(first: u64, rest: &[u64]) -> Option<[u64; symbols::IN_REGISTERS]> {
    Some(match *rest {
        [] => [first, 0, 0, 0, 0, 0],
        [second] => [first, second, 0, 0, 0, 0],
        [second, third] => [first, second, third, 0, 0, 0],
        [second, third, fourth] => [first, second, third, fourth, 0, 0],
        [second, third, fourth, fifth] => [first, second, third, fourth, fifth, 0],
        [second, third, fourth, fifth, sixth] => [first, second, third, fourth, fifth, sixth],
        _ => return None,
    })
}

/// Calls a method at its address, with as many arguments as there may be.
fn call_any(object: Obj, address: usize, arguments: &[u64]) -> u64 {
    let mut words = [0; 14];
    words[0] = object.word();
    words[1..=arguments.len()].copy_from_slice(arguments);
    symbols::invoke_words(address, &words)
}

/// A function of the KPI called by its Mach-O name, without a look at any vtable: C functions, static and super calls.
pub struct Direct {
    name: &'static str,
    index: AtomicU32,
}

impl Direct {
    /// Names a function.
    pub const fn new(name: &'static str) -> Direct {
        Direct { name, index: AtomicU32::new(u32::MAX) }
    }

    /// Calls it.
    ///
    /// # Panics
    /// When the release has no such symbol: a mistake in the KPI's own source.
    pub fn call(&self, arguments: &[u64]) -> u64 {
        let mut index = self.index.load(Ordering::Relaxed);
        if index == u32::MAX {
            index = symbols::index(self.name).unwrap_or_else(|| panic!("no symbol {}", self.name));
            self.index.store(index, Ordering::Relaxed);
        }
        if let Some((&first, rest)) = arguments.split_first()
            && let Some(words) = in_registers(first, rest)
        {
            return symbols::invoke_in_registers(index, words);
        }
        symbols::invoke_index(index, arguments)
    }

    /// Calls a function that returns an object.
    pub fn call_obj(&self, arguments: &[u64]) -> Obj {
        Obj(self.call(arguments) as usize)
    }

    /// Calls a function that returns bool.
    pub fn call_bool(&self, arguments: &[u64]) -> bool {
        self.call(arguments) as u8 != 0
    }
}

/// Our own bookkeeping for the objects of a class, outside of the objects.
pub struct Side<T>(Global<HashMap<usize, T, FxBuildHasher>>);

impl<T> Side<T> {
    /// An empty table.
    pub const fn new() -> Side<T> {
        Side(Global::new(HashMap::with_hasher(FxBuildHasher)))
    }

    /// Sets an object's record; the one that it had.
    pub fn insert(&self, object: Obj, record: T) -> Option<T> {
        self.0.borrow().insert(object.0, record)
    }

    /// Takes an object's record away.
    pub fn remove(&self, object: Obj) -> Option<T> {
        self.0.borrow().remove(&object.0)
    }

    /// Runs `f` on an object's record; `None` if it has none. `f` must not call into the kext or wait.
    #[track_caller]
    pub fn with<R>(&self, object: Obj, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.borrow().get_mut(&object.0).map(f)
    }

    /// Runs `f` on an object's record, making an empty one if there is none.
    #[track_caller]
    pub fn with_default<R>(&self, object: Obj, f: impl FnOnce(&mut T) -> R) -> R
    where
        T: Default,
    {
        let mut records = self.0.borrow();
        // Nearly always there is one, which is found faster than a place for a new one.
        if let Some(record) = records.get_mut(&object.0) {
            return f(record);
        }
        f(records.entry(object.0).or_default())
    }

    /// Objects that have a record, in order of address.
    pub fn objects(&self) -> alloc::vec::Vec<Obj> {
        let mut objects: alloc::vec::Vec<Obj> = self.0.borrow().keys().map(|&address| Obj(address)).collect();
        objects.sort_unstable();
        objects
    }
}

impl<T> Default for Side<T> {
    fn default() -> Self {
        Self::new()
    }
}
