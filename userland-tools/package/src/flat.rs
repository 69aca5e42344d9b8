//! The flat package: a xar archive of one component and what tells Installer about it.

use crate::{Error, Tree, bom, cpio, gzipped, xar};

/// The package's identifier: the name of its receipt.
pub const IDENTIFIER: &str = "org.loopflower.pkg";

/// Where Installer puts the tree. Nothing looks for drivers there: the script that runs then puts each where the release wants it.
pub const LOCATION: &str = "/Library/Application Support/Loopflower";

/// The oldest release that Installer takes it on.
const OLDEST: &str = "10.6";

/// Runs behind the copying, with the volume as its third argument.
const POSTINSTALL: &str = include_str!("../scripts/postinstall");

/// A package that puts `tree` at [`LOCATION`] and runs its script `install` then.
///
/// # Errors
/// The tree is larger than a bill is written for.
pub fn package(tree: &Tree, version: &str) -> Result<Vec<u8>, Error> {
    let mut scripts = Tree::default();
    scripts.add_file("postinstall", POSTINSTALL.into(), true);
    let mut whole = Tree::default();
    let parts = [
        ("Distribution", distribution(version, tree.kilobytes()).into_bytes()),
        ("Loopflower.pkg/Bom", bom::bill(tree)?),
        ("Loopflower.pkg/PackageInfo", package_info(tree, version).into_bytes()),
        ("Loopflower.pkg/Payload", gzipped(&cpio::archive(tree))),
        ("Loopflower.pkg/Scripts", gzipped(&cpio::archive(&scripts))),
    ];
    for (name, bytes) in parts {
        whole.add_file(name, bytes, false);
    }
    Ok(xar::archive(&whole))
}

fn package_info(tree: &Tree, version: &str) -> String {
    let (version, count, size) = (xar::escaped(version), tree.len() + 1, tree.kilobytes());
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <pkg-info format-version=\"2\" identifier=\"{IDENTIFIER}\" version=\"{version}\" install-location=\"{LOCATION}\" \
         auth=\"root\" overwrite-permissions=\"true\" relocatable=\"false\">\n  \
         <payload numberOfFiles=\"{count}\" installKBytes=\"{size}\"/>\n  \
         <scripts><postinstall file=\"./postinstall\"/></scripts>\n\
         </pkg-info>\n"
    )
}

/// What Installer shows and asks. Without `hostArchitectures` it would want Rosetta on Apple silicon to run the script.
fn distribution(version: &str, kilobytes: u64) -> String {
    let version = xar::escaped(version);
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <installer-gui-script minSpecVersion=\"1\">\n  \
         <title>Loopflower {version}</title>\n  \
         <options customize=\"never\" require-scripts=\"false\" hostArchitectures=\"i386,x86_64,arm64\"/>\n  \
         <domains enable_anywhere=\"false\" enable_currentUserHome=\"false\" enable_localSystem=\"true\"/>\n  \
         <volume-check><allowed-os-versions><os-version min=\"{OLDEST}\"/></allowed-os-versions></volume-check>\n  \
         <choices-outline><line choice=\"all\"/></choices-outline>\n  \
         <choice id=\"all\" title=\"Loopflower\"><pkg-ref id=\"{IDENTIFIER}\"/></choice>\n  \
         <pkg-ref id=\"{IDENTIFIER}\" version=\"{version}\" installKBytes=\"{kilobytes}\" auth=\"Root\">#Loopflower.pkg</pkg-ref>\n\
         </installer-gui-script>\n"
    )
}
