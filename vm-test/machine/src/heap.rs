//! The heap of the process, with a reserve for reports: the fault of a kext that damaged the heap is often the allocator's.

use std::alloc::System;

use kpi::reserve::WithReserve;

/// The global allocator of every program that holds a machine.
#[global_allocator]
pub static HEAP: WithReserve<System> = WithReserve::new(System);
