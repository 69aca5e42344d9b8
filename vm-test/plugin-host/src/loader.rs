//! Bringing an image into memory: mapped at a fixed address, slid, bound, protected, initialized.
//!
//! A symbol that no library here has gets an address in a range that nobody can touch, whether to call, read or write; the
//! fault names it.

use std::io;
use std::sync::OnceLock;

use crate::libraries;
use crate::trace;
use crate::world::{self, Loaded};
use plugin_image::{Image, Import};

/// How far places of missing symbols are apart: further than any small structure goes.
const APART: usize = 1 << 16;

/// Where an image is, in every process, so that a run's addresses are the same each time.
pub(crate) struct Place {
    /// Who is there, for people.
    who: &'static str,
    base: usize,
    /// Where its missing symbols are.
    missing: usize,
    /// These, in the order of their places.
    absent: OnceLock<Vec<Import>>,
}

/// The driver's.
pub(crate) static DRIVER: Place =
    Place { who: "the driver", base: 0x1000_0000_0000, missing: 0x1800_0000_0000, absent: OnceLock::new() };
/// That of a program which uses the HAL.
pub(crate) static PROGRAM: Place =
    Place { who: "the program", base: 0x2000_0000_0000, missing: 0x2800_0000_0000, absent: OnceLock::new() };

/// What binding came to.
pub(crate) struct Bound {
    /// Symbols that were bound.
    pub(crate) imports: u32,
    /// Symbols that no library here has: "_name of library".
    pub(crate) missing: Vec<String>,
}

/// Maps an image and binds it.
///
/// # Errors
/// The system has no memory for it.
pub(crate) fn load(name: &str, image: Image) -> io::Result<Bound> {
    let initializers = image.initializers.clone();
    let (bound, slide) = place(&DRIVER, &image, find)?;
    world::keep(Loaded { name: name.to_owned(), image, slide });
    for initializer in initializers {
        let at = initializer.wrapping_add(slide) as usize;
        // SAFETY: the image names it as an initializer: argc, argv, envp, apple; bundles look at none of them.
        let run: extern "C" fn(i32, usize, usize, usize) = unsafe { std::mem::transmute(at) };
        world::inside("an initializer", || run(0, 0, 0, 0));
    }
    Ok(bound)
}

/// A symbol as drivers are bound to it.
fn find(symbol: &str) -> Option<usize> {
    let address = libraries::find(symbol)?;
    Some(if trace::is_on() { trace::stub(symbol, address) } else { address })
}

/// Maps an image to its place and binds it to what `find` finds; what is added to its addresses.
///
/// # Errors
/// The system has no memory for it.
pub(crate) fn place(
    place: &'static Place,
    image: &Image,
    find: impl Fn(&str) -> Option<usize>,
) -> io::Result<(Bound, u64)> {
    let (first, size) = image.extent();
    let slide = (place.base as u64).wrapping_sub(first);
    map(place.base, size as usize, libc::PROT_READ | libc::PROT_WRITE)?;
    let at = |address: u64| address.wrapping_add(slide) as usize;
    for part in &image.parts {
        crate::memory::put(at(part.address), &part.bytes);
    }
    for (place, target) in &image.rebases {
        crate::memory::put(at(*place), &target.wrapping_add(slide).to_ne_bytes());
    }
    let mut absent: Vec<Import> = Vec::new();
    let addresses: Vec<usize> =
        image.imports.iter().map(|import| address(import, image, slide, &find, (place, &mut absent))).collect();
    for bind in &image.binds {
        let address = (addresses[bind.import] as u64).wrapping_add_signed(bind.addend);
        crate::memory::put(at(bind.at), &address.to_ne_bytes());
    }
    for descriptor in &image.thread_locals {
        thread_local(at(*descriptor), image.thread_template.map_or(0, |start| start.wrapping_add(slide)));
    }
    if !absent.is_empty() {
        map(place.missing, absent.len() * APART, libc::PROT_NONE)?;
    }
    for part in &image.parts {
        let write = if part.writable && part.name != "__DATA_CONST" { libc::PROT_WRITE } else { 0 };
        let execute = if part.executable { libc::PROT_EXEC } else { 0 };
        protect(at(part.address), part.size as usize, libc::PROT_READ | write | execute)?;
    }
    let missing = absent.iter().map(named).collect();
    let bound = Bound { imports: (image.imports.len() - absent.len()) as u32, missing };
    let _ = place.absent.set(absent);
    Ok((bound, slide))
}

/// Takes the image out of memory; nothing of the driver runs any more.
pub(crate) fn unload() {
    let Some((_, size)) = world::loaded(|loaded| loaded.image.extent()) else { return };
    let missing = DRIVER.absent.get().map_or(0, |absent| absent.len() * APART);
    for (at, size) in [(DRIVER.base, size as usize), (DRIVER.missing, missing)] {
        if size > 0 {
            // SAFETY: memory that `load` has mapped, and that nobody uses any more.
            unsafe { libc::munmap(at as *mut _, size) };
        }
    }
}

/// The address of an import; that of a weak one which is missing is 0.
fn address(
    import: &Import,
    image: &Image,
    slide: u64,
    find: &impl Fn(&str) -> Option<usize>,
    (place, absent): (&Place, &mut Vec<Import>),
) -> usize {
    if let Some(address) = find(&import.symbol) {
        return address;
    }
    if let Some(own) = image.exports.get(&import.symbol).filter(|_| import.library.is_empty()) {
        return own.wrapping_add(slide) as usize;
    }
    if import.weak {
        return 0;
    }
    absent.push(import.clone());
    place.missing + (absent.len() - 1) * APART
}

fn named(import: &Import) -> String {
    if import.library.is_empty() { import.symbol.clone() } else { format!("{} of {}", import.symbol, import.library) }
}

/// The missing symbol that an address stands for, and who uses it.
pub(crate) fn missing_at(address: u64) -> Option<(&'static str, String)> {
    let of = |place: &Place| {
        let index = (address as usize).checked_sub(place.missing)? / APART;
        Some((place.who, place.absent.get()?.get(index).map(named)?))
    };
    [&DRIVER, &PROGRAM].into_iter().find_map(of)
}

/// Where the address of a function is that was exported.
pub(crate) fn export(symbol: &str) -> Option<usize> {
    world::loaded(|loaded| Some(loaded.image.exports.get(symbol)?.wrapping_add(loaded.slide) as usize))?
}

/// Gives a thread-local variable its place: one for the process's only thread. Its descriptor is a function that returns the
/// place, a key and an offset; ours is a function that returns what the key says.
fn thread_local(descriptor: usize, template: u64) {
    let offset = crate::memory::u64_at(descriptor + 16);
    crate::memory::put(descriptor, &(thread_local_place as *const () as usize).to_ne_bytes());
    crate::memory::put(descriptor + 8, &template.wrapping_add(offset).to_ne_bytes());
}

/// Takes the descriptor in rdi and keeps all registers but rax.
#[unsafe(naked)]
extern "C" fn thread_local_place() {
    std::arch::naked_asm!("mov rax, [rdi + 8]", "ret")
}

fn map(at: usize, size: usize, protection: i32) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE | libc::MAP_NORESERVE;
    // SAFETY: new memory in a range that nothing else has, or an error.
    let start = unsafe { libc::mmap(at as *mut _, size, protection, flags, -1, 0) };
    if start as usize == at { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn protect(at: usize, size: usize, protection: i32) -> io::Result<()> {
    // SAFETY: pages of the image, which is ours.
    let done = unsafe { libc::mprotect(at as *mut _, size, protection) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
