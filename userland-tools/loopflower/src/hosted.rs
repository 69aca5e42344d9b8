//! What the host of user-space drivers has. It is there on Linux only, whose memory maps and signals it is made of.

#[cfg(target_os = "linux")]
pub use plugin_host::libraries::only_stops;
#[cfg(target_os = "linux")]
pub use plugin_host::{SCENARIOS, Scenario, fits};

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{SCENARIOS, Scenario, fits, implemented, only_stops};

/// What it has of the libraries that such drivers import, symbol and library; `None` where it is not.
#[cfg(target_os = "linux")]
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub fn implemented() -> Option<Vec<(&'static str, &'static str)>> {
    Some(plugin_host::libraries::implemented())
}

/// Elsewhere it has nothing, and a run of a user-space driver ends before it is asked what it has.
#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use protocol::script::Script;

    #[derive(Clone, Copy, Debug)]
    pub struct Scenario {
        pub name: &'static str,
        pub shows: &'static str,
    }

    pub const SCENARIOS: &[Scenario] = &[];

    pub fn implemented() -> Option<Vec<(&'static str, &'static str)>> {
        None
    }

    pub fn only_stops(_symbol: &str) -> bool {
        false
    }

    pub fn fits(_script: &Script) -> Result<(), String> {
        Err("the host of user-space drivers needs Linux".to_owned())
    }
}
