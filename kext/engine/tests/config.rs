//! Definitions: what is refused, and with which words.

mod common;

use common::{Plist, numbers, text, with};
use engine::config::{Device, MAX_NAME, RATES};
use engine::controls::{Control, Kind, Setting};
use engine::format::{SampleFormat, StreamFormat};
use proptest::prelude::*;

fn refusal(key: &str, value: Plist) -> String {
    Device::new(&with(&[(key, value)])).unwrap_err().to_string()
}

#[test]
fn the_least_definition_gets_everything_that_can_be() {
    let device = Device::new(&with(&[])).unwrap();
    assert_eq!((device.name(), device.uid(), device.channels()), (c"Loopflower 2ch", c"loopflower:2ch", 2));
    assert_eq!((device.rates(), device.default_rate()), (&RATES[..], 44_100));
    assert_eq!((device.formats(), device.default_format()), (&SampleFormat::ALL[..], SampleFormat::Float32));
    assert_eq!((device.ring_frames(), device.ring_bytes()), (16384, 131_072));
    assert_eq!((device.latency(), device.safety_offset()), (0, 0));
    assert_eq!((device.is_hidden(), device.can_be_default(), device.controlled_channels()), (false, true, 2));
}

#[test]
fn rates_that_are_too_much_for_the_channels_are_left_out() {
    for (channels, highest) in [(32, 768_000), (64, 384_000), (256, 96_000)] {
        let device = Device::new(&with(&[("Channels", Plist::Number(channels))])).unwrap();
        assert_eq!(device.rates().iter().max(), Some(&highest), "{channels}");
        assert_eq!(device.controlled_channels(), if channels > 64 { 0 } else { channels as u32 });
    }
}

#[test]
fn each_refusal_names_key_value_and_limit() {
    let every = format!("{RATES:?}");
    let long = "x".repeat(MAX_NAME + 1);
    for (key, value, words) in [
        ("Name", Plist::Data, "Name: absent or not a text".to_owned()),
        ("UID", Plist::Number(1), "UID: absent or not a text".to_owned()),
        ("UID", text(""), "UID: 0 bytes, 1 to 63 are possible".to_owned()),
        ("Name", text(&long), "Name: 64 bytes, 1 to 63 are possible".to_owned()),
        ("Name", text("a\nb"), "Name: control characters are not possible".to_owned()),
        ("Channels", Plist::Number(0), "Channels: 0, 1 to 256 are possible".to_owned()),
        ("Channels", Plist::Number(1 << 32), "Channels: 4294967296, 1 to 256 are possible".to_owned()),
        ("Channels", text("2"), "Channels: absent or not a number".to_owned()),
        ("RingFrames", Plist::Number(2047), "RingFrames: 2047, 2048 to 1048576 are possible".to_owned()),
        ("RingFrames", Plist::Flag(true), "RingFrames: absent or not a number".to_owned()),
        ("Latency", Plist::Number(4097), "Latency: 4097, 0 to 4096 are possible".to_owned()),
        ("SafetyOffset", Plist::Number(u64::MAX), format!("SafetyOffset: {}, 0 to 4096 are possible", u64::MAX)),
        ("Rates", Plist::List(vec![]), "Rates: none, at least one is needed".to_owned()),
        ("Rates", Plist::Number(44_100), "Rates: absent or not a list".to_owned()),
        ("Rates", Plist::List(vec![text("44100")]), "Rates: absent or not a list of numbers".to_owned()),
        ("Rates", numbers(&[44_100, 0]), format!("Rates: 0 is not one of {every}")),
        ("Rates", numbers(&[48_000, 48_000]), "Rates: 48000 stands there twice".to_owned()),
        ("Formats", Plist::List(vec![]), "Formats: none, at least one is needed".to_owned()),
        (
            "Formats",
            Plist::List(vec![text("Float64 and a lot more")]),
            "Formats: Float64 and a lo is not one of Float32 Int16 Int24 Int24In32 Int32".to_owned(),
        ),
        ("Formats", Plist::List(vec![text("Int16"), text("Int16")]), "Formats: Int16 stands there twice".to_owned()),
        ("Hidden", Plist::Number(1), "Hidden: absent or not a flag".to_owned()),
        (
            "Colour",
            Plist::Number(1),
            "1 of its keys are unknown, possible are Name, UID, Channels, Rates, RingFrames, Latency, SafetyOffset, \
             Formats, Hidden, CanBeDefault, ChannelControls"
                .to_owned(),
        ),
    ] {
        assert_eq!(refusal(key, value), words);
    }
    assert_eq!(Device::new(&Plist::Data).unwrap_err().to_string(), "it is no dictionary");
    let many = with(&[("Channels", Plist::Number(64)), ("Rates", numbers(&[768_000]))]);
    let words = "Rates: 768000 with 64 channels is 49152000 samples/s, 24576000 are possible";
    assert_eq!(Device::new(&many).unwrap_err().to_string(), words);
    let large = with(&[("Channels", Plist::Number(256)), ("RingFrames", Plist::Number(16385))]);
    assert_eq!(Device::new(&large).unwrap_err().to_string(), "RingFrames: 16385, 2048 to 16384 are possible");
}

#[test]
fn a_change_is_to_a_format_and_rate_of_the_device() {
    let device = Device::new(&with(&[("Formats", Plist::List(vec![text("Int16")])), ("Rates", numbers(&[48_000]))]));
    let device = device.unwrap();
    let format = StreamFormat::of(2, SampleFormat::Int16);
    assert_eq!(device.check_change(&format, Some((48_000, 0))), Ok((SampleFormat::Int16, Some(48_000))));
    assert_eq!(device.check_change(&format, None), Ok((SampleFormat::Int16, None)));
    for rate in [(0, 0), (48_000, 1), (44_100, 0), (u32::MAX, u32::MAX)] {
        assert!(device.check_change(&format, Some(rate)).is_err(), "{rate:?}");
    }
    for other in [StreamFormat::of(3, SampleFormat::Int16), StreamFormat::of(2, SampleFormat::Float32)] {
        assert!(device.check_change(&other, None).is_err(), "{other:?}");
    }
    assert!(device.check_change(&StreamFormat { mixable: false, ..format }, None).is_err());
}

#[test]
fn every_control_has_a_number_of_its_own() {
    let device = Device::new(&with(&[("Channels", Plist::Number(64))])).unwrap();
    let controls: Vec<Control> = Control::of(&device).collect();
    assert_eq!(controls.len(), 6 + 4 * 64);
    for (index, control) in controls.iter().enumerate() {
        assert_eq!(Control::with_id(control.id()), Some(*control));
        assert!(controls[..index].iter().all(|other| other.id() != control.id()));
        assert!(Setting::new(*control, control.neutral()).is_ok());
        assert!(Setting::new(*control, control.most()).is_ok());
        assert!(Setting::new(*control, control.most() + 1).is_err());
    }
    let pitch = Control { kind: Kind::Pitch, channel: 1 };
    assert_eq!((Control::with_id(pitch.id()), Control::with_id(u32::MAX)), (None, None));
}

fn plist() -> impl Strategy<Value = Plist> {
    let leaf = prop_oneof![
        ".{0,70}".prop_map(Plist::Text),
        any::<u64>().prop_map(Plist::Number),
        (0u64..300).prop_map(Plist::Number),
        any::<bool>().prop_map(Plist::Flag),
        prop::sample::select(&RATES[..]).prop_map(|rate| Plist::Number(u64::from(rate))),
        prop::sample::select(&SampleFormat::ALL[..]).prop_map(|format| text(format.name())),
        Just(Plist::Data),
    ];
    leaf.prop_recursive(2, 32, 8, |inner| prop::collection::vec(inner, 0..20).prop_map(Plist::List))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_definition_gets_an_answer(
        changes in prop::collection::vec(
            (prop::sample::select(vec![
                "Name", "UID", "Channels", "Rates", "RingFrames", "Latency", "SafetyOffset", "Formats", "Hidden",
                "CanBeDefault", "ChannelControls", "Other",
            ]), plist()),
            0..6,
        ),
    ) {
        match Device::new(&with(&changes)) {
            Ok(device) => {
                prop_assert!((1..=256).contains(&device.channels()));
                prop_assert!(device.ring_bytes() <= 16 << 20);
                prop_assert!(!device.rates().is_empty() && !device.formats().is_empty());
                let load = |rate: &u32| u64::from(*rate) * u64::from(device.channels());
                prop_assert!(device.rates().iter().all(|rate| load(rate) <= 24_576_000));
                prop_assert!(device.latency() <= device.ring_frames() / 4);
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
