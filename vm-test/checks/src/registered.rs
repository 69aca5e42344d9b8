//! The functions that stand behind symbols, as the sources list them.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, Item, ItemFn, LitStr, Path, ReturnType, Token, Type, UseTree, Visibility};

use crate::source::Module;

/// A line of a `functions!` list.
pub struct Registered {
    /// Mach-O name.
    pub symbol: String,
    /// The module of the list.
    pub module: String,
    /// The function, as the list names it.
    pub function: String,
    /// What the function takes and returns; an error says why it was not found.
    pub signature: Result<Signature, String>,
}

/// What a function takes and returns.
pub struct Signature {
    /// How many parameters it has.
    pub parameters: usize,
    /// Whether it returns Rust's `bool`, which fills 8 bits of a register.
    pub returns_bool: bool,
}

struct List(Punctuated<Line, Token![,]>);

struct Line {
    symbol: LitStr,
    function: Path,
}

impl Parse for List {
    fn parse(input: ParseStream<'_>) -> syn::Result<List> {
        input.parse::<Visibility>()?;
        input.parse::<Ident>()?;
        input.parse::<Token![:]>()?;
        Ok(List(Punctuated::parse_terminated(input)?))
    }
}

impl Parse for Line {
    fn parse(input: ParseStream<'_>) -> syn::Result<Line> {
        let symbol = input.parse()?;
        input.parse::<Token![=>]>()?;
        Ok(Line { symbol, function: input.call(Path::parse_mod_style)? })
    }
}

/// Every line of every list.
///
/// # Panics
/// A list is not in the form that the macro takes.
pub fn registered(modules: &[Module]) -> Vec<Registered> {
    let mut all = Vec::new();
    for module in modules {
        for item in &module.items {
            let Item::Macro(item) = item else { continue };
            if item.mac.path.segments.last().is_none_or(|name| name.ident != "functions") {
                continue;
            }
            let list: List = item.mac.parse_body().unwrap_or_else(|error| panic!("{}: {error}", module.name));
            all.extend(list.0.into_iter().map(|line| Registered {
                symbol: line.symbol.value(),
                module: module.name.clone(),
                signature: signature(modules, module, &line.function),
                function: text(&line.function),
            }));
        }
    }
    all
}

fn text(path: &Path) -> String {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect::<Vec<_>>().join("::")
}

/// The path behind a name that a `use` brings in.
fn imported(tree: &UseTree, name: &str) -> Option<Vec<String>> {
    match tree {
        UseTree::Path(path) => {
            let is_it = path.ident == name && names_itself(&path.tree);
            let mut rest = if is_it { Vec::new() } else { imported(&path.tree, name)? };
            rest.insert(0, path.ident.to_string());
            Some(rest)
        }
        UseTree::Name(leaf) => (leaf.ident == name).then(|| vec![name.to_owned()]),
        UseTree::Group(group) => group.items.iter().find_map(|tree| imported(tree, name)),
        UseTree::Rename(_) | UseTree::Glob(_) => None,
    }
}

/// Whether a list has `self` in it, which brings in the module before it.
fn names_itself(tree: &UseTree) -> bool {
    match tree {
        UseTree::Name(leaf) => leaf.ident == "self",
        UseTree::Group(group) => group.items.iter().any(names_itself),
        _ => false,
    }
}

/// Finds the function.
fn signature(modules: &[Module], from: &Module, path: &Path) -> Result<Signature, String> {
    let mut parts: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let imports = from.items.iter().filter_map(|item| if let Item::Use(item) = item { Some(&item.tree) } else { None });
    if let Some(mut imported) = imports.into_iter().find_map(|tree| imported(tree, &parts[0])) {
        imported.extend(parts.drain(1..));
        parts = imported;
    }
    let (function, place) = parts.split_last().ok_or("an empty path")?;
    let name = absolute(&from.name, place);
    let module = modules.iter().find(|module| module.name == name).ok_or_else(|| format!("no module {name}"))?;
    let is_it = |item: &&ItemFn| item.sig.ident == function;
    let functions = module.items.iter().filter_map(|item| if let Item::Fn(item) = item { Some(item) } else { None });
    let item = functions.into_iter().find(is_it).ok_or_else(|| format!("no function {function} in {}", module.name))?;
    if item.sig.abi.is_none() {
        return Err(format!("{function} in {} is not extern \"C\"", module.name));
    }
    let returned = if let ReturnType::Type(_, returned) = &item.sig.output { Some(&**returned) } else { None };
    let returns_bool = matches!(returned, Some(Type::Path(returned)) if returned.path.is_ident("bool"));
    Ok(Signature { parameters: item.sig.inputs.len(), returns_bool })
}

/// The module that the path `place` means in the module `from`.
fn absolute(from: &str, place: &[String]) -> String {
    let mut name: Vec<&str> = from.split("::").collect();
    for part in place {
        match part.as_str() {
            "crate" => name.truncate(1),
            "super" => _ = name.pop(),
            "self" => {}
            part => name.push(part),
        }
    }
    name.join("::")
}
