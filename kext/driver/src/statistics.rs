//! What the engine counts, in the registry.

use core::ffi::CStr;
use core::sync::atomic::Ordering;

use core_io::object::Retained;
use core_io::time::{nanoseconds_to_absolute, uptime};

use crate::host::Host;
use crate::instance::Instance;

/// The property: a dictionary of numbers.
const KEY: &CStr = c"Statistics";
/// How old what is published may be while the engine runs, in nanoseconds.
const AGE: u64 = 1_000_000_000;

/// Publishes the statistics as they are now. Called under the work loop's gate.
pub(crate) fn publish(instance: &Instance, host: Host) {
    instance.published.store(uptime(), Ordering::Relaxed);
    // Without memory the older ones stay.
    if let Ok(statistics) = Retained::numbers(&instance.engine.statistics()) {
        host.publish(KEY, &statistics);
    }
}

/// Publishes the statistics if those in the registry are old at the time `now`. Called by the timer.
pub(crate) fn refresh(instance: &Instance, host: Host, now: u64) {
    if now.saturating_sub(instance.published.load(Ordering::Relaxed)) >= nanoseconds_to_absolute(AGE) {
        publish(instance, host);
    }
}
