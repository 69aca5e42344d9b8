//! What faults and the heap say of a kext: the same words in every run.

mod common;

use kpi::boundary::call_kext;
use kpi::platform::{Access, Cause, Fault, PAGE, Protection};
use kpi::registry::Part;
use kpi::sched::{self, Priority};
use kpi::{fault, heap, images, mem, symbols};

/// A kext of one page whose functions allocate 64 bytes and free them.
struct Kext {
    base: usize,
}

const ALLOCATE: usize = 0;
const FREE: usize = 64;

impl Kext {
    fn load() -> Kext {
        let base = fault::platform().map(1).unwrap();
        // sub rsp, 8; mov esi, 64; mov rax, function; call rax; add rsp, 8; ret, after the first argument is set.
        let call = |at: usize, argument: &[u8], function: &str| {
            let function = symbols::address(function).unwrap().to_le_bytes();
            let parts: [&[u8]; 6] = [
                &[0x48, 0x83, 0xec, 0x08],
                argument,
                &[0xbe, 64, 0, 0, 0, 0x48, 0xb8],
                &function,
                &[0xff, 0xd0],
                &[0x48, 0x83, 0xc4, 0x08, 0xc3],
            ];
            mem::put(base + at, &parts.concat());
        };
        call(ALLOCATE, &[0xbf, 64, 0, 0, 0], "_IOMalloc");
        call(FREE, &[], "_IOFree");
        fault::platform().protect(base, 1, Protection::ReadExecute);
        let names = vec![(base + ALLOCATE, "_take".to_string()), (base + FREE, "_drop".to_string())];
        images::add("Sample", base..base + PAGE, names);
        Kext { base }
    }

    fn allocate(&self) -> usize {
        call_kext(self.base + ALLOCATE, &[0; 14]) as usize
    }

    fn free(&self, block: usize) {
        let mut arguments = [0; 14];
        arguments[0] = block as u64;
        call_kext(self.base + FREE, &arguments);
    }

    fn unload(&self) {
        images::remove(self.base);
        fault::platform().unmap(self.base, 1);
    }
}

/// The words for an access that faulted, from a stack pointer in the running thread's kernel stack.
fn words(address: usize, access: Access, mapped: bool) -> String {
    let running = sched::snapshot().unwrap().into_iter().find(|thread| thread.running).unwrap();
    let sp = running.kernel_stack.end as u64 - 512;
    words_at(sp, address, access, mapped)
}

/// The words for an access that faulted at a stack pointer.
fn words_at(sp: u64, address: usize, access: Access, mapped: bool) -> String {
    let cause = Cause::Memory { address: Some(address as u64), access, mapped };
    let text = fault::describe(&Fault { cause, pc: 0, sp, bp: 0, registers: [0; 14] });
    text.strip_prefix("page fault: ").map(ToString::to_string).unwrap_or(text)
}

fn kernel_parts() {
    let at = |name: &str| symbols::address(name).unwrap();
    assert_eq!(words(0x18, Access::Read, false), "read of address 0x18 (a null pointer)");
    let code = at("_IOMalloc") + 3;
    assert_eq!(words(code, Access::Write, true), "write to the code of _IOMalloc, which is not writable");
    let slot = at("__ZTV9IOService") + 16 + 5 * 8;
    assert_eq!(words(slot, Access::Write, true), "write to slot 5 of the vtable of IOService, which is not writable");
    let slot = at("__ZTVN9IOService9MetaClassE") + 16;
    let table = "slot 0 of the vtable of IOService::MetaClass";
    assert_eq!(words(slot, Access::Write, true), format!("write to {table}, which is not writable"));
    let object = at("__ZN9IOService10gMetaClassE") + 8;
    let name = "the metaclass object __ZN9IOService10gMetaClassE";
    assert_eq!(words(object, Access::Execute, true), format!("call of {name}, which is not executable"));
    let variable = at("___stack_chk_guard");
    let name = "the variable ___stack_chk_guard";
    assert_eq!(words(variable, Access::Execute, true), format!("call of {name}, which is not executable"));
    let pack = symbols::pack();
    let is_missing = |name: &str| words(at(name), Access::Read, false).ends_with("which this bench does not implement");
    let missing = pack.symbols.iter().find(|symbol| is_missing(symbol.name));
    let missing = missing.expect("a variable that is not implemented").name;
    let text = format!("read of {missing}, which this bench does not implement");
    assert_eq!(words(at(missing) + 8, Access::Read, false), text);
}

fn stacks() {
    sched::spawn("other", Priority::Normal, Box::new(|| ()));
    for thread in sched::snapshot().unwrap() {
        let (stack, name) = (thread.kernel_stack.clone(), thread.name);
        let text = format!("call of the kernel stack of thread {name}, which is not executable");
        assert_eq!(words(stack.start, Access::Execute, true), text);
        // No overflow: the stack pointer is far from there.
        let below = format!("write to an address below the kernel stack of thread {name}");
        assert_eq!(words(stack.start - 8, Access::Write, false), below);
        if thread.running {
            let overflow = "kernel stack overflow: thread kernel_task used all of its 16384 bytes";
            // A push on a full stack, and a frame that reaches below it.
            assert_eq!(words_at(stack.start as u64, stack.start - 8, Access::Write, false), overflow);
            assert_eq!(words_at(stack.start as u64 - 200, stack.start - 100, Access::Write, false), overflow);
        }
    }
    common::settle();
}

fn blocks(kext: &Kext) {
    let mark = heap::mark();
    let (block, other) = (kext.allocate(), kext.allocate());
    let origin = "a block of 64 bytes, allocated by _IOMalloc from Sample`_take + 0x1a";
    assert_eq!(words(block + 1, Access::Execute, true), format!("call of byte 1 of {origin}, which is not executable"));
    assert_eq!(heap::leaks_since(mark), [origin.replacen("a block", "2 blocks", 1)]);
    mem::write(block + 64, 0_u8);
    assert_eq!(heap::check(), [format!("memory behind a block was written: byte 64 of {origin}")]);
    heap::allocate(64, 16);
    kext.free(other);
    let freed = "a freed block of 64 bytes, freed by _IOFree from Sample`_drop + 0x15";
    assert_eq!(words(other, Access::Execute, true), format!("call of byte 0 of {freed}, which is not executable"));
    kext.unload();
    let left = [origin, "a block of 64 bytes, allocated by the kernel"];
    assert_eq!(heap::leaks_since(mark), left, "an unloaded kext's names are known");

    let large = heap::allocate(5000, 16);
    let block = "a block of 5000 bytes, allocated by the kernel";
    assert_eq!(words(large + 5008, Access::Write, false), format!("write to an address 8 bytes behind {block}"));
    heap::free(large, 5000);
    let freed = "byte 7 of a freed block of 5000 bytes, freed by the kernel";
    assert_eq!(words(large + 7, Access::Write, false), format!("write to {freed}"));
}

fn images(kext: &Kext) {
    let text = "write to Sample`_drop + 0x2, which is not writable";
    assert_eq!(words(kext.base + FREE + 2, Access::Write, true), text);
}

fn nowhere(kext: &Kext) {
    let text = "call of Sample`_take + 0x0, which is unloaded";
    assert_eq!(words(kext.base, Access::Execute, false), text);
    let own = words as fn(usize, Access, bool) -> String as usize;
    let text = "write to memory of the bench itself, which is not writable";
    assert_eq!(words(own, Access::Write, true), text);
    assert_eq!(words(1 << 46, Access::Read, false), "read of an address that is not mapped");
}

#[test]
fn faults_and_damage_are_told_in_words() {
    common::boot("10.9", Part { functions: &[], variables: &[], boot: || () });
    kernel_parts();
    stacks();
    let kext = Kext::load();
    images(&kext);
    blocks(&kext);
    nowhere(&kext);
}
