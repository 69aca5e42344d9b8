//! The services' scenario on release 10.6.

#[path = "common/mod.rs"]
mod common;
#[path = "common/services.rs"]
mod services;

use kpi::mach::clock;

#[test]
fn services_match_serve_and_go() {
    services::run("10.6");
    assert!(clock::after(u64::MAX) < clock::absolute_time(), "the sum wraps around");
}
