//! The runtime of C++: memory, objects that are made once, and the end of those who throw. Nothing is caught: who throws across
//! the HAL ends its process on a Mac too, unless it catches that itself, which this host says it cannot do.

use super::{symbols, system};
use crate::{memory, world};

/// Tables of the classes of type information, of which only the address matters.
static TYPE_INFO: [u64; 16] = [0; 16];

extern "C" fn new(bytes: usize) -> usize {
    aligned_new(bytes, 16)
}

/// Never null: who cannot have memory ends the run.
extern "C" fn aligned_new(bytes: usize, alignment: usize) -> usize {
    let block = system::aligned_memory_of(bytes, alignment.max(16));
    if block == 0 {
        world::stop(format!("operator new has no {bytes} bytes, in {}", world::called()));
    }
    block
}

extern "C" fn delete(block: usize) {
    system::give_back(block);
}

/// Whether an object that is made once must be made now: the guard's first byte says whether it was.
extern "C" fn begin_once(guard: usize) -> i32 {
    i32::from(memory::word::<1>(guard) == [0])
}

extern "C" fn end_once(guard: usize) {
    memory::put(guard, &[1]);
}

extern "C" fn give_up_once(_guard: usize) {}

extern "C" fn pure_virtual() -> ! {
    world::stop(format!("the driver calls a pure virtual function, in {}", world::called()))
}

extern "C" fn allocate_exception(bytes: usize) -> usize {
    new(bytes)
}

extern "C" fn throw(_object: usize, kind: usize, _destructor: usize) -> ! {
    // Type information: a table, then the name.
    let name = if kind == 0 { Vec::new() } else { memory::c_bytes(memory::u64_at(kind + 8) as usize) };
    let name = String::from_utf8_lossy(&name).into_owned();
    world::stop(format!(
        "the driver throws a C++ exception of type {name}, in {}; this host catches none",
        world::called()
    ))
}

extern "C" fn throws_nothing_known() -> ! {
    world::stop(format!("the driver throws a C++ exception, in {}; this host catches none", world::called()))
}

extern "C" fn terminate() -> ! {
    world::stop(format!("the driver calls std::terminate, in {}", world::called()))
}

/// What is there to say why the run stops, since nothing is caught.
pub(super) const STOPS: &[&str] =
    &["___cxa_throw", "___cxa_rethrow", "___cxa_begin_catch", "___cxa_end_catch", "__Unwind_Resume"];

symbols! {
    "__Znwm" => new,
    "__Znam" => new,
    "__ZnwmRKSt9nothrow_t" => new,
    "__ZnamRKSt9nothrow_t" => new,
    "__ZnwmSt11align_val_t" => aligned_new,
    "__ZnamSt11align_val_t" => aligned_new,
    "__ZdlPv" => delete,
    "__ZdaPv" => delete,
    "__ZdlPvm" => delete,
    "__ZdaPvm" => delete,
    "__ZdlPvSt11align_val_t" => delete,
    "__ZdlPvmSt11align_val_t" => delete,
    "__ZSt7nothrow" => &raw const TYPE_INFO,
    "___cxa_guard_acquire" => begin_once,
    "___cxa_guard_release" => end_once,
    "___cxa_guard_abort" => give_up_once,
    "___cxa_pure_virtual" => pure_virtual,
    "___cxa_allocate_exception" => allocate_exception,
    "___cxa_free_exception" => delete,
    "___cxa_throw" => throw,
    "___cxa_rethrow" => throws_nothing_known,
    "___cxa_begin_catch" => throws_nothing_known,
    "___cxa_end_catch" => throws_nothing_known,
    "__Unwind_Resume" => throws_nothing_known,
    "___gxx_personality_v0" => throws_nothing_known,
    "__ZSt9terminatev" => terminate,
    "__ZTVN10__cxxabiv117__class_type_infoE" => &raw const TYPE_INFO,
    "__ZTVN10__cxxabiv120__si_class_type_infoE" => &raw const TYPE_INFO,
    "__ZTVN10__cxxabiv121__vmi_class_type_infoE" => &raw const TYPE_INFO,
    "__ZNSt3__112__next_primeEm" => next_prime,
}

/// The size of a hash table: the smallest prime that is not less.
extern "C" fn next_prime(least: usize) -> usize {
    let is_prime = |number: usize| number >= 2 && (2..=number.isqrt()).all(|factor| !number.is_multiple_of(factor));
    (least..=usize::MAX).find(|number| is_prime(*number)).unwrap_or(least)
}
