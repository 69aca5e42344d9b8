//! Which device is meant: one rule for whatever has devices.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::Error;

/// A device as it is chosen by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its UID, which no other has.
    pub uid: String,
    /// Its name, which others may have.
    pub name: String,
}

/// The place among `devices` of the one with the UID `wanted`, or else of the only one with that name.
///
/// # Errors
/// There is none, or several have the name; the error lists those that there are.
pub fn choose(wanted: &str, devices: &[Listed]) -> Result<usize, Error> {
    if let Some(place) = devices.iter().position(|device| device.uid == wanted) {
        return Ok(place);
    }
    let named: Vec<usize> = (0..devices.len()).filter(|place| devices[*place].name == wanted).collect();
    match named[..] {
        [place] => Ok(place),
        [] => {
            let there = devices.iter().map(|device| format!("{} (\"{}\")", device.uid, device.name)).collect();
            Err(Error::NoDevice { wanted: wanted.to_string(), there })
        }
        [..] => {
            let uids = named.into_iter().map(|place| devices[place].uid.clone()).collect();
            Err(Error::Ambiguous { name: wanted.to_string(), uids })
        }
    }
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    #[test]
    fn a_device_is_meant_by_its_uid_or_by_a_name_that_is_its_alone() {
        let of = |uid: &str, name: &str| Listed { uid: uid.to_string(), name: name.to_string() };
        let devices = vec![of("a:1", "One"), of("a:2", "Two"), of("b:2", "Two"), of("c", "a:1")];
        assert_eq!(choose("b:2", &devices), Ok(2));
        assert_eq!(choose("One", &devices), Ok(0));
        assert_eq!(choose("a:1", &devices), Ok(0), "a UID comes first");
        let why = choose("Two", &devices).unwrap_err();
        assert_eq!(
            (why.code(), why.to_string().as_str()),
            (2, "several devices are named \"Two\"; take a UID: a:2, b:2")
        );
        let why = choose("three", &devices[..2]).unwrap_err();
        assert_eq!(why.to_string(), "there is no device \"three\"; there are: a:1 (\"One\"), a:2 (\"Two\")");
    }
}
