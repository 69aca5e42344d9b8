//! Writes the report's JSON schema. `cargo xtask gen` runs it.
#![forbid(unsafe_code)]

use std::path::Path;

use devices::Report;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Report))? + "\n";
    Ok(std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("report.schema.json"), schema)?)
}
