//! Who is told of what changes.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::{Device, Driver, Seen, Stop, first};

/// What nobody is told of is named so often at most; the rest is counted.
const NAMED: usize = 8;
/// Formats that are gone through.
const FORMATS: usize = 4;

/// Sets all that can be set to something else and back, while nothing runs: what changes then, as was wanted or in consequence,
/// has to be told of.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let mut found = Found { before: driver.look(&device)?, ..Found::default() };
    for setting in driver.settings(&device)? {
        for value in [&setting.other, &setting.now] {
            found.after(driver, &device, &setting.name, |driver| driver.set(&device, &setting, value))?;
        }
    }
    // Who has no list of formats has none to choose from.
    let formats = driver.formats(&device).unwrap_or_default();
    let some = formats.iter().take(FORMATS);
    for format in some.clone().chain(some.rev()) {
        found.after(driver, &device, &format.name, |driver| driver.ask_format(&device, format))?;
    }
    let rates = driver.rates(&device)?;
    if let Some(other) = rates.into_iter().find(|rate| (*rate - device.rate).abs() > 0.5) {
        for rate in [other, device.rate] {
            found.after(driver, &device, "the rate", |driver| driver.ask_rate(&device, rate))?;
        }
    }
    let Found { changes, untold, refused, .. } = found;
    if changes == 0 {
        return Err(Stop::DoesNotApply("Nothing of the device can be set to something else.".into()));
    }
    let reading = Reading::new("property-unannounced", untold.len() as f64)
        .with_detail("changes", changes as f64, "properties")
        .with_detail("refused to be set", refused as f64, "times");
    let named = untold.iter().take(NAMED).map(|(name, what)| format!("{name}, when {what} is set"));
    Ok(Vec::from([named.fold(reading, |reading, name| reading.with_detail(&name, 1.0, ""))]))
}

/// What has come of it so far.
#[derive(Default)]
struct Found {
    /// How all was after the last step.
    before: Vec<Seen>,
    /// Properties that were seen to change, each as often as it was.
    changes: usize,
    /// Those that nobody was told of, and what was set then for the first time.
    untold: BTreeMap<String, String>,
    /// Settings that were refused.
    refused: usize,
}

impl Found {
    /// Sets something and looks at what has changed.
    fn after<D: Driver>(
        &mut self,
        driver: &mut D,
        device: &Device,
        what: &str,
        set: impl FnOnce(&mut D) -> Result<(), String>,
    ) -> Result<(), Stop> {
        self.refused += usize::from(set(driver).is_err());
        // What is told of later is for nobody who asks at once.
        driver.pass(device.period_ns())?;
        let now = driver.look(device)?;
        for (is_told, name) in changed(&self.before, &now) {
            self.changes += 1;
            if !is_told {
                self.untold.entry(name.into()).or_insert_with(|| what.into());
            }
        }
        self.before = now;
        Ok(())
    }
}

/// The properties, there before and after, whose values have changed, and whether that was told.
fn changed<'a>(before: &'a [Seen], after: &'a [Seen]) -> impl Iterator<Item = (bool, &'a str)> {
    after.iter().filter_map(|now| {
        let was = before.iter().find(|was| was.name == now.name)?;
        (was.value != now.value).then_some((now.is_told, now.name.as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_and_is_told_is_told_from_what_is_not() {
        let seen = |name: &str, value: u8, is_told| Seen { name: name.into(), value: [value].into(), is_told };
        let before = [seen("a", 1, true), seen("b", 1, true), seen("c", 1, false), seen("gone", 1, false)];
        let after = [seen("a", 2, true), seen("b", 2, false), seen("c", 1, true), seen("new", 1, false)];
        assert_eq!(changed(&before, &after).collect::<Vec<_>>(), [(true, "a"), (false, "b")]);
    }
}
