//! Signing bundles by `rcodesign`, which signs for Macs on any system.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{At as _, Error};

/// A certificate with its key.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// A PKCS #12 file.
    pub certificate: &'a Path,
    /// A file whose first line is its password; without one it has none.
    pub password: Option<&'a Path>,
}

/// How something is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signing<'a> {
    /// Whose signature it is; nobody's (ad hoc) without one.
    pub identity: Option<Identity<'a>>,
    /// The server that says when it was signed, "none" for no such statement; without one Apple's. Ad hoc needs none.
    pub timestamps: Option<&'a str>,
    /// The name that a program has in its signature; a bundle has one of its own.
    pub identifier: Option<&'a str>,
    /// Whether the hardened runtime is asked for, as notarization wants of what starts a process or is loaded into one. A kext
    /// has no version of a kit from which rcodesign could say one of the runtime.
    pub runtime: bool,
}

/// Writes a signed copy of a bundle or a program.
///
/// # Errors
/// `rcodesign` is missing or refuses; a file that the identity names is not there.
pub fn sign(program: &str, signing: Signing, from: &Path, to: &Path) -> Result<(), Error> {
    let files = signing.identity.map(|identity| [Some(identity.certificate), identity.password]);
    for path in files.into_iter().flatten().flatten() {
        if !path.is_file() {
            return Err(Error::Usage(format!("{}: there is no such file to sign with", path.display())));
        }
    }
    let done = command(program, signing).arg(from).arg(to).stdin(Stdio::null()).output();
    let done = match done {
        Err(why) if why.kind() == ErrorKind::NotFound => {
            return Err(Error::Missing(format!(
                "{program}, which signs for Macs, is missing; type: cargo install apple-codesign"
            )));
        }
        other => other.at(Path::new(program))?,
    };
    if !done.status.success() {
        return Err(refusal(program, signing, from, &String::from_utf8_lossy(&done.stderr)));
    }
    let seal = if from.is_dir() { to.join("Contents/_CodeSignature/CodeResources") } else { to.to_owned() };
    if !seal.is_file() {
        return Err(Error::Refused(format!("{program} ended well, but {} has no signature", to.display())));
    }
    Ok(())
}

fn command(program: &str, signing: Signing) -> Command {
    let mut command = Command::new(program);
    command.arg("sign");
    if let Some(identity) = signing.identity {
        command.arg("--p12-file").arg(identity.certificate);
        match identity.password {
            Some(file) => command.arg("--p12-password-file").arg(file),
            None => command.args(["--p12-password", ""]),
        };
        command.args(signing.timestamps.into_iter().flat_map(|server| ["--timestamp-url", server]));
    }
    command.args(signing.identifier.into_iter().flat_map(|name| ["--binary-identifier", name]));
    if signing.runtime {
        command.args(["--code-signature-flags", "runtime"]);
    }
    command
}

/// What its refusal means and what to do then; in its own words where we have none.
fn refusal(program: &str, signing: Signing, from: &Path, said: &str) -> Error {
    let certificate = signing.identity.map(|identity| identity.certificate.display().to_string()).unwrap_or_default();
    if said.contains("incorrect password") {
        return Error::Usage(format!(
            "{certificate}: the password is wrong; name the file that has it with --password-file. If it is right, the file is \
             encrypted as OpenSSL 3 does it, which {program} does not read: make it anew with openssl pkcs12 -export -legacy"
        ));
    }
    if said.contains("error parsing PFX") {
        return Error::Usage(format!(
            "{certificate}: this is no certificate with its key (PKCS #12); export it as a .p12 file"
        ));
    }
    if said.contains("Time-Stamp Protocol") {
        return Error::Missing(
            "the server that says when something was signed does not answer; try again when the network is back, or with \
             --timestamp-url none, which is enough for tests but not for notarization"
                .to_owned(),
        );
    }
    let said = said.trim_end();
    Error::Refused(format!("{program} did not sign {}; it says:\n{said}", from.display()))
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
        fs::create_dir(&bundle).unwrap();
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let run = |password| {
            let identity = Some(Identity { certificate: &certificate, password });
            let signing = Signing { identity, timestamps: Some("none"), identifier: Some("org.l"), runtime: true };
            sign(&text(&program), signing, &bundle, &to).map(|()| fs::read_to_string(path("rcodesign.log")).unwrap())
        };
        let said = run(None).unwrap();
        let lines: Vec<&str> = said.split('\n').collect();
        assert_eq!(lines[..3], ["sign", "--p12-file", &text(&certificate)]);
        assert_eq!(lines[3..7], ["--p12-password", "", "--timestamp-url", "none"]);
        assert_eq!(lines[7..11], ["--binary-identifier", "org.l", "--code-signature-flags", "runtime"]);
        assert_eq!(lines[11..13], [text(&bundle), text(&to)]);

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
        let signing = Signing { identity: None, timestamps: None, identifier: None, runtime: false };
        let missing = sign("no-such-rcodesign", signing, &bundle, &to).unwrap_err();
        assert!(missing.exit_code() == 3 && missing.to_string().contains("cargo install apple-codesign"), "{missing}");
    }
}
