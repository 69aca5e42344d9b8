//! What the family's releases do differently: the one place that knows releases.
//!
//! A release of macOS stands for the version of the family that its last update came with: 183.4.2 (10.6), 186.4, 189.4, 195.4.2
//! (10.9), 200.6, 204.4 (10.11), 205.15 (10.12), 206.5 (10.13, 10.14), 300.2 (10.15), 300.6.1 (11).

use core::sync::atomic::{AtomicU32, Ordering};

use kpi::symbols;

/// What a client's Start does while its engine is paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paused {
    /// It fails with kIOReturnOffline.
    Refuses,
    /// It waits for the engine to resume, for as long as that takes.
    Waits,
    /// It waits so many ns.
    WaitsFor(u64),
}

/// The behaviour of a release.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a difference of its own, which came and stayed")]
pub struct Behaviour {
    /// `newUserClient` without properties opens a client, so that the form with properties never makes one itself.
    pub opens_by_older_form: bool,
    /// Methods are looked up in a table; from 10.12 on they are dispatched by number.
    pub has_method_table: bool,
    /// A method that is given too few scalars says kIOReturnBadArgument.
    pub counts_scalars: bool,
    /// Methods need the entitlement of the HAL's host.
    pub needs_entitlement: bool,
    /// A connection's ID is a number of its own; before, bits of the client's address.
    pub numbers_connections: bool,
    /// A client's descriptor is looked at when its buffer is registered.
    pub checks_descriptors: bool,
    /// Output for more than five laps ahead is too early.
    pub limits_lead: bool,
    /// IO on a buffer set that does not exist is an error.
    pub unknown_set_fails: bool,
    /// Start on a paused engine.
    pub paused: Paused,
    /// A Start that fails when its buffers join their streams gives the engine back.
    pub failed_start_releases_engine: bool,
    /// How often Start waits a second for a device that sleeps; `None`: until it wakes.
    pub power_tries: Option<u32>,
    /// How long a change of power waits for one that is under way, ns; `None`: until that is complete.
    pub pending_power_wait: Option<u64>,
    /// A timestamp is one store of 16 bytes.
    pub stamps_at_once: bool,
    /// A pause clears the buffers before clients hear of it; before, state changes under the streams' locks, and buffers are
    /// cleared last.
    pub pause_clears_first: bool,
    /// The erase head moves before what it passed is erased.
    pub head_moves_first: bool,
    /// Time interval filters have a pointer to spare before their fields.
    pub filters_have_spare_pointer: bool,
}

/// The release of the pack that is running: 6 for 10.6, 15 for 10.15, 16 for 11.
static RELEASE: AtomicU32 = AtomicU32::new(0);

/// Takes the release from the pack; the machine's boot calls it.
pub(crate) fn boot() {
    let name = symbols::pack().release;
    let release = match name.strip_prefix("10.") {
        Some(minor) => minor.parse().unwrap_or(0),
        None => name.parse::<u32>().unwrap_or(0) + 5,
    };
    RELEASE.store(release, Ordering::Relaxed);
}

/// The behaviour of the release that is running.
pub(crate) fn now() -> Behaviour {
    Behaviour::of(RELEASE.load(Ordering::Relaxed))
}

impl Behaviour {
    const fn of(release: u32) -> Behaviour {
        Behaviour {
            opens_by_older_form: release <= 11,
            has_method_table: release <= 11,
            counts_scalars: release >= 7,
            needs_entitlement: release >= 12,
            numbers_connections: release >= 11,
            checks_descriptors: release >= 12,
            limits_lead: release >= 9,
            unknown_set_fails: release >= 16,
            paused: match release {
                ..=9 => Paused::Refuses,
                10 | 11 => Paused::Waits,
                _ => Paused::WaitsFor(3_000_000_000),
            },
            failed_start_releases_engine: release >= 10,
            power_tries: if release >= 11 { Some(10) } else { None },
            pending_power_wait: if release >= 12 { Some(1_000_000_000) } else { None },
            stamps_at_once: release >= 12,
            pause_clears_first: release >= 12,
            head_moves_first: release >= 13,
            filters_have_spare_pointer: release >= 9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Behaviour, Paused};

    #[test]
    fn releases_change_where_their_versions_did() {
        let [snow_leopard, mavericks, sierra, high_sierra, big_sur] = [6, 9, 12, 13, 16].map(Behaviour::of);
        assert!(!snow_leopard.limits_lead && mavericks.limits_lead);
        assert_eq!((mavericks.paused, sierra.paused), (Paused::Refuses, Paused::WaitsFor(3_000_000_000)));
        assert!(!mavericks.needs_entitlement && sierra.needs_entitlement);
        assert!(!sierra.head_moves_first && high_sierra.head_moves_first);
        assert!(!high_sierra.unknown_set_fails && big_sur.unknown_set_fails);
    }
}
