//! What programs can see, set and reach of a driver.

use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::{Driver, Property, Stop, Surface, first};

/// What is wrong is named so often at most; the rest is counted.
const NAMED: usize = 8;

/// Properties and their conduct, and what a process without privileges reaches.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let Surface { properties, requests, settable, callable } = driver.surface(&device)?;
    if properties.is_empty() || requests.is_empty() {
        return Err("the device has no properties".into());
    }
    let named = |reading: Reading, names: &mut dyn Iterator<Item = &str>| {
        names.take(NAMED).fold(reading, |reading, name| reading.with_detail(name, 1.0, ""))
    };
    let count = |is: &dyn Fn(&Property) -> bool| properties.iter().filter(|property| is(property)).count() as f64;
    let objects = |reading: Reading| {
        let mut kinds: Vec<&str> = properties.iter().map(|property| property.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.into_iter().fold(reading, |reading, kind| reading.with_detail(kind, count(&|of| of.kind == kind), ""))
    };
    let mut wrong_sizes = properties.iter().filter_map(|property| property.wrong.as_deref());
    let mut wrong_errors = requests.iter().filter(|request| !request.is_sound).map(|request| request.name.as_str());
    let count_wrong = requests.iter().filter(|request| !request.is_sound).count() as f64;
    Ok(Vec::from([
        objects(Reading::new("properties-present", properties.len() as f64)),
        Reading::new("properties-settable", count(&|of| of.is_settable)),
        named(Reading::new("property-wrong-sizes", count(&|of| of.wrong.is_some())), &mut wrong_sizes),
        named(Reading::new("property-wrong-errors", count_wrong), &mut wrong_errors).with_detail(
            "requests made",
            requests.len() as f64,
            "requests",
        ),
        Reading::new("unprivileged-settable", settable.len() as f64),
        callable.iter().fold(Reading::new("unprivileged-callable", callable.len() as f64), |reading, name| {
            reading.with_detail(name, 1.0, "")
        }),
    ]))
}
