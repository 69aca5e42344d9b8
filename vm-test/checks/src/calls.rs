//! What the bench looks up by name while it runs: a name that is not there stops the run.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprLit, ExprMethodCall, Lit};

use crate::source::Module;

/// A name that is looked up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lookup {
    /// `Method::new(class, name)`.
    Method(String, String),
    /// `Direct::new(name)`.
    Direct(String),
    /// `class::instantiate(name)`.
    Instantiate(String),
    /// `object.is(name)`.
    IsKindOf(String),
    /// `symbols::variable(name)`.
    Variable(String),
    /// `symbols::address(name)`, which finds nothing without harm.
    Ask(String),
}

/// Every look-up of a literal, with the module that it stands in.
pub fn lookups(modules: &[Module]) -> Vec<(&str, Lookup)> {
    let of_module = |module: &'_ Module| {
        let mut found = Found(Vec::new());
        for item in &module.items {
            found.visit_item(item);
        }
        found.0
    };
    modules.iter().flat_map(|module| of_module(module).into_iter().map(|found| (module.name.as_str(), found))).collect()
}

struct Found(Vec<Lookup>);

impl<'a> Visit<'a> for Found {
    fn visit_expr_call(&mut self, call: &'a ExprCall) {
        if let Expr::Path(path) = &*call.func {
            let path: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let literals: Option<Vec<String>> = call.args.iter().map(literal).collect();
            self.0.extend(match (path.as_slice(), literals.as_deref()) {
                ([.., "Method", "new"], Some([class, name])) => Some(Lookup::Method(class.clone(), name.clone())),
                ([.., "Direct", "new"], Some([name])) => Some(Lookup::Direct(name.clone())),
                ([.., "instantiate"], Some([name])) => Some(Lookup::Instantiate(name.clone())),
                ([.., "symbols", "variable"], Some([name])) => Some(Lookup::Variable(name.clone())),
                ([.., "symbols", "address"], Some([name])) => Some(Lookup::Ask(name.clone())),
                _ => None,
            });
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'a ExprMethodCall) {
        if call.method == "is" && call.args.len() == 1 {
            self.0.extend(call.args.first().and_then(literal).map(Lookup::IsKindOf));
        }
        visit::visit_expr_method_call(self, call);
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}
