//! core-io-sys's bindings are those that the headers give, and say what the facts say.
use abi::tables::Value;
use header_check::bindings;
use header_check::facts::Facts;
use std::fs;
use std::mem::{offset_of, size_of};
use std::sync::LazyLock;

static FACTS: LazyLock<Facts> = LazyLock::new(Facts::of_claimed_releases);

#[test]
fn bindings_are_current() {
    match bindings::render() {
        Ok(wanted) => {
            let found = fs::read_to_string(bindings::path()).unwrap();
            assert!(found == wanted, "run `cargo run -p header-check -- generate`");
        }
        // Another libclang may print the same otherwise; the other tests hold without any.
        Err(error) if error.exit_code() == 3 => eprintln!("skipped: {error}"),
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_function_is_exported_to_kexts_by_every_claimed_release() {
    let text = fs::read_to_string(bindings::path()).unwrap();
    let names: Vec<_> =
        text.lines().filter_map(|line| line.trim().strip_prefix("pub fn ")?.split('(').next()).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(FACTS.is_importable(None, &format!("_{name}")), "{name}");
    }
}

#[test]
fn a_function_that_came_later_is_not_taken_for_one_of_every_release() {
    assert!(FACTS.releases.last().unwrap().exports("__ZN9IOService15configureReportEP19IOReportChannelListjPvS2_"));
    assert!(!FACTS.is_importable(None, "__ZN9IOService15configureReportEP19IOReportChannelListjPvS2_"));
}

#[test]
fn every_number_is_the_facts_number_on_every_release() {
    let text = fs::read_to_string(bindings::path()).unwrap();
    let mut compared = 0;
    for line in text.lines().filter_map(|line| line.strip_prefix("pub const ")) {
        let (name, rest) = line.split_once(": ").unwrap();
        let (_, value) = rest.split_once(" = ").unwrap();
        let Ok(value) = value.trim_end_matches(';').parse::<i128>() else { continue };
        for release in &FACTS.releases {
            if let Some(known) = release.constants.get(name) {
                assert_eq!(known.value, Value::Number(value), "{name} on {}", release.release);
                compared += 1;
            }
        }
    }
    assert!(compared > 1000, "{compared}");
}

macro_rules! assert_layout {
    ($($name:ident { $($field:ident),* })*) => {$(
        for release in &FACTS.releases {
            let known = &release.structs[stringify!($name)];
            assert_eq!(size_of::<core_io_sys::$name>(), known.size as usize, "{} on {}", known.name, release.release);
            let mut fields = release.struct_fields[stringify!($name)].iter();
            $(
                let field = fields.next().unwrap();
                let offset = offset_of!(core_io_sys::$name, $field) as u32;
                assert_eq!((stringify!($field), offset), (field.name, field.offset), "on {}", release.release);
            )*
            assert_eq!(fields.next(), None);
        }
    )*};
}

#[test]
fn every_structure_has_the_facts_layout() {
    assert_layout! {
        mach_timebase_info { numer, denom }
        _IOAudioEngineStatus { fVersion, fCurrentLoopCount, fLastLoopTime, fEraseHeadSampleFrame }
        _IOAudioStreamFormat {
            fNumChannels, fSampleFormat, fNumericRepresentation, fBitDepth, fBitWidth, fAlignment, fByteOrder, fIsMixable,
            fDriverTag
        }
        _IOAudioStreamFormatExtension { fVersion, fFlags, fFramesPerPacket, fBytesPerPacket }
        _IOAudioSampleRate { whole, fraction }
        _IOAudioSMPTETime {
            fSubframes, fSubframeDivisor, fCounter, fType, fFlags, fHours, fMinutes, fSeconds, fFrames
        }
        _IOAudioTimeStamp {
            fSampleTime, fHostTime, fRateScalar, fWordClockTime, fSMPTETime, fFlags, fReserved
        }
    }
}
