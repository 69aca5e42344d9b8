//! Panics in the words of Macs and of the bench, with addresses of a witness that is built here.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use abi::Release;
use common::{MACHINE, be_machine_if_asked, target};
use libtest_mimic::{Arguments, Failed, Trial};
use runner::machine::Hosted;
use runner::run::{Options, Task, run};
use runner::symbolicate::{Kext, Symbolicated, read, symbolicate};
use witnesses::build::Builder;
use witnesses::witness;

/// Where the kext lay on the Mac of the panics.
const BASE: u64 = 0xffff_ff7f_80a0_0000;
const ACT: &str = "__ZN29org_loopflower_witness_Divide3actEP9IOService";
const IDENTIFIER: &str = "org.loopflower.witness.divide";

fn main() -> ExitCode {
    be_machine_if_asked();
    let trials = [
        Trial::test("panics_of_macs_get_names", macs),
        Trial::test("another_kext_is_told", others),
        Trial::test("panics_of_the_bench_get_names", ours),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials.into()).exit_code()
}

fn witness() -> Result<(PathBuf, Kext), Failed> {
    let witness = witness::all()?.into_iter().find(|witness| witness.name == "divide").ok_or("no witness divide")?;
    let bundle = Builder::new(&target().join("witnesses"))?.bundle(&witness)?;
    let kext = Kext::open(&bundle)?;
    Ok((bundle, kext))
}

fn expect(done: &Symbolicated, lines: &[&str]) -> Result<(), Failed> {
    match lines.iter().find(|line| !done.text.contains(*line)) {
        Some(line) => Err(format!("no \"{line}\" in\n{}", done.text).into()),
        None => Ok(()),
    }
}

fn macs() -> Result<(), Failed> {
    let (_, kext) = witness()?;
    let at = BASE + kext.address(ACT).ok_or("no function act")? + 4;
    let uuid = kext.uuid.clone().ok_or("the witness has no UUID")?;
    let kexts = [kext];
    let (bare, with_uuid) = (format!("{IDENTIFIER}(1.0.0)"), format!("{IDENTIFIER}(1.0.0)[{uuid}]"));
    let (header, later) = (
        "Backtrace (CPU 0), Frame : Return Address",
        "Backtrace (CPU 0), panicked thread: 0xffffff9053722598, Frame : Return Address",
    );
    for (style, names, header, is_report) in [
        ("10.6", &bare, header, false),
        ("10.9", &with_uuid, header, false),
        ("10.15", &with_uuid, header, true),
        ("11", &with_uuid, later, true),
    ] {
        let panic = format!(
            "panic(cpu 0 caller 0xffffff80002aab59): Kernel trap at {at:#x}, type 0=divide error, registers:\n{header}\n\
             0xffffff80a2313b60 : 0xffffff80002051c8 \n0xffffff80a2313bd0 : {at:#x} \n      Kernel Extensions in \
             backtrace:\n         {names}@{BASE:#x}->{:#x}\n",
            BASE + 0xffff
        );
        let panic = if is_report { in_report(style, &panic)? } else { panic };
        let done = symbolicate(&panic, &kexts);
        let function = "org_loopflower_witness_Divide::act(IOService*) + 0x4";
        expect(
            &done,
            &[
                &format!("0xffffff80a2313bd0 : {at:#x} {IDENTIFIER} : {function}"),
                &format!("  {at:#x} is {IDENTIFIER} : {function}"),
                "0xffffff80a2313b60 : 0xffffff80002051c8 \n",
            ],
        )?;
        if done.named != 2 || !done.remarks.is_empty() {
            return Err(format!("{style}: {done:?}").into());
        }
    }
    Ok(())
}

/// The panic as it is read from a report in JSON, which is what later releases write.
fn in_report(style: &str, panic: &str) -> Result<String, Failed> {
    let path = target().join(format!("witnesses/{style}.ips"));
    let text = panic.replace('\n', "\\n");
    fs::write(&path, format!("{{\"bug_type\":\"210\"}}\n{{\"macOSPanicString\":\"{text}\"}}\n"))?;
    Ok(read(&path)?)
}

fn others() -> Result<(), Failed> {
    let (_, kext) = witness()?;
    let kexts = [kext];
    for (names, told) in [
        ("org.other(1.0)", "which is not in this panic; it lists org.other"),
        ("org.loopflower.witness.divide(0.9)", "has version 0.9, the bundle 1.0.0"),
        ("org.loopflower.witness.divide(1.0.0)[00000000-0000-0000-0000-000000000000]", "has UUID 00000000-"),
    ] {
        let panic = format!("0xffffff80a2313bd0 : {BASE:#x}\n{names}@{BASE:#x}->{:#x}\n", BASE + 0xffff);
        let done = symbolicate(&panic, &kexts);
        if done.named != 0 || !done.remarks.iter().any(|remark| remark.contains(told)) {
            return Err(format!("{names}: {done:?}").into());
        }
    }
    Ok(())
}

fn ours() -> Result<(), Failed> {
    let (kext, names) = witness()?;
    let options = Options {
        kext,
        libraries: Vec::new(),
        os: Release::V10_9,
        seed: 1,
        boot_args: String::new(),
        timeout: 60,
        task: Task::Load,
    };
    let finished = run(&options, &mut Hosted::of_this_program(MACHINE)?, &mut |_| {})?;
    let report = runner::human::render(&finished.report, None, &finished.timings);
    let kexts = [names];
    expect(&symbolicate(&report, &kexts), &[" : org_loopflower_witness_Divide::act(IOService*) + 0x"])
}
