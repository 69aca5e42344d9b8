//! The services' scenario on release 11.

#[path = "common/mod.rs"]
mod common;
#[path = "common/services.rs"]
mod services;

use kpi::mach::clock;

#[test]
fn services_match_serve_and_go() {
    services::run("11");
    assert_eq!(clock::after(u64::MAX), u64::MAX, "no time is later");
}
