//! Definitions: what is refused, and with which words.

use engine::config::{Definition, Device, MAX_NAME, RATES};
use proptest::prelude::*;

fn definition() -> Definition<'static> {
    Definition { name: Some("Loopflower 2ch"), uid: Some("loopflower:2ch"), channels: 2, rates: &RATES }
}

fn refusal(definition: &Definition<'_>) -> String {
    Device::new(definition).unwrap_err().to_string()
}

#[test]
fn the_shipped_device_is_good() {
    let device = Device::new(&definition()).unwrap();
    assert_eq!((device.name(), device.uid(), device.channels()), ("Loopflower 2ch", "loopflower:2ch", 2));
    assert_eq!((device.rates(), device.default_rate()), (&RATES[..], 44_100));
    assert_eq!((device.ring_frames(), device.format().frame_bytes()), (16384, 8));
}

#[test]
fn each_refusal_names_key_value_and_limit() {
    let good = definition();
    let long = "x".repeat(MAX_NAME + 1);
    let every = "[44100, 48000, 88200, 96000, 176400, 192000]";
    assert_eq!(refusal(&Definition { name: None, ..good }), "Name: absent or not a string");
    assert_eq!(refusal(&Definition { uid: None, ..good }), "UID: absent or not a string");
    assert_eq!(refusal(&Definition { uid: Some(""), ..good }), "UID: 0 bytes, 1 to 63 are possible");
    assert_eq!(refusal(&Definition { name: Some(&long), ..good }), "Name: 64 bytes, 1 to 63 are possible");
    assert_eq!(refusal(&Definition { name: Some("a\nb"), ..good }), "Name: control characters are not possible");
    assert_eq!(refusal(&Definition { channels: 0, ..good }), "Channels: 0, only 2 are possible");
    assert_eq!(refusal(&Definition { rates: &[], ..good }), "Rates: none, at least one is needed");
    assert_eq!(refusal(&Definition { rates: &[44_100, 0], ..good }), format!("Rates: 0 is not one of {every}"));
    assert_eq!(refusal(&Definition { rates: &[48_000, 48_000], ..good }), "Rates: 48000 stands there twice");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_definition_gets_an_answer(
        name in proptest::option::of(".{0,80}"),
        uid in proptest::option::of(".{0,80}"),
        channels in 0u32..4,
        rates in prop::collection::vec(prop_oneof![prop::sample::select(&RATES[..]), any::<u32>()], 0..12),
    ) {
        let definition = Definition { name: name.as_deref(), uid: uid.as_deref(), channels, rates: &rates };
        match Device::new(&definition) {
            Ok(device) => {
                prop_assert_eq!(Some(device.name()), definition.name);
                prop_assert_eq!(device.rates(), &rates[..]);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
