//! `package`: packs what is built for a Mac. `cargo xtask package` calls it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use package::content::{self, AGENT, Bundles, KEXT, PLUGIN, TOOL};
use package::sign::{self, Identity, Signing};
use package::{At as _, Error, flat, notices, tarball};

/// What the command is called in its signature.
const TOOL_IDENTIFIER: &str = "org.loopflower.tool";

/// Packs the kext and the user-space driver for a Mac
#[derive(Debug, Parser)]
struct Arguments {
    /// Sign the bundles with this certificate and key (PKCS #12), by the program rcodesign
    #[arg(long, value_name = "P12")]
    sign: Option<PathBuf>,

    /// File with the certificate's password [default: it has none]
    #[arg(long, value_name = "FILE", requires = "sign")]
    password_file: Option<PathBuf>,

    /// The server that says when something was signed, or "none": enough for tests, not for notarization [default: Apple's]
    #[arg(long, value_name = "URL", requires = "sign")]
    timestamp_url: Option<String>,

    /// Seal the user-space driver and the command without a certificate (ad hoc), by rcodesign [default: as their linker left them]
    #[arg(long, conflicts_with = "sign")]
    ad_hoc: bool,

    /// Pack this command for Linux, too, and the bundles alone, and write the sums of all (SHA256SUMS); for `cargo xtask release`
    #[arg(long, value_name = "FILE")]
    linux: Option<PathBuf>,

    /// Where the artefacts go [default: target/package]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("package: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Error> {
    let target = package::target();
    let out = arguments.out.clone().unwrap_or_else(|| target.join("package"));
    let mut bundles = Bundles {
        kext: target.join("kext").join(KEXT),
        signed_kext: None,
        plugin: target.join("plugin").join(PLUGIN),
        tool: target.join("tool").join(TOOL),
        agent: target.join("agent").join(AGENT),
    };
    let version = content::version(&bundles.kext)?;
    let staging = fs::create_dir_all(&out).and_then(|()| tempfile::Builder::new().prefix(".package-").tempdir_in(&out));
    let staging = staging.map_err(|why| {
        Error::Usage(format!("{}: nothing can be written there ({why}); name another folder with --out", out.display()))
    })?;
    sign_all(arguments, &mut bundles, staging.path())?;
    let mut tree = content::tree(&bundles)?;
    notices::add(&mut tree, &[notices::DRIVERS, notices::TOOLS])?;
    let name = format!("Loopflower-{version}");
    let mut artefacts = vec![
        (format!("{name}.pkg"), flat::package(&tree, &version)?),
        (format!("{name}.tar.gz"), tarball::archive(&tree, &name).at(&out)?),
    ];
    if let Some(command) = &arguments.linux {
        let (bundles, linux) = (format!("{name}-bundles"), format!("loopflower-{version}-x86_64-linux"));
        let mut of_bundles = tree.only(&["kext", "plug-in"]);
        notices::add(&mut of_bundles, &[notices::DRIVERS])?;
        let mut of_linux = content::linux(command)?;
        notices::add(&mut of_linux, &[notices::DRIVERS, notices::LINUX])?;
        artefacts.push((format!("{bundles}.tar.gz"), tarball::archive(&of_bundles, &bundles).at(&out)?));
        artefacts.push((format!("{linux}.tar.gz"), tarball::archive(&of_linux, &linux).at(&out)?));
        let sums = artefacts.iter().map(|(name, bytes)| format!("{}  {name}\n", package::sha256(bytes)));
        artefacts.push(("SHA256SUMS".to_owned(), sums.collect::<String>().into_bytes()));
    }
    // All of them are written before the first takes the place of an older one.
    for (name, bytes) in &artefacts {
        let fresh = staging.path().join(name);
        fs::write(&fresh, bytes).at(&fresh)?;
    }
    for (name, bytes) in artefacts {
        let path = out.join(&name);
        fs::rename(staging.path().join(&name), &path).at(&path)?;
        println!("{}: {} bytes", path.display(), bytes.len());
    }
    Ok(())
}

/// Puts signed copies below `staging` in the place of what was built. The agent stays as it is, for the loaders of 10.6 and 10.7.
fn sign_all(arguments: &Arguments, bundles: &mut Bundles, staging: &Path) -> Result<(), Error> {
    let password = arguments.password_file.as_deref();
    let identity = arguments.sign.as_deref().map(|certificate| Identity { certificate, password });
    if identity.is_none() && !arguments.ad_hoc {
        return Ok(());
    }
    let signed = |from: &Path, name: &str, identifier, runtime| {
        let to = staging.join(name);
        let signing = Signing { identity, timestamps: arguments.timestamp_url.as_deref(), identifier, runtime };
        sign::sign("rcodesign", signing, from, &to).map(|()| to)
    };
    // Nobody's signature on a kext is no better than none.
    if identity.is_some() {
        bundles.signed_kext = Some(signed(&bundles.kext, KEXT, None, false)?);
    }
    bundles.plugin = signed(&bundles.plugin, PLUGIN, None, identity.is_some())?;
    bundles.tool = signed(&bundles.tool, TOOL, Some(TOOL_IDENTIFIER), identity.is_some())?;
    Ok(())
}
