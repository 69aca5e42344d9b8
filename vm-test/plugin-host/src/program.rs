//! A program that uses the HAL, run as shipped: its Mach-O is mapped and bound, begins as the kernel has it begin, and finds the
//! client's half of CoreAudio on top of the driver's devices.
//!
//! ```text
//!  program (LC_UNIXTHREAD) ──► audio: AudioObject…   ──► hal: properties of the driver, controls as a device's properties
//!                              cycles: AudioDevice…  ──► hal: a client
//!                              registry: IOKit       ──► entries that somebody has written down
//!                              system: files, exit   ──► this process
//! ```
//!
//! The program has one thread. What a Mac does meanwhile happens when it waits: then IO threads run their cycles, changes that the
//! driver has asked for are made, and virtual time passes.

mod audio;
mod cycles;
mod registry;
mod system;

use std::ffi::CString;
use std::ptr::null_mut;

pub use registry::Entry;

use crate::hal::{Device, Driver};
use crate::libraries::{self, Symbol};
use crate::world::{self, Loaded};
use crate::{cf, loader, signals};
use plugin_image::Image;

/// Exit code of a host that cannot do it.
const UNUSABLE: i32 = 3;
/// Bytes of the program's stack, and of what lies below it that nobody can touch.
const STACK: usize = 8 << 20;
const GUARD: usize = 1 << 20;

/// A program, and where it finds its devices.
#[derive(Clone, Debug)]
pub struct Run {
    /// The program's name, for messages.
    pub name: String,
    /// Its file.
    pub program: Vec<u8>,
    /// Its arguments, without its name.
    pub arguments: Vec<String>,
    /// The driver whose devices it finds; without one it finds none.
    pub driver: Option<Plugin>,
    /// What IOKit's registry has.
    pub registry: Vec<Entry>,
    /// Seed of every choice.
    pub seed: u64,
}

/// A user-space driver.
#[derive(Clone, Debug)]
pub struct Plugin {
    /// Its file name without `.driver`.
    pub name: String,
    /// CFBundleIdentifier.
    pub identifier: String,
    /// The factory's function.
    pub factory: String,
    /// Info.plist.
    pub info: Vec<u8>,
    /// Its executable.
    pub executable: Vec<u8>,
}

/// Runs a program; the process ends as it ends. What the host has to say goes to standard error, with exit code 1 for what
/// program or driver did, and 3 where they cannot be run.
pub fn run_program(run: &Run) -> ! {
    match begin(run) {
        Ok(never) => match never {},
        Err(why) => {
            eprintln!("{}: {why}", run.name);
            std::process::exit(UNUSABLE)
        }
    }
}

fn begin(run: &Run) -> Result<std::convert::Infallible, String> {
    signals::take_over().map_err(|why| why.to_string())?;
    let program = Image::read_program(&run.program).map_err(|why| why.to_string())?;
    let begin = program.begin.ok_or("it does not begin by LC_UNIXTHREAD, and this host knows no other way")?;
    if !program.initializers.is_empty() || !program.thread_locals.is_empty() {
        return Err("it has initializers or thread-local variables, which this host does not give programs".to_owned());
    }
    let (bound, slide) = loader::place(&loader::PROGRAM, &program, find).map_err(|why| why.to_string())?;
    world::keep_program(Loaded { name: run.name.clone(), image: program, slide });
    if let Some(missing) = bound.missing.first() {
        return Err(format!("it imports {missing}, which this host does not have"));
    }
    registry::open(run.registry.clone());
    if let Some(plugin) = &run.driver {
        let driver = start(plugin)?;
        cycles::open(driver, Device::all(driver)?, run.seed);
    }
    enter(begin.wrapping_add(slide), &run.name, &run.arguments)
}

/// Has the HAL load a driver.
fn start(plugin: &Plugin) -> Result<Driver, String> {
    let Plugin { name, identifier, factory, info, executable } = plugin;
    let info = plist::Value::from_reader(std::io::Cursor::new(info)).map_err(|why| why.to_string())?;
    cf::open_bundle(&format!("/Library/Audio/Plug-Ins/HAL/{name}.driver"), identifier, &info);
    let image = Image::read(executable).map_err(|why| format!("{name}: {why}"))?;
    loader::load(name, image).map_err(|why| why.to_string())?;
    let driver = Driver::make(factory)?;
    driver.initialize().map_err(|status| format!("Initialize returns {}", hal_sys::code::Shown(status)))?;
    libraries::run_dispatched();
    Ok(driver)
}

/// A symbol as the program is bound to it: its own half of CoreAudio and what ends a program rather than its host, and else what
/// drivers find.
fn find(symbol: &str) -> Option<usize> {
    let own: [fn() -> Vec<Symbol>; 4] = [audio::symbols, cycles::symbols, registry::symbols, system::symbols];
    let own = own.iter().flat_map(|symbols| symbols()).find(|(name, _)| *name == symbol);
    own.map(|(_, address)| address).or_else(|| libraries::find(symbol))
}

/// Begins the program: the stack has the count of arguments, they, the environment, which is empty, and what the kernel tells
/// dyld.
fn enter(begin: u64, name: &str, arguments: &[String]) -> Result<std::convert::Infallible, String> {
    let texts = std::iter::once(name).chain(arguments.iter().map(String::as_str)).map(CString::new);
    let texts: Vec<CString> = texts.collect::<Result<_, _>>().map_err(|_| "an argument has a NUL".to_owned())?;
    let place = |text: &CString| text.as_ptr() as u64;
    let mut words = vec![texts.len() as u64];
    words.extend(texts.iter().map(place));
    words.extend([0, 0]);
    words.extend(texts.first().map(place));
    words.push(0);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: new memory wherever there is some.
    let stack = unsafe { libc::mmap(null_mut(), STACK + GUARD, protection, flags, -1, 0) };
    if stack == libc::MAP_FAILED {
        return Err("there is no memory for its stack".to_owned());
    }
    // SAFETY: pages of the stack, which is ours and not yet used.
    unsafe { libc::mprotect(stack, GUARD, libc::PROT_NONE) };
    let top = (stack as usize + STACK + GUARD - 8 * words.len()) & !15;
    for (index, word) in words.iter().enumerate() {
        crate::memory::put(top + 8 * index, &word.to_ne_bytes());
    }
    // The arguments stay as long as the process.
    std::mem::forget(texts);
    world::inside("the program", || go(begin, top))
}

/// Goes to the program's begin with its stack and, as the kernel does, with nothing in the other registers.
#[unsafe(naked)]
extern "C" fn go(begin: u64, stack: usize) -> ! {
    std::arch::naked_asm!(
        "mov rsp, rsi",
        "xor eax, eax",
        "xor ebx, ebx",
        "xor ecx, ecx",
        "xor edx, edx",
        "xor esi, esi",
        "xor ebp, ebp",
        "jmp rdi",
    )
}
