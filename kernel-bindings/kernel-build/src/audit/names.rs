//! Symbols that a kext must not have, and those that it must not show.

use super::{Finding, Image, Rule};

/// What a symbol's name may not start with, what it is, and what brings it in. Mach-O names.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("___cxa_atexit", "a static object's destructor", "clang's -mllvm -disable-atexit-based-global-dtor-lowering"),
    ("_atexit", "a static object's destructor", "static objects without destructors, or -fapple-kext"),
    ("___dso_handle", "a static object's destructor", "clang's -mllvm -disable-atexit-based-global-dtor-lowering"),
    ("___cxa_guard_", "a static object in a function", "an object outside of the function, or -fno-threadsafe-statics"),
    ("__ZGV", "a static object in a function", "an object outside of the function"),
    ("__ZTI", "type information", "-fno-rtti"),
    ("__ZTS", "type information", "-fno-rtti"),
    ("___dynamic_cast", "type information", "OSDynamicCast"),
    ("___gxx_personality", "the unwinder", "-fno-exceptions"),
    ("_rust_eh_personality", "the unwinder", "-Cpanic=abort, with core rebuilt"),
    ("__Unwind_", "the unwinder", "-fno-exceptions for C++, -Cpanic=abort for Rust"),
    ("___unw_", "the unwinder", "-fno-exceptions for C++, -Cpanic=abort for Rust"),
    ("___register_frame", "the unwinder", "-fno-exceptions"),
    ("___cxa_throw", "an exception", "-fno-exceptions"),
    ("___cxa_rethrow", "an exception", "-fno-exceptions"),
    ("___cxa_begin_catch", "an exception", "-fno-exceptions"),
    ("___cxa_allocate_exception", "an exception", "-fno-exceptions"),
    ("___clang_call_terminate", "an exception", "-fno-exceptions"),
    ("__ZSt9terminatev", "an exception", "-fno-exceptions"),
    ("___chkstk_darwin", "a stack probe of macOS 10.15", "a deployment target before 10.15"),
    ("dyld_stub_binder", "the dynamic linker", "calls by relocation: the post-link step makes them"),
];

/// Sections that only an unwinder reads.
const UNWINDER_SECTIONS: [&str; 3] = ["__unwind_info", "__eh_frame", "__gcc_except_tab"];

/// The findings about names. A library's are there to be seen.
pub(super) fn check(image: &Image<'_>, is_library: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for symbol in &image.symbols {
        if let Some((_, what, instead)) = FORBIDDEN.iter().find(|(start, ..)| symbol.name.starts_with(start)) {
            let problem = format!("{what}; kernels have no support for it");
            findings
                .push(Finding::new(Rule::ForbiddenSymbol, problem, format!("use {instead}")).at_symbol(symbol.name));
        }
        if !is_library && symbol.external && symbol.defined && !crate::EXPORTED.contains(&symbol.name) {
            let problem = "is visible to other kexts and may clash with a name of theirs";
            let fix = "leave it out of the exported symbols: -fvisibility=hidden, or the linker's export list";
            findings.push(Finding::new(Rule::Export, problem, fix).at_symbol(symbol.name));
        }
    }
    for section in image.sections.iter().filter(|section| UNWINDER_SECTIONS.iter().any(|name| section.name == *name)) {
        let problem = format!("section {} is for an unwinder, and kernels have none", section.name);
        let fix = "compile with -fno-unwind-tables -fno-asynchronous-unwind-tables, -Cforce-unwind-tables=no";
        findings.push(Finding::new(Rule::ForbiddenSymbol, problem, fix));
    }
    findings
}
