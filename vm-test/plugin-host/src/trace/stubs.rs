//! Calls of the driver to libraries: each import is bound to a stub that notes the call, has it done, and notes its end. Functions of
//! any number of arguments find their stack as it was, because nothing is put on it: the return address is kept elsewhere.

use std::arch::naked_asm;
use std::cell::RefCell;
use std::collections::BTreeMap;

use protocol::trace::Value;

use super::shown::word;
use super::{ended, out};
use crate::libraries;

/// Bytes of a stub, and of the page that they are put on.
const STUB: usize = 32;
const PAGE: usize = 1 << 16;

/// Parameters and results of functions that are called often, by their kinds (see [`word`]).
#[rustfmt::skip]
const KNOWN: &[(&str, &[u8], u8)] = &[
    ("_CFRetain", b"o", b'o'), ("_CFRelease", b"o", b'-'), ("_CFGetTypeID", b"o", b'u'), ("_CFEqual", b"oo", b'b'),
    ("_CFStringCreateWithCString", b"?sw", b'o'), ("_CFStringGetLength", b"o", b'u'), ("_CFStringGetTypeID", b"", b'u'),
    ("_CFStringCompare", b"oou", b'i'), ("_CFStringGetCString", b"opuw", b'b'), ("_CFNumberGetTypeID", b"", b'u'),
    ("_CFNumberCreate", b"?up", b'o'), ("_CFNumberGetValue", b"oup", b'b'), ("_CFBooleanGetTypeID", b"", b'u'),
    ("_CFBooleanGetValue", b"o", b'b'), ("_CFArrayGetTypeID", b"", b'u'), ("_CFArrayGetCount", b"o", b'u'),
    ("_CFArrayGetValueAtIndex", b"ou", b'o'), ("_CFDictionaryGetTypeID", b"", b'u'), ("_CFDictionaryGetCount", b"o", b'u'),
    ("_CFDictionaryGetValue", b"oo", b'o'), ("_CFDictionarySetValue", b"ooo", b'-'),
    ("_CFDictionaryCreateMutable", b"?upp", b'o'), ("_CFDictionaryGetKeysAndValues", b"opp", b'-'),
    ("_CFBundleGetBundleWithIdentifier", b"o", b'o'), ("_CFBundleGetValueForInfoDictionaryKey", b"oo", b'o'),
    ("_CFUUIDCreateFromUUIDBytes", b"?", b'o'), ("_CFUUIDGetUUIDBytes", b"o", b'?'),
    ("_malloc", b"u", b'p'), ("_calloc", b"uu", b'p'), ("_free", b"p", b'-'), ("_memcpy", b"ppu", b'p'),
    ("_memset", b"piu", b'p'), ("_bzero", b"pu", b'-'), ("_memcmp", b"ppu", b'i'), ("_strlen", b"s", b'u'),
    ("_mach_absolute_time", b"", b'u'), ("_mach_timebase_info", b"p", b'i'), ("_pthread_mutex_lock", b"p", b'i'),
    ("_pthread_mutex_unlock", b"p", b'i'), ("_pthread_create", b"pp?p", b'i'), ("_pthread_join", b"?p", b'i'),
    ("_pthread_cond_wait", b"pp", b'i'), ("_pthread_cond_signal", b"p", b'i'), ("_usleep", b"w", b'i'),
    ("_syslog", b"is", b'-'), ("_dispatch_async", b"pp", b'-'), ("_dispatch_after", b"upp", b'-'),
];

/// A function behind a stub.
struct Import {
    symbol: String,
    address: usize,
}

/// A call under way: where it goes back to, its number and the kind of its result.
type UnderWay = (u64, u32, u8);

thread_local! {
    static IMPORTS: RefCell<Vec<Import>> = const { RefCell::new(Vec::new()) };
    static STUBS: RefCell<(usize, usize)> = const { RefCell::new((0, PAGE)) };
    /// By thread.
    static UNDER_WAY: RefCell<BTreeMap<usize, Vec<UnderWay>>> = const { RefCell::new(BTreeMap::new()) };
}

/// A stub for a function of a library's; the address itself where it is data, or where there is no memory for stubs.
pub(crate) fn stub(symbol: &str, address: usize) -> usize {
    if !is_code(address) {
        return address;
    }
    let index = IMPORTS.with_borrow_mut(|imports| {
        imports.push(Import { symbol: symbol.to_owned(), address });
        imports.len() - 1
    });
    STUBS.with_borrow_mut(|(page, used)| {
        if *used + STUB > PAGE {
            let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
            let access = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
            // SAFETY: new memory, or an error.
            let new = unsafe { libc::mmap(std::ptr::null_mut(), PAGE, access, flags, -1, 0) };
            if new == libc::MAP_FAILED {
                return address;
            }
            (*page, *used) = (new as usize, 0);
        }
        let at = *page + *used;
        *used += STUB;
        // mov r11d, index; movabs r10, common; jmp r10
        let common = (enter as *const () as usize).to_le_bytes();
        let code = [&[0x41, 0xbb][..], &(index as u32).to_le_bytes(), &[0x49, 0xba], &common, &[0x41, 0xff, 0xe2]];
        crate::memory::put(at, &code.concat());
        at
    })
}

/// Whether code of this program is at an address.
fn is_code(address: usize) -> bool {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().any(|line| {
        let mut words = line.split_whitespace();
        let (Some(range), Some(access)) = (words.next(), words.next()) else { return false };
        let ends = range.split_once('-').map(|(from, to)| [from, to].map(|end| usize::from_str_radix(end, 16)));
        let Some([Ok(from), Ok(to)]) = ends else { return false };
        access.contains('x') && (from..to).contains(&address)
    })
}

/// Notes a call, and says where its function is. `registers`: the six of integers.
extern "C" fn note(index: usize, registers: *const [u64; 6], back: u64) -> usize {
    // SAFETY: `enter` has put them there.
    let registers = unsafe { *registers };
    let found = IMPORTS.with_borrow(|imports| imports.get(index).map(|import| (import.symbol.clone(), import.address)));
    let Some((symbol, address)) = found else { return 0 };
    let known = KNOWN.iter().find(|(name, ..)| *name == symbol);
    let (parameters, result) = known.map_or((&[][..], b'?'), |(_, parameters, result)| (parameters, *result));
    let arguments = || -> Vec<Value> { parameters.iter().zip(registers).map(|(kind, it)| word(*kind, it)).collect() };
    let call = out(&symbol, arguments);
    let thread = libraries::current_thread();
    UNDER_WAY.with_borrow_mut(|all| all.entry(thread).or_default().push((back, call, result)));
    address
}

/// Notes the end of the thread's last call, and says where it goes back to.
extern "C" fn note_end(result: u64) -> u64 {
    let thread = libraries::current_thread();
    let last = UNDER_WAY.with_borrow_mut(|all| all.get_mut(&thread).and_then(Vec::pop));
    let Some((back, call, kind)) = last else { return 0 };
    ended(call, || word(kind, result));
    back
}

/// Where all stubs lead; r11 has the function's index.
#[unsafe(naked)]
extern "C" fn enter() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 192",
        "mov [rsp], rdi",
        "mov [rsp + 8], rsi",
        "mov [rsp + 16], rdx",
        "mov [rsp + 24], rcx",
        "mov [rsp + 32], r8",
        "mov [rsp + 40], r9",
        "movups [rsp + 48], xmm0",
        "movups [rsp + 64], xmm1",
        "movups [rsp + 80], xmm2",
        "movups [rsp + 96], xmm3",
        "movups [rsp + 112], xmm4",
        "movups [rsp + 128], xmm5",
        "movups [rsp + 144], xmm6",
        "movups [rsp + 160], xmm7",
        "mov [rsp + 176], rax",
        "mov rdi, r11",
        "mov rsi, rsp",
        "mov rdx, [rbp + 8]",
        "call {note}",
        "mov r11, rax",
        "lea rax, [rip + {leave}]",
        "mov [rbp + 8], rax",
        "mov rdi, [rsp]",
        "mov rsi, [rsp + 8]",
        "mov rdx, [rsp + 16]",
        "mov rcx, [rsp + 24]",
        "mov r8, [rsp + 32]",
        "mov r9, [rsp + 40]",
        "movups xmm0, [rsp + 48]",
        "movups xmm1, [rsp + 64]",
        "movups xmm2, [rsp + 80]",
        "movups xmm3, [rsp + 96]",
        "movups xmm4, [rsp + 112]",
        "movups xmm5, [rsp + 128]",
        "movups xmm6, [rsp + 144]",
        "movups xmm7, [rsp + 160]",
        "mov rax, [rsp + 176]",
        "leave",
        "jmp r11",
        note = sym note,
        leave = sym leave,
    )
}

/// Where functions go back to: the results are kept, and the way back is put where it was.
#[unsafe(naked)]
extern "C" fn leave() {
    naked_asm!(
        "sub rsp, 8",
        "push rbp",
        "mov rbp, rsp",
        "sub rsp, 48",
        "mov [rsp], rax",
        "mov [rsp + 8], rdx",
        "movups [rsp + 16], xmm0",
        "movups [rsp + 32], xmm1",
        "mov rdi, rax",
        "call {note}",
        "mov [rbp + 8], rax",
        "mov rax, [rsp]",
        "mov rdx, [rsp + 8]",
        "movups xmm0, [rsp + 16]",
        "movups xmm1, [rsp + 32]",
        "leave",
        "ret",
        note = sym note_end,
    )
}
