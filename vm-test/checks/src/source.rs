//! The bench's own sources, parsed.

use std::path::{Path, PathBuf};

/// A source file of the bench.
pub struct Module {
    /// Crate and path in it: `kpi::libkern::array`.
    pub name: String,
    /// What is in it, tests left out.
    pub items: Vec<syn::Item>,
}

/// Every module of the crates that stand in for the kernel, by name.
///
/// # Panics
/// A source cannot be read or parsed.
pub fn modules() -> Vec<Module> {
    let bench = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("");
    let mut modules: Vec<Module> =
        ["kpi", "ioaudio", "host"].into_iter().flat_map(|name| of_crate(&bench, name)).collect();
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(modules.len() > 3, "no sources in {}", bench.display());
    modules
}

fn of_crate(bench: &Path, name: &str) -> Vec<Module> {
    let folder = bench.join(name).join("src");
    let files = walkdir::WalkDir::new(&folder).into_iter().map(|entry| entry.expect("the sources can be listed"));
    let sources = files.filter(|entry| entry.path().extension().is_some_and(|end| end == "rs"));
    sources.map(|entry| read(name, &folder, entry.path())).collect()
}

fn read(crate_name: &str, folder: &Path, file: &Path) -> Module {
    let text = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let path: PathBuf = file.strip_prefix(folder).expect("listed below the folder").with_extension("");
    let mut name = crate_name.to_owned();
    for part in path.iter().map(|part| part.to_string_lossy()) {
        if !matches!(&*part, "lib" | "mod") {
            name = format!("{name}::{part}");
        }
    }
    Module { name, items: syntax.items.into_iter().filter(|item| !is_test(item)).collect() }
}

fn is_test(item: &syn::Item) -> bool {
    let syn::Item::Mod(module) = item else { return false };
    module.attrs.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<syn::Ident>().is_ok_and(|name| name == "test")
    })
}

/// The text of a documentation comment.
pub fn documentation(attributes: &[syn::Attribute]) -> String {
    let line = |attribute: &syn::Attribute| {
        let syn::Meta::NameValue(pair) = &attribute.meta else { return None };
        let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &pair.value else { return None };
        pair.path.is_ident("doc").then(|| text.value())
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join("\n").trim().to_owned()
}
