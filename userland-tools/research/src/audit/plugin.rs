//! A user-space driver (AudioServerPlugIn).

use std::collections::BTreeMap;

use serde::Serialize;

use super::bundle::Bundle;
use super::image::slices;
use super::{Audited, Finding};

/// The type of user-space drivers, which CFPlugInTypes lists factories under.
const TYPE: &str = "443ABAB8-E7B3-491A-B985-BEB9187030DB";
/// File types that the HAL loads: libraries and bundles.
const LOADABLE: [u32; 2] = [6, 8];

/// An import of a user-space driver.
#[derive(Clone, Debug, Serialize)]
pub struct PlugInImport {
    /// Mach-O name.
    pub symbol: String,
    /// The library that it is to come from; empty where it is not said.
    pub library: String,
    /// It may be missing.
    pub weak: bool,
    /// Whether the bench's host has it; `None` where there is no bench.
    pub host: Option<bool>,
}

/// What is found of a user-space driver; `host` says whether the bench's host has a name, where there is a bench.
pub fn audit(bundle: &Bundle, host: Option<&dyn Fn(&str) -> bool>) -> Audited {
    let slices = slices(&bundle.executable);
    let imports = slices.iter().find(|slice| slice.arch == "x86_64").or(slices.first());
    let imports = imports.into_iter().flat_map(|slice| &slice.imports).map(|import| PlugInImport {
        symbol: import.symbol.clone(),
        library: import.library.clone(),
        weak: import.weak,
        host: host.map(|host| host(&import.symbol)),
    });
    let mut findings = Vec::new();
    let mut broken = |problem: String, way_out: &str| {
        findings.push(Finding { rule: "driver".to_owned(), place: None, problem, way_out: way_out.to_owned() });
    };
    let list = &bundle.list;
    let made = list.types.iter().find(|(name, _)| name.eq_ignore_ascii_case(TYPE)).map(|(_, factories)| factories);
    match made.and_then(|factories| factories.first()) {
        None => broken(
            format!("CFPlugInTypes does not list {TYPE}"),
            "list the factory under the type of user-space drivers",
        ),
        Some(factory) => match list.factories.iter().find(|(name, _)| name.eq_ignore_ascii_case(factory)) {
            None => {
                broken(format!("CFPlugInFactories does not have {factory}"), "name the function that makes the driver");
            }
            Some((_, function)) => {
                for slice in &slices {
                    if !slice.exports.is_empty() && !slice.exports.contains(&format!("_{function}")) {
                        broken(
                            format!("the part for {} does not export _{function}", slice.arch),
                            "export the factory",
                        );
                    }
                }
            }
        },
    }
    for slice in slices.iter().filter(|slice| slice.unreadable.is_empty() && !LOADABLE.contains(&slice.file_type)) {
        let problem = format!("the part for {} is a Mach-O of type {}", slice.arch, slice.file_type);
        broken(problem, "build a bundle (8) or a library (6)");
    }
    Audited {
        bundle: bundle.path.clone(),
        kind: "driver",
        unreadable: bundle.unreadable.clone(),
        verdicts: Vec::new(),
        minimum: None,
        maximum: None,
        deprecated: None,
        info: list.clone(),
        needed: BTreeMap::new(),
        findings,
        sealed: bundle.sealed,
        imports: Vec::new(),
        classes: Vec::new(),
        plugin_imports: imports.collect(),
        slices,
    }
}
