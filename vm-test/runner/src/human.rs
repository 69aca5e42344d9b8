//! The report for people.

use std::fmt::Write;

use protocol::event::{Device, Event, Left, Looped, StackUse, Thread};
use protocol::proof::Soaked;

use crate::demangle::demangle;
use crate::picture::{scale, waveform};
use crate::report::{Report, Sound, Timings};
use crate::run::Sounds;

/// Size of a waveform in characters.
const COLUMNS: usize = 64;
const ROWS: usize = 3;
/// Lines of the kernel log that are shown; the JSON report has them all.
const LOG_LINES: u64 = 40;

/// The report as text for a terminal, with the waveforms of what was played and what came back.
pub fn render(report: &Report, sounds: Option<&Sounds>, timings: &Timings) -> String {
    let mut text = String::new();
    write_report(&mut text, report, sounds, timings).unwrap_or_default();
    text
}

/// The report of one of several scenarios: a line, and one more for each further failure.
pub fn line(report: &Report) -> String {
    let mut text = String::new();
    let result = if report.held { "held  " } else { "FAILED" };
    writeln!(text, "{:<8}{result} {}", report.scenario, lines(&report.verdict)).unwrap_or_default();
    for failure in report.failures.iter().skip(1) {
        writeln!(text, "               {}", lines(failure)).unwrap_or_default();
    }
    text
}

fn write_report(text: &mut String, report: &Report, sounds: Option<&Sounds>, timings: &Timings) -> std::fmt::Result {
    let kext = report
        .kext
        .as_ref()
        .map(|kext| format!(" ({} {})", plain(&kext.identifier), plain(&kext.version)))
        .unwrap_or_default();
    writeln!(text, "{}{kext}", plain(&report.bundle))?;
    let system = if report.os.is_empty() { "user space".to_owned() } else { system(&report.os) };
    writeln!(text, "  machine   {}, {system}, seed {}", report.machine, report.seed)?;
    if let Some(target) = &report.target {
        writeln!(text, "  target    {}", plain(target))?;
    }
    // A scenario makes drivers complain; that it held is all there is to say of it.
    let is_scenario = report.events.iter().any(|event| matches!(event, Event::Check { .. }));
    let shown = if is_scenario && report.held { 0 } else { LOG_LINES };
    let mut log_lines = 0;
    for event in &report.events {
        log_lines += u64::from(matches!(event, Event::Log { .. }));
        if log_lines <= shown || !matches!(event, Event::Log { .. }) {
            write_event(text, event)?;
        }
    }
    let unshown = log_lines.saturating_sub(shown) + report.dropped_events;
    if unshown > 0 {
        writeln!(text, "  log       {unshown} more lines")?;
    }
    for line in report.complaints.lines().take(LOG_LINES as usize) {
        writeln!(text, "  stderr    {}", plain(line))?;
    }
    if let Some(sounds) = sounds {
        let scale = scale(&sounds.played.samples).max(scale(&sounds.returned.samples));
        for (name, sound) in [("played", &sounds.played), ("returned", &sounds.returned)] {
            let picture = waveform(&sound.samples, usize::from(sound.channels), COLUMNS, ROWS, scale);
            for (index, line) in picture.iter().enumerate() {
                writeln!(text, "  {:<10}{line}", if index == ROWS / 2 { name } else { "" })?;
            }
        }
    }
    for (name, sound) in [("input", &report.input), ("output", &report.output)] {
        if let Some(sound) = sound {
            writeln!(text, "  {name:<10}{}", describe(sound))?;
        }
    }
    if let Some(trace) = &report.trace {
        let calls = if trace.calls == trace.recorded { String::new() } else { format!(" of {}", trace.recorded) };
        let none = if trace.calls == 0 && trace.recorded > 0 { ": the filter lets none through" } else { "" };
        let full = if trace.full { "; later ones are missing, since the machine had no room for more" } else { "" };
        writeln!(text, "  trace     {} ({}{calls} calls{none}{full})", trace.path, trace.calls)?;
    }
    let started =
        timings.power_on_to_started.map(|ms| format!("power-on to kext started {ms:.0} ms, ")).unwrap_or_default();
    writeln!(text, "  time      {started}whole run {:.0} ms", timings.whole)?;
    writeln!(text, "{}: {}", if report.held { "held" } else { "FAILED" }, lines(&report.verdict))?;
    for failure in report.failures.iter().skip(1) {
        writeln!(text, "        {}", lines(failure))?;
    }
    Ok(())
}

/// A name that a kext gives, in one line of letters: what would act on a terminal is escaped.
fn plain(name: &str) -> String {
    let mut text = String::new();
    for letter in name.chars() {
        if letter.is_control() {
            text.extend(letter.escape_default());
        } else {
            text.push(letter);
        }
    }
    text
}

/// A text of several lines, the others indented below the first; what would act on a terminal is escaped.
fn lines(text: &str) -> String {
    text.lines().map(plain).collect::<Vec<_>>().join("\n        ")
}

fn system(os: &str) -> String {
    let name = match os {
        "10.6" | "10.7" => "Mac OS X",
        "10.8" | "10.9" | "10.10" | "10.11" => "OS X",
        _ => "macOS",
    };
    format!("{name} {os}")
}

fn write_event(text: &mut String, event: &Event) -> std::fmt::Result {
    match event {
        Event::Log { at, text: line } => {
            writeln!(text, "  log       [{}.{:06}] {}", at / 1_000_000_000, at / 1000 % 1_000_000, plain(line))
        }
        Event::Linked { patched_slots, imports } => {
            writeln!(text, "  linked    {imports} imports bound, {patched_slots} vtable slots patched")
        }
        Event::Bound { imports, missing } => {
            writeln!(text, "  linked    {imports} imports bound, {} missing", missing.len())
        }
        Event::Device(device) => {
            let channels = |streams: &[u32]| streams.iter().map(u32::to_string).collect::<Vec<_>>().join("+");
            let Device { name, inputs, outputs, period, controls, .. } = device;
            let (inputs, outputs) = (channels(inputs), channels(outputs));
            let name = plain(name);
            writeln!(
                text,
                "  device    \"{name}\", {inputs} in, {outputs} out, {controls} controls, timestamps {period} frames apart"
            )
        }
        Event::Mac { release, build, kernel, model } => {
            writeln!(text, "  mac       {} ({}), {}, {}", plain(release), plain(build), plain(kernel), plain(model))
        }
        Event::Fetched { file } => writeln!(text, "  fetched   {}", plain(file)),
        Event::Started => writeln!(text, "  started"),
        Event::Matched { class, personality } => {
            writeln!(text, "  matched   {} by \"{}\"", plain(class), plain(personality))
        }
        Event::Engine { class, name, ring_frames, .. } => {
            writeln!(text, "  engine    {} \"{}\", ring of {ring_frames} frames", plain(class), plain(name))
        }
        Event::Looped(looped) => write_looped(text, looped),
        Event::Soaked(soaked) => write_soaked(text, soaked),
        Event::Check { name, held, text: found } => {
            writeln!(text, "  {:<10}{name}: {found}", if *held { "held" } else { "FAILED" })
        }
        Event::Left(left) if *left == Left::default() => writeln!(text, "  unloaded  nothing is left"),
        Event::Panic(panic) => {
            let inside = panic.inside.as_ref().map(|inside| format!(", inside {inside}")).unwrap_or_default();
            writeln!(text, "  panic     {}", panic.reason.replace('\n', "\n            "))?;
            writeln!(text, "            on thread {}{inside}", panic.thread)?;
            write_frames(text, &panic.backtrace)
        }
        Event::Broken(broken) => {
            writeln!(text, "  broken    {}", broken.in_words())?;
            write_frames(text, &broken.backtrace)
        }
        Event::Stacks { size, threads } => write_stacks(text, *size, threads),
        Event::Hang { threads } => threads.iter().try_for_each(|thread| write_thread(text, thread)),
        // The machine is known; times are no part of a report; what failed stands below with the verdict.
        Event::Booted { .. }
        | Event::Progress { .. }
        | Event::Begun { .. }
        | Event::Over { .. }
        | Event::Stopped { .. }
        | Event::Refused { .. }
        | Event::NotApplicable { .. }
        | Event::Answered { .. }
        | Event::Entry { .. }
        | Event::Reading(_)
        | Event::Timed(_)
        | Event::Swept(_)
        | Event::Sites(_)
        | Event::Case(_)
        | Event::CaseDone { .. }
        | Event::Left(_)
        | Event::Finding { .. }
        | Event::End { .. } => Ok(()),
    }
}

fn write_looped(text: &mut String, looped: &Looped) -> std::fmt::Result {
    let millis = looped.virtual_ns / 1_000_000;
    writeln!(
        text,
        "  looped    {}.{:03} s in {} IO cycles; {} timestamps, at most {} ns from the ideal",
        millis / 1000,
        millis % 1000,
        looped.cycles,
        looped.timestamps,
        looped.timestamp_error_ns
    )
}

fn write_soaked(text: &mut String, soaked: &Soaked) -> std::fmt::Result {
    let seconds = soaked.virtual_ns / 1_000_000_000;
    writeln!(
        text,
        "  soaked    {}:{:02}:{:02} h at {} Hz, {} writers, {} readers, {} IO cycles; {} frames checked at each reader; \
         drift {} ns",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        soaked.rate,
        soaked.writers,
        soaked.readers,
        soaked.cycles,
        soaked.frames,
        soaked.drift_ns
    )
}

fn write_thread(text: &mut String, thread: &Thread) -> std::fmt::Result {
    let inside = thread.inside.as_ref().map(|inside| format!(", inside {inside}")).unwrap_or_default();
    writeln!(text, "  thread    {}: {}{inside}", thread.name, thread.state)?;
    write_frames(text, &thread.backtrace)
}

/// The deepest of the stacks, in tenths of a KiB.
fn write_stacks(text: &mut String, size: u64, threads: &[StackUse]) -> std::fmt::Result {
    let Some(most) = threads.iter().max_by_key(|thread| thread.bytes) else { return Ok(()) };
    let tenths = (most.bytes * 10).div_ceil(1024);
    let (whole, tenth, of) = (tenths / 10, tenths % 10, size / 1024);
    let symbol = most.function.split_once('`').map(|(_, symbol)| symbol);
    let function = symbol.map(|symbol| format!(" in {}", demangle(symbol))).unwrap_or_default();
    writeln!(text, "  stack     at most {whole}.{tenth} KiB of {of} KiB,{function} (thread {})", most.thread)
}

fn write_frames(text: &mut String, frames: &[String]) -> std::fmt::Result {
    frames.iter().try_for_each(|frame| writeln!(text, "            {frame}"))
}

fn describe(sound: &Sound) -> String {
    let channels = if sound.channels == 1 { "mono" } else { "stereo" };
    let millis = sound.frames * 1000 / u64::from(sound.rate);
    format!("{} ({}.{:03} s, {channels}, {} Hz)", sound.path, millis / 1000, millis % 1000, sound.rate)
}
