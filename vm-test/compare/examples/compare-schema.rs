//! Writes the result's JSON schema, and the page of the example report from its result. `cargo xtask gen` runs it.
#![forbid(unsafe_code)]

use std::path::Path;

use compare::Comparison;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Comparison))? + "\n";
    std::fs::write(folder.join("result.schema.json"), schema)?;
    let example = folder.join("example");
    let page = compare::page(&Comparison::read_report(&example)?);
    Ok(std::fs::write(example.join("index.html"), page)?)
}
