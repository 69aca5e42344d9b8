//! How long the data path takes: a write and a read of one block, through engine and mover as the driver calls them.
//!
//! The unit is what a loop costs at least: one memcpy of the block into the ring and one out of it. Beside it stands a usual
//! shape of loopback drivers, written for this: copy in, a strided multiply for each channel, copy out. All shapes are
//! measured by turns in the same buffers, and ratios are the median of each turn's own ratio, so that what else the machine
//! does disturbs them alike.

mod case;
mod device;
mod instructions;
mod measure;
mod memory;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use case::{Block, Case};
use measure::{Measured, measure};

/// Measures the data path of the loopback engine: a write and a read of one block, beside two copies of it.
#[derive(Parser)]
#[command(name = "cargo xtask bench io", version)]
struct Arguments {
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Count instructions too, with valgrind.
    #[arg(long)]
    instructions: bool,
    /// Run one case for so many blocks, to be watched from outside, and print nothing.
    #[arg(long, requires_all = ["case", "channels", "frames"])]
    cycles: Option<u32>,
    /// The case, with --cycles.
    #[arg(long, value_enum, requires = "cycles")]
    case: Option<Case>,
    /// The channels, with --cycles.
    #[arg(long, requires = "cycles", value_parser = clap::value_parser!(u32).range(1..=256))]
    channels: Option<u32>,
    /// The frames of a block, with --cycles.
    #[arg(long, requires = "cycles", value_parser = clap::value_parser!(u32).range(1..=4096))]
    frames: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table.
    Human,
    /// One JSON object per case.
    Json,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("io-bench: {error:#}");
            ExitCode::from(if error.is::<instructions::Missing>() { 3 } else { 1 })
        }
    }
}

/// Whether all bounds hold.
fn run(arguments: &Arguments) -> Result<bool> {
    if let Arguments {
        cycles: Some(cycles), case: Some(case), channels: Some(channels), frames: Some(frames), ..
    } = *arguments
    {
        instructions::run(case, Block { channels, frames }, cycles)?;
        return Ok(true);
    }
    if arguments.format == Format::Human {
        println!(
            "{:>12}  {:<17}{:>9}{:>10}{:>12}{:>12}{:>14}",
            "block", "case", "ns", "copies", "to copies", "to strided", "instr./frame"
        );
    }
    let mut broken = Vec::new();
    for block in Block::ALL {
        for mut measured in measure(block)? {
            if arguments.instructions {
                measured.instructions_per_frame = Some(instructions::per_frame(measured.case, block)?);
            }
            show(&measured, arguments.format)?;
            broken.extend(measured.broken());
        }
    }
    for bound in &broken {
        eprintln!("broken: {bound}");
    }
    Ok(broken.is_empty())
}

fn show(measured: &Measured, format: Format) -> Result<()> {
    if format == Format::Json {
        println!("{}", serde_json::to_string(measured)?);
        return Ok(());
    }
    let Measured { block, ns, ns_memcpy, ratio_to_memcpy, ratio_to_strided, .. } = measured;
    let (size, name) = (format!("{} × {}", block.channels, block.frames), measured.case.name());
    let counted = measured.instructions_per_frame.map(|count| format!("{count:.1}")).unwrap_or_default();
    println!(
        "{size:>12}  {name:<17}{ns:>9.0}{ns_memcpy:>10.0}{ratio_to_memcpy:>12.2}{ratio_to_strided:>12.2}{counted:>14}"
    );
    Ok(())
}
