//! What the package carries, and where on the disk it is taken from.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{Error, Tree};

const INSTALL: &str = include_str!("../scripts/install");
const UNINSTALL: &str = include_str!("../scripts/uninstall");

/// Name of the kext's bundle in the package.
pub const KEXT: &str = "Loopflower.kext";
/// Name of the user-space driver's bundle.
pub const PLUGIN: &str = "Loopflower.driver";

/// Name of the command in the package.
pub const TOOL: &str = "loopflower";
/// Name of the agent, which is for the releases that the command is not for.
pub const AGENT: &str = "loopflower-agent";

/// Schemas of what the command says as JSON, and where the sources have them.
const SCHEMAS: [(&str, &str); 3] = [
    ("run", "vm-test/runner/report.schema.json"),
    ("compare", "vm-test/compare/result.schema.json"),
    ("devices", "userland-tools/devices/report.schema.json"),
];

/// What is packed, on the disk.
#[derive(Clone, Debug)]
pub struct Bundles {
    /// The kext as it was built, without a signature: the only form that 10.6 and 10.7 link.
    pub kext: PathBuf,
    /// The same with a signature, where there is one.
    pub signed_kext: Option<PathBuf>,
    /// The user-space driver.
    pub plugin: PathBuf,
    /// The command for Macs.
    pub tool: PathBuf,
    /// The agent for Macs of 10.6 to 10.11.
    pub agent: PathBuf,
}

/// The tree that both artefacts carry.
///
/// # Errors
/// A bundle, the command or the agent is absent, or cannot be read.
pub fn tree(bundles: &Bundles) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    tree.add_file("install", INSTALL.into(), true);
    tree.add_file("uninstall", UNINSTALL.into(), true);
    let signed = bundles.signed_kext.iter().map(|path| (format!("kext/signed/{KEXT}"), path));
    let others = [(format!("kext/unsigned/{KEXT}"), &bundles.kext), (format!("plug-in/{PLUGIN}"), &bundles.plugin)];
    for (to, from) in signed.chain(others) {
        version(from)?;
        tree.add_bundle(&to, from)?;
    }
    for (name, path, verb) in [(TOOL, &bundles.tool, "tool"), (AGENT, &bundles.agent, "agent")] {
        tree.add_file(&format!("bin/{name}"), read(path, verb)?, true);
    }
    Ok(tree)
}

/// A file that a verb of `cargo xtask` makes.
fn read(path: &Path, verb: &str) -> Result<Vec<u8>, Error> {
    let why =
        |why| Error::NotABundle { path: path.to_owned(), why: format!("{why}; build it with `cargo xtask {verb}`") };
    fs::read(path).map_err(why)
}

/// The command for Linux, alone.
///
/// # Errors
/// It is absent.
pub fn linux(command: &Path) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    tree.add_file(TOOL, read(command, "release")?, true);
    Ok(tree)
}

/// What the command for Linux carries inside when it is handed out alone, with the paths below the build's folder `target` where it
/// would look otherwise; and the schemas of the `root` folder's sources.
///
/// # Errors
/// Something is absent or cannot be read.
pub fn inside(target: &Path, root: &Path) -> Result<Tree, Error> {
    let mut tree = Tree::default();
    for place in [format!("kext/{KEXT}"), format!("plugin/{PLUGIN}")] {
        version(&target.join(&place))?;
        tree.add_bundle(&place, &target.join(&place))?;
    }
    for place in [format!("agent/{AGENT}"), "guest/guest.elf".to_owned()] {
        tree.add_file(&place, read(&target.join(&place), "build")?, true);
    }
    for (name, place) in SCHEMAS {
        tree.add_file(&format!("schemas/{name}.schema.json"), read(&root.join(place), "gen")?, false);
    }
    Ok(tree)
}

/// The version that a bundle's Info.plist gives it.
///
/// # Errors
/// There is no bundle, or it names no version.
pub fn version(bundle: &Path) -> Result<String, Error> {
    let path = bundle.join("Contents/Info.plist");
    let odd = |why: String| Error::NotABundle { path: path.clone(), why };
    let info = plist::Value::from_file(&path)
        .map_err(|why| odd(format!("{why}; build the bundle with `cargo xtask kext` or `cargo xtask plugin`")))?;
    let key = "CFBundleShortVersionString";
    let version = info.as_dictionary().and_then(|info| info.get(key)).and_then(plist::Value::as_string);
    version.map(str::to_owned).ok_or_else(|| odd(format!("the bundle names no {key}; write it there")))
}
