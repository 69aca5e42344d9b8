//! What the first device offers.

use alloc::vec::Vec;

use protocol::measure::Reading;

use crate::{Driver, Offers, Stop, first};

/// How many formats and rates there are.
pub fn measure(driver: &mut impl Driver) -> Result<Vec<Reading>, Stop> {
    let device = first(driver)?;
    let Offers { formats, rates } = driver.offers(&device)?;
    Ok(Vec::from([Reading::new("formats-advertised", formats as f64), Reading::new("rates-advertised", rates as f64)]))
}
