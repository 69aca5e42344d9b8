//! The services' scenario on release 10.6.

#[path = "common/mod.rs"]
mod common;
#[path = "common/services.rs"]
mod services;

#[test]
fn services_match_serve_and_go() {
    services::run("10.6");
}
