//! Calls between kexts, for the trace: from a driver into a library that is a kext, and back.
//!
//! ```text
//!  kext A             trampoline              KPI stack
//!    │ call ────────► index, jmp ───────────► cross: the call is noted, and where it would return to
//!    │                kext B ◄─────────────── jmp, with the arguments where they were
//!    │ ◄───────────────────────────────────── crossed: its end is noted, then ret
//! ```
//!
//! The linker is given trampolines instead of the functions that a kext exports, and they are put into the slots of vtables that
//! hold functions of kexts: a call by name or by slot goes through one, whatever its arguments are. One from inside the same
//! kext is let through unnoted. A function that is called by a pointer to it that its kext handed out itself is called directly.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::arch::naked_asm;
use core::ops::Range;
use core::sync::atomic::Ordering;

use kext_link::KextLibrary;
use kext_link::link::{Library, Linked, Slot};

use crate::boundary::{CURRENT, HOOKED, TRACE, interrupts_off, interrupts_on};
use crate::global::Global;
use crate::platform::PAGE;
use crate::symbols::{THUNK, make_thunks};
use crate::{fault, mem, sched};

/// Trampolines of a page; its first place holds the address of [`cross`].
const ON_A_PAGE: usize = PAGE / THUNK - 1;
/// Bytes of a vtable before its first slot.
const VTABLE_HEADER: u64 = 16;

static TRAMPOLINES: Global<Trampolines> =
    Global::new(Trampolines { pages: Vec::new(), functions: Vec::new(), known: BTreeMap::new() });
/// Calls that return to [`crossed`], by thread, the outermost first.
static CROSSINGS: Global<BTreeMap<u32, Vec<Crossing>>> = Global::new(BTreeMap::new());

/// One for each function of a kext that others may call. It outlives the kext: the next one may have a function there.
struct Trampolines {
    pages: Vec<usize>,
    /// Addresses of the functions, by index.
    functions: Vec<usize>,
    /// Indices by address of the function.
    known: BTreeMap<usize, usize>,
}

/// A call that was noted.
struct Crossing {
    /// Where on the kernel stack its return address lies.
    slot: usize,
    /// Where it returns to.
    to: usize,
}

/// What a trampoline leaves on the KPI stack, from the lowest address on.
#[repr(C)]
struct Entered {
    /// xmm0 to xmm7.
    vectors: [u128; 8],
    /// rdi, rsi, rdx, rcx, r8, r9.
    integer: [u64; 6],
    /// Where the return address lies, then the stack arguments.
    kext_sp: u64,
    /// How many vectors a variadic call has.
    rax: u64,
    /// Index of the trampoline.
    index: u64,
    rbp: u64,
}

/// A kext as a library: its functions are their trampolines.
pub(crate) struct Traced<'l>(pub(crate) KextLibrary<'l>, pub(crate) &'l Linked);

impl Library for Traced<'_> {
    fn identifier(&self) -> &str {
        self.0.identifier()
    }

    fn export(&self, name: &str) -> Option<u64> {
        let address = self.0.export(name)?;
        Some(if holds(&self.1.code, address) { of(address as usize) as u64 } else { address })
    }

    fn vtable(&self, name: &str) -> Option<Vec<Slot>> {
        self.0.vtable(name)
    }

    fn is_final(&self, class: &str) -> bool {
        self.0.is_final(class)
    }
}

fn holds(code: &[Range<u64>], address: u64) -> bool {
    code.iter().any(|section| section.contains(&address))
}

/// Puts trampolines into the vtables of a kext that was linked, for the functions that are its own or those of `others`.
pub(crate) fn divert(linked: &mut Linked, others: &[&Linked]) {
    let (code, base) = (&linked.code, linked.base);
    let is_kexts = |address| holds(code, address) || others.iter().any(|other| holds(&other.code, address));
    let starts: BTreeMap<&str, u64> = linked.symbols.iter().map(|symbol| (&*symbol.name, symbol.address)).collect();
    for (name, slots) in &linked.vtables {
        let Some(start) = starts.get(&**name) else { continue };
        for index in 0..slots.len() as u64 {
            let place = (start + VTABLE_HEADER + 8 * index - base) as usize;
            let Some(word) = linked.image.get_mut(place..place + 8).and_then(|word| word.as_mut_array::<8>()) else {
                break;
            };
            let function = u64::from_le_bytes(*word);
            if is_kexts(function) {
                *word = (of(function as usize) as u64).to_le_bytes();
            }
        }
    }
}

/// The trampoline of a function.
fn of(function: usize) -> usize {
    let mut trampolines = TRAMPOLINES.borrow();
    let Trampolines { pages, functions, known } = &mut *trampolines;
    let index = *known.entry(function).or_insert_with(|| {
        if functions.len() == pages.len() * ON_A_PAGE {
            let first = functions.len() as u32;
            let entry = cross as *const () as usize;
            pages.push(make_thunks(fault::platform(), entry, first..first + ON_A_PAGE as u32));
        }
        functions.push(function);
        functions.len() - 1
    });
    pages[index / ON_A_PAGE] + THUNK * (index % ON_A_PAGE + 1)
}

/// The function behind a trampoline; of any other address itself.
pub(crate) fn function(address: usize) -> usize {
    let Some(trampolines) = TRAMPOLINES.try_borrow() else { return address };
    let place = |(number, page): (usize, &usize)| {
        let offset = address
            .checked_sub(page + THUNK)
            .filter(|offset| *offset < PAGE - THUNK && offset.is_multiple_of(THUNK))?;
        trampolines.functions.get(number * ON_A_PAGE + offset / THUNK).copied()
    };
    trampolines.pages.iter().enumerate().find_map(place).unwrap_or(address)
}

/// The address that a call returns to, which lies at `slot` unless the call was noted.
pub(crate) fn return_address(slot: usize) -> usize {
    let address = mem::read(slot);
    if address != crossed as *const () as usize {
        return address;
    }
    let Some(crossings) = CROSSINGS.try_borrow() else { return address };
    // A function that ends with a jump to another has its caller's slot: the first has the caller.
    let first = crossings.values().flatten().find(|crossing| crossing.slot == slot);
    first.map_or(address, |crossing| crossing.to)
}

/// Where the trampolines lead: r11 holds the index, the arguments are where the C ABI puts them.
#[unsafe(naked)]
extern "C" fn cross() {
    naked_asm!(
        interrupts_off!(),
        "mov r10, [rip + {current}]",
        "mov [r10 + 0], rsp",
        "mov [r10 + 16], rbp",
        "mov r10, [r10 + 8]",
        "xchg rsp, r10",
        "push rbp",
        "push r11",
        "push rax",
        "push r10",
        "push r9",
        "push r8",
        "push rcx",
        "push rdx",
        "push rsi",
        "push rdi",
        "sub rsp, 128",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "movups [rsp + 32], xmm2",
        "movups [rsp + 48], xmm3",
        "movups [rsp + 64], xmm4",
        "movups [rsp + 80], xmm5",
        "movups [rsp + 96], xmm6",
        "movups [rsp + 112], xmm7",
        "mov rdi, rsp",
        "call {enters}",
        "mov r11, rax",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "movups xmm2, [rsp + 32]",
        "movups xmm3, [rsp + 48]",
        "movups xmm4, [rsp + 64]",
        "movups xmm5, [rsp + 80]",
        "movups xmm6, [rsp + 96]",
        "movups xmm7, [rsp + 112]",
        "add rsp, 128",
        "pop rdi",
        "pop rsi",
        "pop rdx",
        "pop rcx",
        "pop r8",
        "pop r9",
        "pop r10",
        "pop rax",
        "mov rsp, r10",
        interrupts_on!(),
        "jmp r11",
        current = sym CURRENT,
        enters = sym enters,
    )
}

/// Where a call that was noted returns to.
#[unsafe(naked)]
extern "C" fn crossed() {
    naked_asm!(
        // The return address has its place again.
        "sub rsp, 8",
        interrupts_off!(),
        "mov r10, [rip + {current}]",
        "mov [r10 + 0], rsp",
        "mov [r10 + 16], rbp",
        "mov r10, [r10 + 8]",
        "xchg rsp, r10",
        "push r10",
        "push r10", // keeps the stack aligned
        "push rdx",
        "push rax",
        "sub rsp, 32",
        "movups [rsp], xmm0",
        "movups [rsp + 16], xmm1",
        "mov rdi, rax",
        "mov rsi, r10",
        "call {ends}",
        "movups xmm0, [rsp]",
        "movups xmm1, [rsp + 16]",
        "add rsp, 32",
        "pop rax",
        "pop rdx",
        "pop r10",
        "mov rsp, r10",
        interrupts_on!(),
        "ret",
        current = sym CURRENT,
        ends = sym ends,
    )
}

/// A kext's function is called by name or by slot; returns its address.
extern "C" fn enters(entered: &Entered) -> usize {
    let function = TRAMPOLINES.borrow().functions[entered.index as usize];
    if HOOKED.load(Ordering::Relaxed) & TRACE == 0 {
        return function;
    }
    let slot = entered.kext_sp as usize;
    let to = mem::read(slot);
    let word = |index: usize| match entered.integer.get(index) {
        Some(&word) => word,
        None => mem::read(slot + 8 * (1 + index - entered.integer.len())),
    };
    if super::crosses(to, function, &word) {
        CROSSINGS.borrow().entry(sched::current().0).or_default().push(Crossing { slot, to });
        mem::write(slot, crossed as *const () as usize);
    }
    function
}

/// A call that was noted returns; what it would have returned to goes to `slot`.
extern "C" fn ends(result: u64, slot: usize) {
    let crossing = {
        let mut crossings = CROSSINGS.borrow();
        let open = crossings.get_mut(&sched::current().0);
        // Those above it never returned.
        open.and_then(|open| core::iter::from_fn(|| open.pop()).find(|crossing| crossing.slot == slot))
    };
    let Some(crossing) = crossing else {
        fault::kernel_panic("a kext returned from a call to another that it had returned from before");
    };
    mem::write(slot, crossing.to);
    super::returns(result);
}
