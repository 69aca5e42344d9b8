//! The research desk's verbs: what the deprecated interfaces are, and what takes their place.

use std::fmt::Display;
use std::io::Write;
use std::process::Command;

use abi::{Arch, Release, Target};
use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::{EXIT_CODES, Format};

/// The release and processor that an answer is about.
#[derive(Debug, Args)]
pub struct Where {
    /// Only what holds on this release
    #[arg(long, value_name = "RELEASE", value_parser = every_release())]
    os: Option<Release>,

    /// The processor; with --os, or for the layout
    #[arg(long, value_name = "ARCH", default_value = "x86_64", value_parser = archs())]
    arch: Arch,
}

/// Arguments of `loopflower kpi show`.
#[derive(Debug, Args)]
pub struct Show {
    /// A Mach-O name, a C++ name with or without parameters (`IOAudioEngine::setState`), or a class
    #[arg(value_name = "SYMBOL|CLASS|CLASS::METHOD")]
    name: String,

    #[command(flatten)]
    place: Where,

    #[command(flatten)]
    form: Form,
}

/// Arguments of `loopflower kpi diff`.
#[derive(Debug, Args)]
pub struct Diff {
    /// The release that is compared
    #[arg(value_name = "FROM", value_parser = every_release())]
    from: Release,

    /// The release that it is compared with
    #[arg(value_name = "TO", value_parser = every_release())]
    to: Release,

    /// Only this class, with the exports of its members
    class: Option<String>,

    /// The processor
    #[arg(long, value_name = "ARCH", default_value = "x86_64", value_parser = archs())]
    arch: Arch,

    #[command(flatten)]
    form: Form,
}

/// Arguments of `loopflower kpi search`.
#[derive(Debug, Args)]
pub struct Search {
    /// The text; upper and lower case are one
    text: String,

    #[command(flatten)]
    form: Form,
}

/// Arguments of `loopflower kpi timeline`.
#[derive(Debug, Args)]
pub struct Timeline {
    /// Only what holds on this release, or update of one ("10.14.5")
    #[arg(value_name = "RELEASE")]
    os: Option<String>,

    /// Form of the timeline on standard output
    #[arg(long, value_enum, default_value_t = PageFormat::Human)]
    format: PageFormat,
}

/// Arguments of `loopflower capture-advice`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct CaptureAdvice {
    #[command(flatten)]
    mac: Mac,
}

/// Arguments of `loopflower install`.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Install {
    /// Tell what is needed, and change nothing; what installs is in the package (cargo xtask package)
    #[arg(long, required = true)]
    check: bool,

    #[command(flatten)]
    mac: Mac,
}

/// The Mac that an answer is about.
#[derive(Debug, Args)]
struct Mac {
    /// The release, or update of one ("14.4") [default: `install` tells of this Mac's, `capture-advice` a line of each]
    #[arg(long, value_name = "RELEASE")]
    os: Option<String>,

    /// The processor [default: both]
    #[arg(long, value_name = "ARCH", value_parser = PossibleValuesParser::new(research::advice::ARCHS))]
    arch: Option<String>,

    #[command(flatten)]
    form: Form,
}

/// How to answer.
#[derive(Debug, Args)]
struct Form {
    /// Form of the answer on standard output
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
}

/// Forms of what may become a page.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PageFormat {
    /// Text
    Human,
    /// One JSON object a line
    Json,
    /// A table in Markdown
    Markdown,
}

/// Tells what came, went and moved between two releases.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn diff(arguments: &Diff) -> anyhow::Result<bool> {
    let on = |release| Target { release, arch: arguments.arch };
    let (from, to) = (on(arguments.from), on(arguments.to));
    tell(&research::diff::diff(from, to, arguments.class.as_deref())?, arguments.form.format)
}

/// Looks for a text in all names.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn search(arguments: &Search) -> anyhow::Result<bool> {
    tell(&research::search::search(&arguments.text)?, arguments.form.format)
}

/// Tells what was deprecated, signed, approved and installed how, by release.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn timeline(arguments: &Timeline) -> anyhow::Result<bool> {
    let timeline = research::timeline::timeline(arguments.os.as_deref())?;
    match arguments.format {
        PageFormat::Human => tell(&timeline, Format::Human),
        PageFormat::Json => tell(&timeline, Format::Json),
        PageFormat::Markdown => write(&timeline.markdown()),
    }
}

/// Tells how to get at the system's audio.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn capture_advice(arguments: &CaptureAdvice) -> anyhow::Result<bool> {
    let Mac { os, arch, form } = &arguments.mac;
    tell(&research::advice::advice(os.as_deref(), arch.as_deref())?, form.format)
}

/// Tells what an installation needs.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn install(arguments: &Install) -> anyhow::Result<bool> {
    let Mac { os, arch, form } = &arguments.mac;
    let os = os.clone().map_or_else(this_mac, Ok)?;
    tell(&research::install::needs(&os, arch.as_deref())?, form.format)
}

/// The version of the system that runs here.
fn this_mac() -> Result<String, research::Error> {
    // Without the variable, programs made for old releases are told 10.16 for 11 and later.
    let asked = Command::new("sw_vers").arg("-productVersion").env("SYSTEM_VERSION_COMPAT", "0").output();
    let text = asked.ok().filter(|done| done.status.success()).and_then(|done| String::from_utf8(done.stdout).ok());
    text.map(|text| text.trim().to_owned()).ok_or_else(|| {
        research::Error::NoFacts("this is no Mac; name the release of one with --os, for example --os 10.13".to_owned())
    })
}

/// Shows what is known of a name.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn show(arguments: &Show) -> anyhow::Result<bool> {
    let Where { os, arch } = arguments.place;
    tell(&research::show::show(&arguments.name, os.map(|release| Target { release, arch }))?, arguments.form.format)
}

/// Prints an answer.
///
/// # Errors
/// Wrong usage, no facts, or the answer cannot be written.
pub fn tell(answer: &(impl Display + Serialize), format: Format) -> anyhow::Result<bool> {
    let text = match format {
        Format::Human => answer.to_string(),
        Format::Json => format!("{}\n", serde_json::to_string(answer).context("the answer as JSON")?),
    };
    write(&text)
}

fn write(text: &str) -> anyhow::Result<bool> {
    std::io::stdout().write_all(text.as_bytes()).context("cannot write the answer")?;
    Ok(true)
}

fn every_release() -> impl TypedValueParser<Value = Release> {
    PossibleValuesParser::new(Release::ALL.iter().map(|release| release.name())).try_map(|name| name.parse::<Release>())
}

fn archs() -> impl TypedValueParser<Value = Arch> {
    let arch = |name: String| Arch::ALL.into_iter().find(|arch| arch.name() == name).ok_or("no such processor");
    PossibleValuesParser::new(Arch::ALL.map(Arch::name)).try_map(arch)
}
