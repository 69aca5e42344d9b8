//! Writes the result's JSON schema. `cargo xtask gen` runs it.
#![forbid(unsafe_code)]

use std::path::Path;

use compare::Comparison;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Comparison))? + "\n";
    Ok(std::fs::write(Path::new(env!("CARGO_MANIFEST_DIR")).join("result.schema.json"), schema)?)
}
