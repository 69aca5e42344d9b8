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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    /// Notes its arguments, one a line, and signs as `rcodesign` would, or ends as it is told to.
    const STAND_IN: &str = "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$0.log\"\n[ ! -f \"$0.fails\" ] || exit 1\n[ ! -f \"$0.idle\" ] || exit 0\n\
                            for to; do :; done\nmkdir -p \"$to/Contents/_CodeSignature\"\n: > \"$to/Contents/_CodeSignature/CodeResources\"\n";

    #[test]
    fn rcodesign_is_given_what_it_needs_and_believed_only_with_a_seal() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (program, certificate, password) = (path("rcodesign"), path("me.p12"), path("password"));
        fs::write(&program, STAND_IN).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(&certificate, "").unwrap();
        let (bundle, to) = (path("L.kext"), path("signed.kext"));
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let run = |password| {
            let identity = Identity { certificate: &certificate, password };
            sign(&text(&program), identity, &bundle, &to).map(|()| fs::read_to_string(path("rcodesign.log")).unwrap())
        };
        let said = run(None).unwrap();
        let lines: Vec<&str> = said.split('\n').collect();
        assert_eq!(lines[..3], ["sign", "--p12-file", &text(&certificate)]);
        assert_eq!(lines[3..7], ["--p12-password", "", "--code-signature-flags", "runtime"]);
        assert_eq!(lines[7..9], [text(&bundle), text(&to)]);

        let absent = run(Some(&password)).unwrap_err();
        assert!(absent.exit_code() == 2 && absent.to_string().contains("password"), "{absent}");
        fs::write(&password, "secret\n").unwrap();
        let said = run(Some(&password)).unwrap();
        assert!(said.contains("--p12-password-file") && !said.contains("secret"), "{said}");

        fs::remove_dir_all(&to).unwrap();
        for (mark, words) in [("rcodesign.idle", "has no signature"), ("rcodesign.fails", "did not sign")] {
            fs::write(path(mark), "").unwrap();
            let refused = run(None).unwrap_err();
            assert!(refused.exit_code() == 1 && refused.to_string().contains(words), "{refused}");
        }
        let identity = Identity { certificate: &certificate, password: None };
        let missing = sign("no-such-rcodesign", identity, &bundle, &to).unwrap_err();
        assert!(missing.exit_code() == 3 && missing.to_string().contains("cargo install apple-codesign"), "{missing}");
    }
}
