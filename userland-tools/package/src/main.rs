//! `package`: packs what is built for a Mac. `cargo xtask package` calls it.
#![forbid(unsafe_code)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;

use package::content::{self, AGENT, Bundles, KEXT, PLUGIN, TOOL};
use package::sign::{self, Identity};
use package::{At as _, Error, flat, tarball};

/// Packs the kext and the user-space driver for a Mac
#[derive(Debug, Parser)]
struct Arguments {
    /// Sign the bundles with this certificate and key (PKCS #12), by the program rcodesign
    #[arg(long, value_name = "P12")]
    sign: Option<PathBuf>,

    /// File with the certificate's password [default: it has none]
    #[arg(long, value_name = "FILE", requires = "sign")]
    password_file: Option<PathBuf>,

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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."));
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let out = arguments.out.clone().unwrap_or_else(|| target.join("package"));
    let (kext, plugin) = (target.join("kext").join(KEXT), target.join("plugin").join(PLUGIN));
    let version = content::version(&kext)?;
    fs::create_dir_all(&out).at(&out)?;
    let staging = tempfile::Builder::new().prefix(".package-").tempdir_in(&out).at(&out)?;
    let mut bundles = Bundles {
        kext,
        signed_kext: None,
        plugin,
        tool: target.join("tool").join(TOOL),
        agent: target.join("agent").join(AGENT),
    };
    if let Some(certificate) = &arguments.sign {
        let identity = Identity { certificate, password: arguments.password_file.as_deref() };
        let signed = |bundle: &Path, name: &str| {
            let to = staging.path().join(name);
            sign::sign("rcodesign", identity, bundle, &to).map(|()| to)
        };
        bundles.signed_kext = Some(signed(&bundles.kext, KEXT)?);
        bundles.plugin = signed(&bundles.plugin, PLUGIN)?;
    }
    let tree = content::tree(&bundles)?;
    let name = format!("Loopflower-{version}");
    let artefacts = [
        (out.join(format!("{name}.pkg")), flat::package(&tree, &version)?),
        (out.join(format!("{name}.tar.gz")), tarball::archive(&tree, &name).at(&out)?),
    ];
    for (path, bytes) in artefacts {
        let fresh = staging.path().join("fresh");
        fs::write(&fresh, &bytes).and_then(|()| fs::rename(&fresh, &path)).at(&path)?;
        println!("{}: {} bytes, {} files and folders", path.display(), bytes.len(), tree.len());
    }
    Ok(())
}
