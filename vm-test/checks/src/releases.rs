//! The packs of the claimed releases.

use abi::Release;
use abi::pack::{self, Pack};

/// Runs `check` on each claimed release, oldest first.
///
/// # Panics
/// A pack cannot be read, or `check` does.
pub fn on_claimed(mut check: impl FnMut(Release, &Pack<'_>)) {
    for &release in Release::claimed() {
        let bytes = pack::build(release);
        check(release, &Pack::from_bytes(&bytes).unwrap_or_else(|error| panic!("{release}: {error}")));
    }
}

/// Releases as a list for a message.
pub fn list(releases: &[Release]) -> String {
    releases.iter().map(|release| release.name()).collect::<Vec<_>>().join(" ")
}
