//! Every witness on both machines: the bench must see what the witness's first comment says, and nothing else.

mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use protocol::event::Event;
use runner::machine::{Hosted, Machine, Vm};
use runner::report::Report;
use runner::run::{Options, Task, run};
use witnesses::build::Builder;
use witnesses::plant::{self, Patch};
use witnesses::witness::{self, Witness};

/// Wall-clock seconds after which a witness that hangs is stopped; others take a fraction of one.
const HANG_TIMEOUT: u64 = 3;
const TIMEOUT: u64 = 60;

fn main() -> ExitCode {
    be_machine_if_asked();
    match trials() {
        Ok(trials) => libtest_mimic::run(&Arguments::from_args(), trials).exit_code(),
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

/// Which machine, on which releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Hosted,
    Vm,
}

impl Choice {
    const ALL: [(Choice, &[Release]); 2] =
        [(Choice::Hosted, &[Release::V10_6, Release::V11]), (Choice::Vm, &[Release::V10_9])];

    /// As reports call it.
    fn name(self) -> &'static str {
        match self {
            Choice::Hosted => "hosted",
            Choice::Vm => "vm",
        }
    }

    fn machine(self) -> Result<Box<dyn Machine>, runner::Error> {
        Ok(match self {
            Choice::Hosted => Box::new(Hosted::of_this_program(MACHINE)?),
            Choice::Vm => Box::new(Vm::new(target().join("guest/guest.elf"))?),
        })
    }
}

fn trials() -> Result<Vec<Trial>, String> {
    let builder = Arc::new(Builder::new(&target().join("witnesses"))?);
    let mut trials = Vec::new();
    for witness in witness::all()? {
        // Trials run at the same time; the first builds.
        let bundle = Arc::new(OnceLock::new());
        let runs = |(choice, _): &(Choice, _)| witness.only.as_deref().is_none_or(|only| only == choice.name());
        for (choice, releases) in Choice::ALL.into_iter().filter(runs) {
            for &os in releases {
                let (witness, builder, bundle) = (witness.clone(), Arc::clone(&builder), Arc::clone(&bundle));
                let name = format!("{}::{choice:?}::{os}", witness.name).to_lowercase();
                trials.push(Trial::test(name, move || {
                    let bundle = bundle.get_or_init(|| builder.bundle(&witness)).as_ref()?;
                    check(&witness, &load(bundle, choice, os, timeout(&witness, choice))?)
                }));
            }
        }
    }
    let bundle = Arc::new(OnceLock::new());
    for (choice, releases) in Choice::ALL {
        for &os in releases {
            let bundle = Arc::clone(&bundle);
            trials.push(Trial::test(format!("flip_bit::{choice:?}::{os}").to_lowercase(), move || {
                let bundle = bundle.get_or_init(|| plant::build(&target(), &flip_bit(), &FLIP_BIT)).as_ref()?;
                flipped(bundle, choice, os)
            }));
        }
    }
    let own = Arc::clone(&builder);
    trials.push(Trial::test("clip_allocates::hosted::10.9", move || clip_allocates(&own)));
    trials.push(Trial::test("chatter::vm::10.9", move || chatter(&builder)));
    Ok(trials)
}

fn timeout(witness: &Witness, choice: Choice) -> u64 {
    if witness.expectations.hangs(choice.name()) { HANG_TIMEOUT } else { TIMEOUT }
}

fn load(bundle: &Path, choice: Choice, os: Release, timeout: u64) -> Result<Report, Failed> {
    let options = Options {
        kext: bundle.to_owned(),
        libraries: Vec::new(),
        os,
        seed: 1,
        boot_args: String::new(),
        timeout,
        task: Task::Load,
    };
    Ok(run(&options, choice.machine()?.as_mut(), &mut |_| {})?.report)
}

fn check(witness: &Witness, report: &Report) -> Result<(), Failed> {
    let wrong = witness.expectations.compare(report);
    if wrong.is_empty() {
        return Ok(());
    }
    let events: Vec<String> = report.events.iter().map(Event::to_line).collect();
    Err(format!("{}\nthe machine said:\n{}", wrong.join("\n"), events.join("\n")).into())
}

/// The frame, counted from the engine's start, in whose first sample a bit is flipped on its way into the ring: in the
/// second lap of the ring.
const FLIPPED: u64 = 70_000;

/// The shim counts laps by the frames that it is given.
const FLIP_BIT: [Patch<'static>; 1] = [Patch {
    file: "Engine.h",
    old: "    IOReturn clipOutputSamples(const void *mix, void *, UInt32 first, UInt32 n, const Format *, IOAudioStream *) override {
        return lf_engine_write(instance, mix, first, n);",
    new: "    UInt64 lap, last;
    IOReturn clipOutputSamples(const void *mix, void *ring, UInt32 first, UInt32 n, const Format *, IOAudioStream *) override {
        lap += first < last;
        last = first;
        UInt64 from = lap * getNumSampleFramesPerBuffer() + first;
        IOReturn result = lf_engine_write(instance, mix, first, n);
        if (from <= 70000 && 70000 < from + n) {
            static_cast<UInt32 *>(ring)[(70000 - from + first) * 2] ^= 1;
        }
        return result;",
}];

/// The sin that takes IO to commit.
fn clip_allocates(builder: &Builder) -> Result<(), Failed> {
    let options = Options {
        kext: builder.loopback(Some("ALLOCATES"))?,
        libraries: Vec::new(),
        os: Release::V10_9,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task: Task::Loop {
            input: None,
            output: target().join("witnesses/clip_allocates.wav"),
            io_frames: 512,
            through: None,
        },
    };
    let report = run(&options, Choice::Hosted.machine()?.as_mut(), &mut |_| {})?.report;
    let told = |call: &str| {
        let wanted = format!("io-path: clipOutputSamples calls {call}, which may allocate, lock or wait");
        report.failures.iter().any(|failure| failure.contains(&wanted))
    };
    if !report.held && told("_IOMalloc") && told("_IOFree") { Ok(()) } else { Err(report.failures.join("\n").into()) }
}

/// Lines of the kext `chatter`, how many of them are long, and their bytes without the number.
const LINES: usize = 2_150;
const LONG_LINES: usize = 2_100;
const LONG_LINE: usize = 8_000;

/// More than the shared memory has room for: the guest says the last lines on its console. Every one comes, whole and in its place.
fn chatter(builder: &Builder) -> Result<(), Failed> {
    let report = load(&builder.driver("chatter")?, Choice::Vm, Release::V10_9, TIMEOUT)?;
    let said: Vec<&str> = report
        .events
        .iter()
        .filter_map(|event| if let Event::Log { text, .. } = event { Some(&**text) } else { None })
        .collect();
    let line = |number: usize| format!("{number}{}", ".".repeat(if number < LONG_LINES { LONG_LINE } else { 1 }));
    let wrong = said.iter().enumerate().find(|(number, text)| **text != line(*number));
    if let Some((number, text)) = wrong {
        return Err(format!("line {number} is {} bytes: {:.80}", text.len(), text).into());
    }
    let (bytes, room) =
        (said.iter().map(|text| text.len()).sum::<usize>(), Choice::Vm.machine()?.room().events as usize);
    if !report.held || said.len() != LINES || bytes <= room || !report.foreign_lines.is_empty() {
        return Err(format!("{} lines of {bytes} bytes; {:.1000}", said.len(), report.failures.join("\n")).into());
    }
    Ok(())
}

/// Where the kext that flips a bit is, and what came back through it.
fn flip_bit() -> PathBuf {
    target().join("witnesses/flip_bit")
}

/// The sample recording is played; the report must name the frame, and the bit by what came back.
fn flipped(bundle: &Path, choice: Choice, os: Release) -> Result<(), Failed> {
    let output = flip_bit().join(format!("{choice:?}-{os}.wav").to_lowercase());
    let task = Task::Loop { input: None, output, io_frames: 512, through: None };
    let options = Options {
        kext: bundle.to_owned(),
        libraries: Vec::new(),
        os,
        seed: 1,
        boot_args: String::new(),
        timeout: TIMEOUT,
        task,
    };
    let report = run(&options, choice.machine()?.as_mut(), &mut |_| {})?.report;
    let (Some(judgement), Some(looped)) = (&report.judgement, report.looped()) else {
        return Err(format!("no loop: {:?}", report.failures).into());
    };
    let expected = FLIPPED.cast_signed() - looped.written_from.cast_signed();
    let first = judgement.first.as_ref().ok_or("no difference was found")?;
    let bits = |text: &str| u32::from_str_radix(text.trim_start_matches("0x"), 16).unwrap_or_default();
    let changed = bits(&first.played.bits) ^ bits(&first.returned.bits);
    let seen = (report.held, judgement.differing, first.frame, first.channel, changed);
    let wanted = (false, 1, expected, 0, 1);
    if seen != wanted || !report.verdict.contains(&expected.to_string()) {
        return Err(format!("held, samples, frame, channel, bits: {seen:?}, not {wanted:?}; {}", report.verdict).into());
    }
    Ok(())
}
