//! What is shown, against values that were taken by hand, with another program, from what the tables were made of.

use abi::{Arch, Release, Target};
use research::show::show;
use serde_json::Value;

/// A name, release and processor (none: all), and what its JSON has at some places.
type Check = (&'static str, Option<(&'static str, Arch)>, &'static [(&'static str, &'static str)]);

use Arch::{Arm64e, X86_64};

const CHECKS: &[Check] = &[
    (
        "IOAudioEngine::takeTimeStamp",
        Some(("10.6", X86_64)),
        &[
            ("/symbols/0/symbol", "__ZN13IOAudioEngine13takeTimeStampEbPy"),
            ("/symbols/0/slots/0/slot", "348"),
            ("/symbols/0/declarations/0/deprecated", "null"),
        ],
    ),
    (
        "__ZN13IOAudioEngine13takeTimeStampEbPy",
        Some(("11", Arm64e)),
        &[("/symbols/0/slots/0/slot", "354"), ("/symbols/0/name", "IOAudioEngine::takeTimeStamp")],
    ),
    (
        "IOAudioEngine::takeTimeStamp(bool, AbsoluteTime *)",
        Some(("10.10", X86_64)),
        &[
            ("/symbols/0/declarations/0/introduced", "10.4"),
            ("/symbols/0/declarations/0/deprecated", "10.10"),
            ("/symbols/0/declarations/0/signature", "void IOAudioEngine::takeTimeStamp(bool, AbsoluteTime *)"),
        ],
    ),
    (
        "IOAudioEngine",
        Some(("10.6", X86_64)),
        &[
            ("/class/layout/size", "280"),
            ("/class/layout/slots", "383"),
            ("/class/layout/data_size", "280"),
            ("/class/layout/is_abstract", "true"),
            ("/class/layout/superclasses/0", "IOService"),
        ],
    ),
    (
        "IOAudioStream",
        Some(("13", Arm64e)),
        &[("/class/layout/size", "336"), ("/class/layout/slots", "360"), ("/class/layout/data_size", "336")],
    ),
    (
        "IOAudioEngine",
        Some(("10.9", X86_64)),
        &[
            ("/class/layout/fields/8/name", "status"),
            ("/class/layout/fields/8/type", "IOAudioEngineStatus *"),
            ("/class/layout/fields/8/offset", "176"),
            ("/class/layout/fields/8/size", "8"),
        ],
    ),
    (
        "IOAudioDevice",
        Some(("10.14", X86_64)),
        &[
            ("/class/layout/fields/9/name", "audioEngines"),
            ("/class/layout/fields/9/offset", "176"),
            ("/class/layout/fields/9/access", "protected"),
        ],
    ),
    (
        "IOAudioEngine::useHiResSampleInterval",
        Some(("12", X86_64)),
        &[("/symbols/0/slots/0/slot", "282"), ("/symbols/0/symbol", "__ZN13IOAudioEngine22useHiResSampleIntervalEv")],
    ),
    ("IOAudioEngine::calculateSampleTimeoutHiRes", Some(("12", X86_64)), &[("/symbols/0/slots/0/slot", "281")]),
    ("OSString", Some(("10.12", X86_64)), &[("/class/layout/size", "32"), ("/class/layout/slots", "61")]),
    (
        "OSObject::Dispatch",
        Some(("10.15", X86_64)),
        &[("/symbols/0/slots/0/slot", "12"), ("/symbols/0/symbol", "__ZN8OSObject8DispatchE5IORPC")],
    ),
    (
        "_RESERVEDOSMetaClassBase3",
        Some(("10.14", X86_64)),
        &[
            ("/symbols/0/symbol", "__ZN15OSMetaClassBase25_RESERVEDOSMetaClassBase3Ev"),
            ("/symbols/0/slots/0/slot", "12"),
        ],
    ),
    ("IOMemoryMap", Some(("10.13", X86_64)), &[("/class/layout/size", "16"), ("/class/states/0/kernel_size", "112")]),
    ("IOService::probe", Some(("10.8", X86_64)), &[("/symbols/0/slots/0/slot", "183")]),
    (
        "IOWorkLoop::runAction",
        Some(("10.8", X86_64)),
        &[
            ("/symbols/0/slots/0/slot", "52"),
            ("/symbols/0/symbol", "__ZN10IOWorkLoop9runActionEPFiP8OSObjectPvS2_S2_S2_ES1_S2_S2_S2_S2_"),
        ],
    ),
    (
        "IOLog",
        None,
        &[
            ("/symbols/0/exports/1/component", "com.apple.kpi.iokit"),
            ("/symbols/0/exports/1/on/x86_64", "10.6-15"),
            ("/symbols/0/exports/1/on/i386", "10.4-10.7"),
            ("/symbols/0/exports/1/on/ppc", "10.4-10.5"),
            ("/symbols/0/exports/0/component", "com.apple.kernel.6.0"),
        ],
    ),
    (
        "_IOMallocAligned",
        Some(("14", X86_64)),
        &[
            ("/symbols/0/exports/0/alias_of", "_IOMallocAligned_external"),
            ("/symbols/0/declarations/0/header", "IOKit/IOLib.h"),
        ],
    ),
    (
        "memset_s",
        None,
        &[
            ("/symbols/0/exports/0/component", "com.apple.kpi.libkern"),
            ("/symbols/0/exports/0/on/x86_64", "10.13-15"),
            ("/symbols/0/exports/0/on/arm64e", "11-15"),
        ],
    ),
    (
        "IOMemoryDescriptor::doMap",
        Some(("10.6", X86_64)),
        &[
            ("/symbols/0/slots/0/slot", "70"),
            ("/symbols/0/slots/0/kernel_symbol", "__ZN18IOMemoryDescriptor5doMapEP7_vm_mapPyjyy"),
        ],
    ),
    (
        "IOAudioControl",
        Some(("10.6", X86_64)),
        &[("/class/layout/fields/8/name", "value"), ("/class/layout/fields/8/offset", "176")],
    ),
    ("IOTimerEventSource", Some(("15", Arm64e)), &[("/class/layout/size", "96"), ("/class/layout/slots", "83")]),
    (
        "IOAudioToggleControl::init",
        Some(("10.6", X86_64)),
        &[
            ("/symbols/0/slots/0/slot", "346"),
            ("/symbols/0/symbol", "__ZN20IOAudioToggleControl4initEbjPKcjjjP12OSDictionary"),
        ],
    ),
    (
        "kIOAudioEngineStateKey",
        Some(("10.14", X86_64)),
        &[
            ("/constant/states/0/value", "\"IOAudioEngineState\""),
            ("/constant/states/0/header", "IOKit/audio/IOAudioDefines.h"),
        ],
    ),
];

#[test]
fn what_is_shown_is_what_the_source_has() {
    assert!(CHECKS.len() >= 20);
    for (name, target, places) in CHECKS {
        let target = target.map(|(release, arch)| Target { release: release.parse::<Release>().unwrap(), arch });
        let shown = show(name, target).unwrap_or_else(|error| panic!("{name}: {error}"));
        let shown = serde_json::to_value(&shown).unwrap();
        for (place, expected) in *places {
            let found = match shown.pointer(place) {
                Some(Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
                None => panic!("{name} has nothing at {place}: {shown}"),
            };
            assert_eq!(found, *expected, "{name} {target:?} {place}");
        }
    }
}
