//! What a program can measure of a device that loops: those dimensions of a comparison that need nothing but the HAL's calls.
//! What each means stands with its definition in the crate `compare`; what a server does between program and driver is in the
//! figures.

mod asked;
mod looped;

use alloc::string::ToString;
use alloc::vec::Vec;

use measure::Stop;
use protocol::measure::{Measurement, Reading};

use crate::device::Device;
use crate::error::Error;
use crate::hal::Hal;

/// What is taken of the surface; the rest of it is not seen by programs.
const SURFACE: [&str; 4] =
    ["properties-present", "properties-settable", "property-wrong-sizes", "property-wrong-errors"];

/// Readings, or why there are none.
type Taken = Result<Vec<Reading>, Stop>;
/// A measurement, and the dimensions that it reads.
type Step<'a, H> = (&'static [&'static str], fn(&Device<'a, H>) -> Taken);

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failed(error.to_string())
    }
}

/// What [`measure`] reads.
pub fn dimensions() -> impl Iterator<Item = &'static str> {
    [
        Measurement::Offers.dimensions(),
        &SURFACE,
        Measurement::Refusal.dimensions(),
        Measurement::Latency.dimensions(),
        Measurement::Exactness.dimensions(),
        Measurement::Formats.dimensions(),
    ]
    .into_iter()
    .flatten()
    .copied()
}

/// Takes all measurements, and says each reading. The device must loop, with its levels as they are at first; it is as before
/// when this returns, unless it refuses to be.
pub fn measure<H: Hal + ?Sized>(device: &Device<'_, H>, say: &mut dyn FnMut(Reading)) {
    let steps: [Step<'_, H>; 6] = [
        (Measurement::Offers.dimensions(), asked::offers),
        (&SURFACE, asked::surface),
        (Measurement::Refusal.dimensions(), asked::refused),
        (Measurement::Latency.dimensions(), looped::latency),
        (Measurement::Exactness.dimensions(), looped::exactness),
        (Measurement::Formats.dimensions(), looped::formats),
    ];
    for (dimensions, take) in steps {
        take(device).unwrap_or_else(|stop| stop.readings(dimensions)).into_iter().for_each(&mut *say);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_hal::TestHal;
    use std::collections::{BTreeMap, BTreeSet};
    use std::string::String;

    fn taken(hal: &TestHal) -> BTreeMap<String, Reading> {
        let device = Device::with_uid(hal, "test:uid").unwrap();
        let mut all = BTreeMap::new();
        measure(&device, &mut |reading| assert!(all.insert(reading.dimension.clone(), reading).is_none()));
        all
    }

    #[test]
    fn a_device_that_loops_is_measured_and_is_as_before() {
        let hal = TestHal::new();
        let all = taken(&hal);
        assert_eq!(all.keys().map(String::as_str).collect::<BTreeSet<_>>(), dimensions().collect());
        let value = |dimension: &str| all[dimension].value;
        assert_eq!((value("round-trip"), value("bit-exactness")), (Some(0.0), Some(0.0)), "{all:?}");
        assert_eq!((value("rates-advertised"), value("latency-error")), (Some(2.0), Some(0.0)));
        assert!(value("properties-present").unwrap() > 5.0);
        assert_eq!(hal.io_frames.get(), 512);
    }

    #[test]
    fn wrong_bits_and_a_delay_that_nobody_declares_are_found() {
        let all = taken(&TestHal { damages: Some(60_000), ..TestHal::new() });
        assert!(all["bit-exactness"].value.unwrap() > 0.0);
        let all = taken(&TestHal { delay: 7, ..TestHal::new() });
        assert_eq!((all["round-trip"].value, all["latency-error"].value), (Some(7.0), Some(7.0)));
        assert_eq!(all["bit-exactness"].value, Some(0.0));
    }

    #[test]
    fn a_size_that_is_not_the_value_s_is_found() {
        let all = taken(&TestHal { lie: 4, ..TestHal::new() });
        let reading = &all["property-wrong-sizes"];
        assert!(reading.value.unwrap() > 0.0 && reading.details[0].name.contains("12 bytes"), "{reading:?}");
        assert_eq!(taken(&TestHal::new())["property-wrong-sizes"].value, Some(0.0));
    }

    #[test]
    fn frames_that_the_host_leaves_out_are_no_fault_of_the_driver() {
        let all = taken(&TestHal { skips: Some(5), ..TestHal::new() });
        let finding = all["bit-exactness"].finding.as_ref().unwrap();
        assert_eq!(finding.cause, protocol::measure::Cause::NotMeasured);
        assert!(finding.text.contains("left"), "{finding:?}");
    }
}
