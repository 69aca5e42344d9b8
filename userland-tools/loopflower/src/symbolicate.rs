//! `loopflower symbolicate`.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use runner::Error;
use runner::symbolicate::{Kext, read, symbolicate};

use crate::arguments::EXIT_CODES;

/// Arguments of `loopflower symbolicate`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Arguments {
    /// A panic of a Mac (the text, or a .panic or .ips report), or a report of `loopflower run`
    panic: PathBuf,

    /// Bundles of kexts, each with debugging information in it or in NAME.kext.dSYM beside it
    #[arg(required = true)]
    bundles: Vec<PathBuf>,
}

/// Puts names to a panic's addresses.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let panic = read(&arguments.panic)?;
    let kexts = arguments.bundles.iter().map(|path| Kext::open(path)).collect::<Result<Vec<Kext>, Error>>()?;
    let done = symbolicate(&panic, &kexts);
    for remark in &done.remarks {
        eprintln!("loopflower: {remark}");
    }
    if done.named == 0 {
        let shown = arguments.panic.display();
        return Err(Error::Usage(format!("{shown}: no address in it is one of {}", names(&kexts))).into());
    }
    std::io::stdout().write_all(done.text.as_bytes()).context("cannot write the panic")?;
    Ok(true)
}

fn names(kexts: &[Kext]) -> String {
    kexts.iter().map(|kext| kext.identifier.as_str()).collect::<Vec<_>>().join(" or ")
}
