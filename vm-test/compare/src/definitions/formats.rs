//! What sample formats there are.

use super::{Better, Definition, Group};

pub(super) const DEFINITIONS: &[Definition] = &[
    Definition {
        id: "formats-advertised",
        group: Group::Formats,
        title: "Physical formats advertised",
        unit: "formats",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Physical formats of all streams of the first device, one for each encoding, depth and channel count; a range \
                 of rates counts once.",
        meaning: "What programs can choose from. The server converts to and from whatever there is.",
        on_mac: "kAudioStreamPropertyAvailablePhysicalFormats of each stream.",
    },
    Definition {
        id: "rates-advertised",
        group: Group::Formats,
        title: "Sample rates advertised",
        unit: "rates",
        better: Better::Neither,
        tolerance: 0.0,
        method: "Nominal rates that the first device takes, a range counting once.",
        meaning: "Sound at another rate is resampled by the server.",
        on_mac: "kAudioDevicePropertyAvailableNominalSampleRates.",
    },
    Definition {
        id: "formats-wrong",
        group: Group::Formats,
        title: "Wrong conversions",
        unit: "wrong samples",
        better: Better::Lower,
        tolerance: 0.0,
        method: "Each advertised format that clients see as floats is chosen and sound is played through it. Samples that come back \
                 further from what was played than one step of the format; for floats, samples that differ.",
        meaning: "A format whose label does not say what is in it is noise, or sound at half the level.",
        on_mac: "The same through an IOProc that takes the physical format without the server's conversion.",
    },
];
