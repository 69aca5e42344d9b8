//! What every IOAudioFamily does that a driver or the HAL can trip over: 28 checks, each driven as a HAL and a driver would, each
//! on the releases that it is said for.

#[path = "../../../kpi/tests/common/mod.rs"]
mod common;
#[path = "../driver/mod.rs"]
mod driver;

mod clients;
mod clock;
mod erase;
mod formats;
mod mixing;
mod positions;
mod power;
mod refusals;
mod results;
mod watchdog;

use std::process::Command;

use kpi::registry::Part;

use common::{counts, settle, steps};
use driver::Driver;

/// The check and the release that a process is for: a process boots once.
const CHECK: &str = "CHECK";

/// Runs a check on each of the releases, in processes of their own.
fn alone(name: &str, releases: &[&str], check: fn(&str)) {
    if let Ok(wanted) = std::env::var(CHECK) {
        let release = wanted.strip_prefix(name).expect("one check a process").trim();
        return check(release);
    }
    let program = std::env::current_exe().expect("the test's own program");
    for release in releases {
        let mut run = Command::new(&program);
        let output = run.args(["--exact", name, "--nocapture"]).env(CHECK, format!("{name} {release}")).output();
        let output = output.expect("the test's own program runs");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "on {release}: {text}");
    }
}

/// Boots a release, starts the driver, runs a check, removes the driver: nothing may be left.
fn with_driver(release: &str, mixable: bool, check: impl FnOnce(&Driver)) {
    driver::boot(release, PART);
    let before = counts();
    let driver = Driver::start(mixable);
    check(&driver);
    driver.remove();
    settle();
    steps();
    assert_eq!(counts(), before, "nothing is left");
}

static PART: Part = Part { functions: &[clock::FUNCTIONS, formats::FUNCTIONS], variables: &[], boot: || () };

macro_rules! checks {
    ($($name:ident on [$($release:literal),*] => $check:path,)*) => {
        $(#[test]
        fn $name() {
            alone(stringify!($name), &[$($release),*], $check);
        })*
    };
}

checks! {
    c01_ring_end_exact_buffer_makes_an_empty_second_clip on ["10.9"] => mixing::exact_ring_end,
    c02_a_client_one_ring_behind_is_clipped_again on ["10.9"] => mixing::one_ring_behind,
    c03_one_client_copies_and_two_add on ["10.9", "11"] => mixing::copy_and_add,
    c04_output_before_the_lap_or_far_ahead_is_too_old on ["10.6", "10.9", "11"] => positions::laps,
    c05_a_late_trap_says_so_and_delivers on ["10.9"] => results::late,
    c06_output_just_before_the_watchdog_fires_makes_it_void on ["10.9"] => watchdog::generation_race,
    c07_the_timer_is_dead_after_sleep_until_the_wake on ["10.9"] => clock::timer_in_sleep,
    c08_a_pause_takes_clients_offline_until_they_start on ["10.9", "10.15"] => power::pause,
    c09_the_engine_stops_a_lap_after_its_last_client on ["10.9"] => clients::deferred_stop,
    c10_a_format_change_on_a_stopped_engine_is_balanced on ["10.9"] => formats::on_stopped_engine,
    c11_termination_of_the_provider_skips_the_stop_hook on ["10.9"] => power::provider_goes,
    c12_a_control_without_handler_refuses on ["10.9"] => refusals::no_handler,
    c13_a_format_with_a_rate_and_with_the_same_rate on ["10.9", "11"] => formats::rates,
    c14_a_timer_target_added_twice_and_removing_itself on ["10.6", "11"] => clock::timer_targets,
    c15_erasing_wraps_and_skips_what_does_not_fit on ["10.12", "10.13"] => erase::ranges,
    c16_a_second_client_of_a_stream_that_does_not_mix on ["10.9", "11"] => refusals::exclusive,
    c17_descriptors_are_checked_and_read_once on ["10.9", "11"] => refusals::descriptors,
    c18_buffers_that_do_not_divide_the_ring_and_long_transfers on ["10.9"] => mixing::odd_sizes,
    c19_position_zero_counts_as_unset on ["10.9"] => positions::zero,
    c20_the_ring_cannot_change_while_the_engine_runs on ["10.9"] => refusals::ring,
    c21_a_resumed_engine_is_not_paused_by_the_next_sleep on ["10.9", "11"] => power::resumed,
    c22_readers_see_a_timestamp_whole on ["10.12"] => clock::whole_timestamps,
    c23_start_forgets_pauses_of_a_stopped_engine on ["10.9"] => clients::forgotten_pauses,
    c24_methods_need_the_entitlement_and_nothing_else_does on ["10.11", "10.12", "11"] => refusals::entitlement,
    c25_large_buffers_raise_the_number_of_erases on ["10.9"] => erase::number,
    c26_odd_format_dictionaries on ["10.9", "11"] => formats::odd_dictionaries,
    c27_minus_infinity_outside_of_the_range_is_refused on ["10.9"] => refusals::infinity,
    c28_the_clip_status_hides_a_mix_error on ["10.9"] => results::mix_error,
}
