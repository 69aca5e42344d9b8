//! What a command has done.

use schemars::JsonSchema;
use serde::Serialize;

use crate::device::Device;
use crate::driver::{Answer, Request};
use crate::human;

/// Version of the report's shape; the schema is in report.schema.json beside this crate.
pub const FORMAT: &str = "loopflower devices 1";

/// What was done, what was refused, and the devices that it is about.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// What was done, in a sentence; nothing if it was only asked.
    pub done: Option<String>,
    /// What the driver refused.
    pub refused: Vec<Refused>,
    /// The devices that it is about, as they are now.
    pub devices: Vec<Device>,
    #[serde(skip)]
    #[schemars(skip)]
    pub(crate) in_detail: bool,
}

/// A request that the driver refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// What was asked for, in words.
    pub request: String,
    /// The name of the IOReturn.
    pub code: String,
    /// What the driver says about it.
    pub reasons: Vec<String>,
}

impl Refused {
    /// The refusals among answers.
    pub(crate) fn among(requests: &[Request], answers: &[Answer]) -> Vec<Refused> {
        let refused = requests.iter().zip(answers).filter(|(_, answer)| answer.code != 0);
        refused
            .map(|(request, answer)| Refused {
                request: request.in_words(),
                code: answer.name(),
                reasons: answer.log.clone(),
            })
            .collect()
    }

    /// In a sentence.
    pub fn in_words(&self) -> String {
        let said: Vec<&str> = std::iter::once(&self.code).chain(&self.reasons).map(String::as_str).collect();
        format!("{}: {}", self.request, said.join("; "))
    }
}

impl Report {
    pub(crate) fn new(done: Option<String>, refused: Vec<Refused>, devices: Vec<Device>) -> Report {
        Report { format: FORMAT.to_owned(), done, refused, devices, in_detail: false }
    }

    /// Whether nothing was refused.
    pub fn held(&self) -> bool {
        self.refused.is_empty()
    }

    /// The report as one line of JSON.
    pub fn to_json(&self) -> String {
        // A report holds nothing that JSON cannot hold.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The report for people; refusals are not in it.
    pub fn to_text(&self) -> String {
        match &self.done {
            Some(done) => format!("{done}\n"),
            None if self.in_detail => self.devices.iter().map(human::detail).collect(),
            None => human::table(&self.devices),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_schema_is_that_of_the_report() {
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report)).unwrap() + "\n";
        assert!(schema == include_str!("../report.schema.json"), "type: cargo xtask gen");
    }
}
