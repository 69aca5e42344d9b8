//! Signing bundles by `rcodesign`, which signs for Macs on any system.

use std::path::Path;
use std::process::Command;

use crate::{At as _, Error};

/// A certificate with its key.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// A PKCS #12 file.
    pub certificate: &'a Path,
    /// A file whose first line is its password; without one it has none.
    pub password: Option<&'a Path>,
}

/// Writes a signed copy of a bundle.
///
/// # Errors
/// `rcodesign` is missing or refuses; the certificate is not there.
pub fn sign(program: &str, identity: Identity, bundle: &Path, to: &Path) -> Result<(), Error> {
    for path in [Some(identity.certificate), identity.password].into_iter().flatten() {
        if !path.is_file() {
            return Err(Error::Usage(format!("{}: there is no such file to sign with", path.display())));
        }
    }
    let mut command = Command::new(program);
    command.arg("sign").arg("--p12-file").arg(identity.certificate);
    match identity.password {
        Some(file) => command.arg("--p12-password-file").arg(file),
        None => command.args(["--p12-password", ""]),
    };
    // Notarization asks for the hardened runtime of what is signed.
    command.args(["--code-signature-flags", "runtime"]).arg(bundle).arg(to);
    let status = match command.status() {
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(format!(
                "{program}, which signs for Macs, is missing; type: cargo install apple-codesign"
            )));
        }
        other => other.at(Path::new(program))?,
    };
    if !status.success() {
        return Err(Error::Refused(format!(
            "{program} did not sign {} ({status}); see what it says above",
            bundle.display()
        )));
    }
    if !to.join("Contents/_CodeSignature/CodeResources").is_file() {
        return Err(Error::Refused(format!("{program} ended well, but {} has no signature", to.display())));
    }
    Ok(())
}
