//! Our own kext with a planted defect.

use std::fs;
use std::path::{Path, PathBuf};

use kernel_build::{Kext, loopflower};

/// A change to one of the shims: `old`, which must stand there exactly once, becomes `new`.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// Name of the file in `kext/shims`.
    pub file: &'a str,
    /// Text in it.
    pub old: &'a str,
    /// What comes in its place.
    pub new: &'a str,
}

/// Builds our kext with patched shims into the folder `place`, as `Loopflower.kext`; its Rust part is that of `target`, where
/// the unpatched kext is built.
///
/// # Errors
/// A patch does not fit, the kext does not build, or a file cannot be written.
pub fn build(target: &Path, place: &Path, patches: &[Patch<'_>]) -> Result<PathBuf, String> {
    // The very path that the unpatched kext is built with: it is part of the compiler's flags, and others mean all anew.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let shims = place.join("shims");
    let kext = loopflower(root, target);
    copy(&root.join("kext/shims"), &shims).map_err(|why| format!("{}: {why}", shims.display()))?;
    for patch in patches {
        apply(&shims.join(patch.file), patch)?;
    }
    let moved = kext.cxx_sources.iter().filter_map(|source| Some(shims.join(source.file_name()?))).collect();
    let kext = Kext { cxx_sources: moved, out_dir: place.to_owned(), ..kext };
    Ok(kernel_build::build(&kext).map_err(|why| format!("{}: {why}", place.display()))?.bundle)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

fn apply(file: &Path, patch: &Patch<'_>) -> Result<(), String> {
    let failed = |why: &dyn std::fmt::Display| format!("{}: {why}", file.display());
    let text = fs::read_to_string(file).map_err(|why| failed(&why))?;
    match text.matches(patch.old).count() {
        1 => fs::write(file, text.replace(patch.old, patch.new)).map_err(|why| failed(&why)),
        times => Err(failed(&format!("\"{}\" stands there {times} times, not once", patch.old))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_must_fit_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Engine.cpp");
        let patch = Patch { file: "Engine.cpp", old: "one", new: "two" };
        for text in ["nothing", "one and one"] {
            fs::write(&file, text).unwrap();
            assert!(apply(&file, &patch).is_err(), "{text}");
        }
        fs::write(&file, "so one is").unwrap();
        apply(&file, &patch).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "so two is");
    }
}
