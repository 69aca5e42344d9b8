//! A control as the registry shows it, and its values as people write them.

use plist::Dictionary;
use schemars::JsonSchema;
use serde::Serialize;

use crate::entry::{Entry, word};

/// A four-character code as a number.
const fn code(text: [u8; 4]) -> u32 {
    u32::from_be_bytes(text)
}

const LEVEL: u32 = code(*b"levl");
const TOGGLE: u32 = code(*b"togl");
const SELECTOR: u32 = code(*b"slct");
const OUTPUT: u32 = code(*b"outp");
const INPUT: u32 = code(*b"inpt");

/// The controls of our devices: their names, types, subtypes and usages.
const KNOWN: [(&str, [u32; 3]); 6] = [
    ("volume", [LEVEL, code(*b"vlme"), OUTPUT]),
    ("mute", [TOGGLE, code(*b"mute"), OUTPUT]),
    ("gain", [LEVEL, code(*b"vlme"), INPUT]),
    ("input-mute", [TOGGLE, code(*b"mute"), INPUT]),
    ("clock-source", [SELECTOR, code(*b"clck"), INPUT]),
    ("pitch", [LEVEL, code(*b"ptch"), INPUT]),
];

/// A level that stands for silence.
const SILENCE: u32 = u32::MAX;

/// A control of a device.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Control {
    /// `volume`, `mute`, `gain`, `input-mute`, `clock-source` or `pitch`; that of a channel has `.` and its number behind it.
    pub key: String,
    /// The value in the registry.
    pub value: u32,
    /// What the value means.
    pub label: String,
    /// The value that changes nothing.
    pub neutral: u32,
    #[serde(skip)]
    #[schemars(skip)]
    id: [u32; 4],
    #[serde(skip)]
    #[schemars(skip)]
    kind: Kind,
}

/// What values are possible, and what they mean.
#[derive(Clone, Debug, PartialEq)]
enum Kind {
    /// From a value to a value, labelled linearly from a number to a number of this unit; 0 is silence if it can be.
    Level { values: (u32, u32), labels: (f64, f64), unit: &'static str, silence: bool },
    /// 0 and 1.
    Toggle,
    /// Values with texts.
    Selector(Vec<(u32, String)>),
}

impl Control {
    /// A control; `None` if the entry is none of ours.
    pub(crate) fn of(entry: &Entry) -> Option<Control> {
        let number = |key| word(&entry.properties, key);
        let what = ["IOAudioControlType", "IOAudioControlSubType", "IOAudioControlUsage"].map(number);
        let (name, [kind, ..]) = KNOWN.into_iter().find(|(_, known)| *known == what)?;
        let channel = number("IOAudioControlChannelID");
        let kind = match kind {
            LEVEL => level(entry, name),
            TOGGLE => Kind::Toggle,
            _ => Kind::Selector(selections(entry)),
        };
        let value = number("IOAudioControlValue");
        Some(Control {
            key: if channel == 0 { name.to_owned() } else { format!("{name}.{channel}") },
            value,
            label: kind.label(value),
            neutral: kind.neutral(),
            id: [what[0], what[1], what[2], channel],
            kind,
        })
    }

    /// Type, subtype, usage and channel of a control by its key; `None` if no device of ours has one of that name.
    pub(crate) fn id(key: &str) -> Option<[u32; 4]> {
        let (name, channel) = match key.split_once('.') {
            Some((name, channel)) => (name, channel.parse().ok().filter(|channel| *channel > 0)?),
            None => (key, 0),
        };
        let (_, [kind, sub_kind, usage]) = KNOWN.into_iter().find(|(known, _)| *known == name)?;
        Some([kind, sub_kind, usage, channel])
    }

    /// Its type, subtype, usage and channel.
    pub(crate) fn own_id(&self) -> [u32; 4] {
        self.id
    }

    /// The value that a text means, the nearest one for a level.
    ///
    /// # Errors
    /// What is possible, in words.
    pub(crate) fn parse(&self, text: &str) -> Result<u32, String> {
        let text = text.trim().to_lowercase();
        self.kind.parse(&text).ok_or_else(|| format!("{}: {text} is not possible, {}", self.key, self.kind.possible()))
    }
}

fn level(entry: &Entry, name: &str) -> Kind {
    let label = |key| f64::from(word(&entry.properties, key).cast_signed()) / 65536.0;
    let is_silence = |range: &Dictionary| {
        word(range, "IOAudioLevelControlMaxValue") == 0 && word(range, "IOAudioLevelControlMinDB") == SILENCE
    };
    Kind::Level {
        values: (
            word(&entry.properties, "IOAudioLevelControlMinValue"),
            word(&entry.properties, "IOAudioLevelControlMaxValue"),
        ),
        labels: (label("IOAudioLevelControlMinDB"), label("IOAudioLevelControlMaxDB")),
        unit: if name == "pitch" { "%" } else { "dB" },
        silence: entry.dictionaries("IOAudioLevelControlRanges").any(is_silence),
    }
}

fn selections(entry: &Entry) -> Vec<(u32, String)> {
    let selection = |one: &Dictionary| {
        let text = one.get("IOAudioSelectorControlSelectionDescriptionKey")?.as_string()?;
        Some((word(one, "IOAudioSelectorControlSelectionValue"), text.to_owned()))
    };
    entry.dictionaries("IOAudioSelectorControlAvailableSelections").filter_map(selection).collect()
}

impl Kind {
    fn label(&self, value: u32) -> String {
        match self {
            Kind::Level { silence: true, .. } if value == 0 => "silence".to_owned(),
            Kind::Level { values: (least, most), labels: (low, high), unit, .. } => {
                let steps = f64::from(most.saturating_sub(*least).max(1));
                let label = low + (high - low) * (f64::from(value) - f64::from(*least)) / steps;
                // As many places as a step has.
                if *unit == "%" { format!("{label:+.5} %") } else { format!("{label:+.1} {unit}") }
            }
            Kind::Toggle => if value == 0 { "off" } else { "on" }.to_owned(),
            Kind::Selector(all) => {
                all.iter().find(|(own, _)| *own == value).map_or_else(|| value.to_string(), |(_, text)| text.clone())
            }
        }
    }

    /// The value that changes nothing: a level of 0, off, the first selection.
    fn neutral(&self) -> u32 {
        match self {
            Kind::Level { .. } => self.nearest(0.0).unwrap_or(0),
            Kind::Toggle | Kind::Selector(_) => 0,
        }
    }

    /// The value whose label is nearest to a number that is between the lowest and the highest.
    fn nearest(&self, label: f64) -> Option<u32> {
        let Kind::Level { values: (least, most), labels: (low, high), .. } = self else { return None };
        let steps = f64::from(most.saturating_sub(*least));
        let is_possible = (*low..=*high).contains(&label) && high > low;
        #[expect(clippy::cast_possible_truncation, reason = "between the values, which are 32-bit numbers")]
        #[expect(clippy::cast_sign_loss, reason = "the label is not below the lowest")]
        is_possible.then(|| least + ((label - low) / (high - low) * steps).round() as u32)
    }

    fn parse(&self, text: &str) -> Option<u32> {
        match self {
            Kind::Level { silence: true, .. } if ["silence", "-inf"].contains(&text) => Some(0),
            Kind::Level { unit, .. } => {
                let number = text.strip_suffix(&unit.to_lowercase()).unwrap_or(text).trim();
                self.nearest(number.parse().ok()?)
            }
            Kind::Toggle => match text {
                "on" | "yes" | "true" | "1" => Some(1),
                "off" | "no" | "false" | "0" => Some(0),
                _ => None,
            },
            Kind::Selector(all) => {
                let named = |(value, own): &&(u32, String)| {
                    (!text.is_empty() && own.to_lowercase().starts_with(text)) || value.to_string() == text
                };
                all.iter().find(named).map(|(value, _)| *value)
            }
        }
    }

    fn possible(&self) -> String {
        match self {
            Kind::Level { labels: (low, high), unit, silence, .. } => {
                let silence = if *silence { "silence or " } else { "" };
                format!("{silence}{low:+} to {high:+} {unit} is")
            }
            Kind::Toggle => "on or off is".to_owned(),
            Kind::Selector(all) => {
                let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
                format!("{} is", texts.join(" or "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOLUME: Kind = Kind::Level { values: (0, 128), labels: (-64.0, 0.0), unit: "dB", silence: true };
    const PITCH: Kind = Kind::Level { values: (0, 200_000), labels: (-1.0, 1.0), unit: "%", silence: false };

    #[test]
    fn levels_are_read_as_they_are_labelled() {
        for (text, value, label) in
            [("-6", 116, "-6.0 dB"), ("-6.5db", 115, "-6.5 dB"), ("-63.5 db", 1, "-63.5 dB"), ("0", 128, "+0.0 dB")]
        {
            assert_eq!((VOLUME.parse(text), VOLUME.label(value).as_str()), (Some(value), label));
        }
        assert_eq!((VOLUME.parse("silence"), VOLUME.label(0).as_str()), (Some(0), "silence"));
        assert_eq!((PITCH.parse("-0.5%"), PITCH.label(50_000).as_str()), (Some(50_000), "-0.50000 %"));
        assert_eq!((VOLUME.neutral(), PITCH.neutral(), Kind::Toggle.neutral()), (128, 100_000, 0));
        for text in ["1", "-65", "nan", "inf", "", "loud", "-inf%"] {
            assert_eq!(VOLUME.parse(text), None, "{text}");
        }
        assert_eq!(PITCH.parse("silence"), None);
        assert_eq!(VOLUME.possible(), "silence or -64 to +0 dB is");
    }

    #[test]
    fn toggles_and_selectors_are_read_by_their_texts() {
        assert_eq!(
            (Kind::Toggle.parse("on"), Kind::Toggle.parse("no"), Kind::Toggle.parse("2")),
            (Some(1), Some(0), None)
        );
        let clock = Kind::Selector(vec![(0, "Host clock".to_owned()), (1, "Adjustable".to_owned())]);
        assert_eq!((clock.parse("adjustable"), clock.parse("host"), clock.parse("1")), (Some(1), Some(0), Some(1)));
        assert_eq!((clock.parse(""), clock.parse("word clock")), (None, None));
    }

    #[test]
    fn keys_name_controls_of_all_and_of_one_channel() {
        assert_eq!(Control::id("volume.2"), Some([LEVEL, code(*b"vlme"), OUTPUT, 2]));
        assert_eq!(Control::id("clock-source").map(|id| id[3]), Some(0));
        for key in ["Volume", "volume.", "volume.0", "volume.x", "loudness"] {
            assert_eq!(Control::id(key), None, "{key}");
        }
    }
}
