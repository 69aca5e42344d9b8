//! The C++ part of a kext, and the structure by which the kernel knows it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{At, Error, run};
use crate::kext::Kext;
use crate::tools::Tools;

/// Always needed. `-mkernel` switches the red zone off.
const FLAGS: [&str; 21] = [
    "-target",
    "x86_64-apple-macos10.6",
    "-x",
    "c++",
    "-std=c++17",
    "-mkernel",
    "-fapple-kext",
    "-march=core2",
    "-O2",
    "-fno-exceptions",
    "-fno-rtti",
    "-fno-builtin",
    "-fno-common",
    "-fno-jump-tables",
    "-fno-asynchronous-unwind-tables",
    "-fno-unwind-tables",
    "-fvisibility=hidden",
    "-nostdinc",
    // Else clang 14 warns that it finds no C++ library for this target.
    "-nostdinc++",
    "-Wall",
    "-Wextra",
];

/// Needed by those compilers that know them.
const PROBED_FLAGS: [&[&str]; 1] = [
    // Newer clangs hand destructors of static objects to atexit, which no kernel has; older ones never do.
    &["-mllvm", "-disable-atexit-based-global-dtor-lowering"],
];

/// Compiles the kext's C++ files and its kmod_info into `folder`; returns the object files. What the compiler says is added
/// to `warnings`.
pub(crate) fn build(tools: &Tools, kext: &Kext, folder: &Path, warnings: &mut String) -> Result<Vec<PathBuf>, Error> {
    let kmod_info = folder.join("kmod_info.cpp");
    std::fs::write(&kmod_info, kmod_info_source(kext)).at(&kmod_info)?;
    let probed = tools.accepted_flags(&PROBED_FLAGS)?;
    let sources = kext.cxx_sources.iter().chain([&kmod_info]);
    sources
        .enumerate()
        .map(|(index, source)| {
            let object = folder.join(format!("{index}.o"));
            let mut clang = Command::new(&tools.clang);
            clang.args(FLAGS).args(&probed);
            clang.arg(format!("-ffile-prefix-map={}=.", kext.source_root.display()));
            clang.args(kext.include_dirs.iter().flat_map(|dir| ["-isystem".as_ref(), dir.as_os_str()]));
            clang.args(&kext.cxxflags).arg("-c").arg(source).arg("-o").arg(&object);
            warnings.push_str(&run(&format!("compiling {}", source.display()), &mut clang)?.stderr);
            Ok(object)
        })
        .collect()
}

/// The source of `kmod_info`, packed to 4 bytes as kernels read it: 196 bytes. The kernel fills in what is 0 here.
fn kmod_info_source(kext: &Kext) -> String {
    let (declarations, start, stop) = match &kext.entry {
        Some(entry) => (
            format!("int {}(void *, void *);\nint {}(void *, void *);\n", entry.start, entry.stop),
            entry.start.as_str(),
            entry.stop.as_str(),
        ),
        None => {
            ("static int nothing_to_do(void *, void *) { return 0; }\n".to_owned(), "nothing_to_do", "nothing_to_do")
        }
    };
    format!(
        r#"extern "C" {{
{declarations}#pragma pack(push, 4)
struct KmodInfo {{
    void *next;
    int info_version;
    unsigned id;
    char name[64];
    char version[64];
    int reference_count;
    void *reference_list;
    unsigned long address, size, header_size;
    int (*start)(void *, void *);
    int (*stop)(void *, void *);
}};
#pragma pack(pop)
static_assert(sizeof(KmodInfo) == 196, "kmod_info has the kernel's layout");
extern __attribute__((visibility("default"))) KmodInfo kmod_info;
KmodInfo kmod_info = {{nullptr, 1, ~0u, "{name}", "{version}", -1, nullptr, 0, 0, 0, {start}, {stop}}};
}}
"#,
        name = kext.identifier,
        version = kext.version,
    )
}
