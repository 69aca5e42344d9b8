//! The symbols of the release: an address for each, a function behind those that are implemented.

mod place;

pub use place::place_of;

use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use abi::pack::{Pack, SymbolKind};
use hashbrown::HashMap;
use rustc_hash::FxBuildHasher;

use crate::boundary::{self, Arguments, TABLE};
use crate::global::Global;
use crate::mem;
use crate::platform::{PAGE, Platform, Protection};
use crate::registry::Part;

/// Bytes of a thunk.
pub(crate) const THUNK: usize = 16;
/// Bytes given to a data symbol that nothing stands behind; the page cannot be touched.
const HOLE: usize = 16;

/// Addresses of all symbols.
pub struct Symbols {
    pack: &'static Pack<'static>,
    addresses: Vec<usize>,
    functions: &'static mut [usize],
    thunks: usize,
    variables: Range<usize>,
    holes: usize,
    missing_data: Vec<u32>,
    locals: HashMap<&'static str, usize, FxBuildHasher>,
    /// Indices of all symbols by name: a boot looks for thousands.
    names: HashMap<&'static str, u32, FxBuildHasher>,
    /// Addresses of all functions in the registry, sorted.
    own: Vec<usize>,
}

static SYMBOLS: Global<Option<Symbols>> = Global::new(None);

/// Where the thunks begin, how many there are, and the range that the functions of the registry lie in: what every call asks.
static FIRST_THUNK: AtomicUsize = AtomicUsize::new(0);
static THUNKS: AtomicUsize = AtomicUsize::new(0);
static OWN_FIRST: AtomicUsize = AtomicUsize::new(usize::MAX);
static OWN_LAST: AtomicUsize = AtomicUsize::new(0);

/// Runs `f` with the table.
///
/// # Panics
/// Before [`boot`].
fn with<R>(f: impl FnOnce(&mut Symbols) -> R) -> R {
    f(SYMBOLS.borrow().as_mut().expect("symbols are made at boot"))
}

/// Makes thunks for all functions and places for all variables. Vtables and metaclasses get theirs from `class`.
///
/// # Panics
/// When the machine has no memory left.
pub fn boot(platform: &dyn Platform, pack: &'static Pack<'static>, parts: &[Part]) {
    let count = pack.symbols.len();
    let mut entries = alloc::vec![missing as *const () as usize; count];
    // Behind the symbols: what stands in for a call that fails.
    entries.push(refuse as *const () as usize);
    let functions: &'static mut [usize] = &mut Box::leak(entries.into_boxed_slice())[..count];
    let thunks = make_thunks(platform, boundary::enter as *const () as usize, 0..count as u32);
    let mut addresses: Vec<usize> = (0..count).map(|index| thunks + THUNK * (index + 1)).collect();
    let mut names = HashMap::with_capacity_and_hasher(count, FxBuildHasher);
    names.extend(pack.symbols.iter().zip(0u32..).map(|(symbol, index)| (symbol.name, index)));
    let own_functions = || parts.iter().flat_map(|part| part.functions).copied().flatten();
    let mut locals = HashMap::with_capacity_and_hasher(own_functions().count(), FxBuildHasher);
    for function in own_functions() {
        if let Some(&index) = names.get(function.name) {
            functions[index as usize] = function.address();
        }
        locals.insert(function.name, function.address());
    }
    let mut own: Vec<usize> = locals.values().copied().collect();
    own.sort_unstable();
    FIRST_THUNK.store(thunks + THUNK, Ordering::Relaxed);
    THUNKS.store(count, Ordering::Relaxed);
    OWN_FIRST.store(own.first().copied().unwrap_or(usize::MAX), Ordering::Relaxed);
    OWN_LAST.store(own.last().copied().unwrap_or(0), Ordering::Relaxed);
    share_between_aliases(pack, functions);
    let variables = parts.iter().flat_map(|part| part.variables);
    let bytes: usize = variables.clone().map(|variable| variable.size.next_multiple_of(16)).sum();
    let pages = bytes.div_ceil(PAGE).max(1);
    let mut at = platform.map(pages).expect("no memory for the kernel's variables");
    let own_variables = at..at + pages * PAGE;
    for variable in variables {
        if let Some(&index) = names.get(variable.name) {
            addresses[index as usize] = at;
        }
        mem::put(at, &variable.value.to_le_bytes()[..variable.size.min(8)]);
        locals.insert(variable.name, at);
        at += variable.size.next_multiple_of(16);
    }
    let missing_data: Vec<u32> = (0..count as u32)
        .filter(|&index| pack.symbols[index as usize].kind == SymbolKind::Data)
        .filter(|&index| !locals.contains_key(pack.symbols[index as usize].name))
        .collect();
    let pages = (missing_data.len() * HOLE).div_ceil(PAGE).max(1);
    let holes = platform.map(pages).expect("no address space for missing variables");
    platform.protect(holes, pages, Protection::None);
    for (place, &index) in missing_data.iter().enumerate() {
        addresses[index as usize] = holes + place * HOLE;
    }
    TABLE.store(functions.as_ptr() as usize, Ordering::Relaxed);
    let variables = own_variables;
    let table = Symbols { pack, addresses, functions, thunks, variables, holes, missing_data, locals, names, own };
    *SYMBOLS.borrow() = Some(table);
}

/// A name and the one it is an alias of are one function, whichever of them is registered.
fn share_between_aliases(pack: &Pack<'_>, functions: &mut [usize]) {
    let absent = missing as *const () as usize;
    for (index, symbol) in pack.symbols.iter().enumerate() {
        let Some(other) = symbol.alias_of.map(|other| other as usize) else { continue };
        if functions[other] == absent {
            functions[other] = functions[index];
        } else if functions[index] == absent {
            functions[index] = functions[other];
        }
    }
}

/// One thunk an index: `mov r11d, index; jmp [entry]`. The first slot holds the address of `entry`.
///
/// # Panics
/// When the machine has no memory left.
pub(crate) fn make_thunks(platform: &dyn Platform, entry: usize, indices: Range<u32>) -> usize {
    let pages = (THUNK * (indices.len() + 1)).div_ceil(PAGE);
    let base = platform.map(pages).expect("no memory for thunks");
    mem::write(base, entry as u64);
    for (place, index) in indices.enumerate() {
        let at = base + THUNK * (place + 1);
        let to_entry = (base as i64 - (at as i64 + 12)) as i32;
        mem::put(at, &[0x41, 0xbb]);
        mem::write(at + 2, index);
        mem::put(at + 6, &[0xff, 0x25]);
        mem::write(at + 8, to_entry);
    }
    platform.protect(base, pages, Protection::ReadExecute);
    base
}

/// What a symbol without a function leads to: the run stops with its name.
extern "C" fn missing() -> u64 {
    let name = inside().unwrap_or_default();
    crate::fault::kernel_panic(&alloc::format!("the kext called {name}, which this bench does not implement"))
}

/// What a call comes to that fails: NULL, false, or an error.
extern "C" fn refuse() -> u64 {
    crate::inject::sites::refusal()
}

/// The index that leads to a function that does nothing but fail.
pub fn refusing() -> u64 {
    pack().symbols.len() as u64
}

/// Class and function that a C++ name of the kernel's names: "__ZN7OSArray12withCapacityEj" is ("OSArray", "withCapacity").
pub fn member(name: &str) -> Option<(&str, &str)> {
    let rest = name.strip_prefix("__ZN")?;
    let (class, rest) = identifier(rest.strip_prefix('K').unwrap_or(rest))?;
    identifier(rest).map(|(function, _)| (class, function))
}

/// The identifier that a mangled name begins with, and what comes after it.
fn identifier(mangled: &str) -> Option<(&str, &str)> {
    let digits = mangled.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = mangled.get(..digits)?.parse().ok()?;
    mangled.get(digits..)?.split_at_checked(length)
}

/// The release's facts.
pub fn pack() -> &'static Pack<'static> {
    with(|symbols| symbols.pack)
}

/// The first number of the release's Darwin version; 0 if it has none.
pub fn darwin() -> u32 {
    pack().darwin.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
}

/// Index of the symbol `name`.
pub fn index(name: &str) -> Option<u32> {
    with(|symbols| symbols.names.get(name).copied())
}

/// Address of symbol `index`.
pub fn address_of(index: u32) -> usize {
    with(|symbols| symbols.addresses[index as usize])
}

/// Address under which kexts of this release reach `name`; `None` if the release does not have it.
pub fn address(name: &str) -> Option<usize> {
    with(|symbols| symbols.names.get(name).map(|&index| symbols.addresses[index as usize]))
}

/// Address of a variable that is implemented, whether the release exports it or not.
///
/// # Panics
/// When no part registers it.
pub fn variable(name: &str) -> usize {
    with(|symbols| symbols.locals.get(name).copied()).unwrap_or_else(|| panic!("no variable {name} in the registry"))
}

/// Gives symbol `index` another address: vtables and metaclass objects, which `class` makes.
pub fn place(index: u32, address: usize) {
    with(|symbols| symbols.addresses[index as usize] = address);
}

/// Puts a function that serves many classes behind a symbol, unless one was registered by name.
pub fn serve(index: u32, function: *const ()) {
    with(|symbols| {
        let entry = &mut symbols.functions[index as usize];
        if *entry == missing as *const () as usize {
            *entry = function as usize;
        }
    });
}

/// Whether a function stands behind symbol `index`.
pub fn is_implemented(index: u32) -> bool {
    with(|symbols| symbols.functions[index as usize] != missing as *const () as usize)
}

/// Name of symbol `index`.
pub fn name(index: u64) -> Option<&'static str> {
    let symbols = SYMBOLS.try_borrow()?;
    symbols.as_ref()?.pack.symbols.get(usize::try_from(index).ok()?).map(|symbol| symbol.name)
}

/// Name of the KPI function that the running thread is inside.
pub fn inside() -> Option<String> {
    name(inside_index()).map(ToString::to_string)
}

/// Index of the symbol whose function is running.
pub fn inside_index() -> u64 {
    let control = boundary::current();
    // SAFETY: the running thread's control lives as long as the thread.
    unsafe { (*control).symbol }
}

/// The symbol behind an address of the kernel: a thunk, or a variable that is not implemented.
pub fn at_address(address: usize) -> Option<&'static str> {
    let guard = SYMBOLS.try_borrow()?;
    let symbols = guard.as_ref()?;
    let thunk = address.checked_sub(symbols.thunks + THUNK).map(|offset| offset / THUNK);
    let hole = address.checked_sub(symbols.holes).and_then(|offset| symbols.missing_data.get(offset / HOLE));
    let index = thunk.filter(|&index| index < symbols.pack.symbols.len()).or(hole.map(|&index| index as usize))?;
    Some(symbols.pack.symbols[index].name)
}

/// Calls a function by address, in the kext or in the KPI; a KPI function, named by its thunk or by its own address (an
/// action that our own code handed in), is called without a change of stacks.
pub fn invoke(address: usize, arguments: &[u64]) -> u64 {
    let mut words: Arguments = [0; 14];
    words[..arguments.len()].copy_from_slice(arguments);
    invoke_counted(address, &words, Some(arguments.len()))
}

/// As [`invoke`], with all arguments that cross the boundary.
pub fn invoke_words(address: usize, words: &Arguments) -> u64 {
    invoke_counted(address, words, None)
}

/// Arguments of a call that registers hold.
pub(crate) const IN_REGISTERS: usize = 6;

/// The index of the symbol whose thunk is at an address.
#[inline]
pub(crate) fn own_index(address: usize) -> Option<u32> {
    let offset = address.wrapping_sub(FIRST_THUNK.load(Ordering::Relaxed));
    let index = offset / THUNK;
    (index < THUNKS.load(Ordering::Relaxed) && offset.is_multiple_of(THUNK)).then_some(index as u32)
}

/// As [`invoke_index`], with no more arguments than registers hold.
#[inline]
pub(crate) fn invoke_in_registers(index: u32, words: [u64; IN_REGISTERS]) -> u64 {
    type InRegisters = extern "C" fn(u64, u64, u64, u64, u64, u64) -> u64;
    let address = function(index as usize);
    // SAFETY: the table holds `extern "C"` functions of integer arguments, and callers hand over all that the function takes.
    let function: InRegisters = unsafe { core::mem::transmute::<usize, InRegisters>(address) };
    let outer = set_inside(u64::from(index));
    let [first, second, third, fourth, fifth, sixth] = words;
    let result = function(first, second, third, fourth, fifth, sixth);
    set_inside(outer);
    result
}

fn invoke_counted(address: usize, words: &Arguments, count: Option<usize>) -> u64 {
    if let Some(index) = own_index(address) {
        return call_own(u64::from(index), function(index as usize), words);
    }
    let near_own = (OWN_FIRST.load(Ordering::Relaxed)..=OWN_LAST.load(Ordering::Relaxed)).contains(&address);
    if near_own && with(|symbols| symbols.own.binary_search(&address).is_ok()) {
        return call_own(inside_index(), address, words);
    }
    if address == 0 {
        crate::fault::kernel_panic("the kernel called a null function pointer of the kext");
    }
    if crate::trace::is_on() {
        return crate::trace::enter_kext(address, words, count);
    }
    crate::cost::call_kext(address, words)
}

/// The function behind a symbol, from the table that the boundary uses.
fn function(index: usize) -> usize {
    mem::read(TABLE.load(Ordering::Relaxed) + index * 8)
}

/// The function behind a symbol.
#[inline]
pub(crate) fn function_of(index: u32) -> *const () {
    function(index as usize) as *const ()
}

/// Runs `work` as the function of a symbol.
pub(crate) fn run_as<R>(index: u32, work: impl FnOnce() -> R) -> R {
    let outer = set_inside(u64::from(index));
    let result = work();
    set_inside(outer);
    result
}

/// Calls the KPI function of symbol `index`, whatever stands in any vtable.
pub fn invoke_index(index: u32, arguments: &[u64]) -> u64 {
    let mut words: Arguments = [0; 14];
    words[..arguments.len()].copy_from_slice(arguments);
    call_own(u64::from(index), function(index as usize), &words)
}

fn call_own(index: u64, function: usize, words: &Arguments) -> u64 {
    type Any = extern "C" fn(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64, u64) -> u64;
    // SAFETY: the table holds `extern "C"` functions of at most this many integer arguments; more than it takes do no harm.
    let function: Any = unsafe { core::mem::transmute::<usize, Any>(function) };
    let outer = set_inside(index);
    let w = words;
    let result = function(w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], w[8], w[9], w[10], w[11], w[12], w[13]);
    set_inside(outer);
    result
}

fn set_inside(index: u64) -> u64 {
    let control = boundary::current();
    // SAFETY: the running thread's control lives as long as the thread, and only this thread writes it.
    unsafe { core::mem::replace(&mut (*control).symbol, index) }
}
