//! Systematic failure: whichever call to the kernel fails, the kext neither panics nor loses anything.
//!
//! One life of the kext (load, start, IO, a control, changes of rate and format, sleep and wake, unload) is lived once without
//! failures, to learn its sites; then once for each of their first and last calls, which fails.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use host::format::code;
use host::{Bench, Client, Control, Engine, Spec, Stop};
use kpi::fault::{self, emit};
use kpi::inject::sites::{Failing, Site, unwatch, watch};
use kpi::iokit::power;
use kpi::sched;
use protocol::event::Event;
use protocol::fail::{Case, FailEach, Sites};

use crate::choice::{IO_FRAMES, other_rate, rest};
use crate::signal::{Noise, Signal};

/// Virtual time that a client plays between changes, ns.
const PLAYED: u64 = 30_000_000;
/// What a start that failed had built is taken down on a thread of the kernel's, ns.
const TAKEN_DOWN: u64 = 1_000_000;
/// IOAudioControlType of the kinds of controls.
const LEVEL: u32 = code(*b"levl");
const TOGGLE: u32 = code(*b"togl");
const SELECTOR: u32 = code(*b"slct");

/// Does the cases of this machine. The first that does not leave the kernel as it was ends it: what comes after in the same
/// kernel would not be its own doing.
pub fn run(bench: &mut Bench, parameters: &FailEach) -> Result<(), Stop> {
    let seed = bench.job().seed;
    let once = |bench: &mut Bench, failing: Option<Failing>, label: &str| {
        sched::reseed(seed);
        watch(&parameters.fallible, failing);
        let ended = life(bench, label);
        let (sites, failed) = unwatch();
        ended.map(|is_well| (sites, failed, is_well))
    };
    let (sites, _, is_well) = once(bench, None, "nothing fails")?;
    if !is_well {
        return Err("the kext does not leave the kernel as it was, although nothing failed".into());
    }
    let cases = cases(&sites);
    emit(&Event::Sites(Sites { sites: sites.len() as u32, cases: cases.len() as u32 }));
    for case in cases.into_iter().skip(parameters.first as usize).step_by(parameters.step.max(1) as usize) {
        let site = Site { function: case.function.clone(), chain: case.chain.clone() };
        let failing = Failing { site, call: case.call };
        let findings = fault::findings();
        let label = format!("case {}", case.number);
        emit(&Event::Case(case));
        let (_, failed, is_well) = once(bench, Some(failing), &label)?;
        emit(&Event::CaseDone { failed });
        if !is_well || fault::findings() != findings {
            return Err("this machine ends here".into());
        }
    }
    Ok(())
}

/// The first and the last call of each site.
fn cases(sites: &BTreeMap<Site, u64>) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (site, &calls) in sites {
        for call in [1, calls] {
            let number = cases.len() as u32;
            let Site { function, chain } = site.clone();
            if call == 1 || calls > 1 {
                cases.push(Case { number, function, chain, call, calls });
            }
        }
    }
    cases
}

/// One life of the kext; whether the kernel is as it was. Steps that cannot be taken because a call failed are left out.
fn life(bench: &mut Bench, label: &str) -> Result<bool, Stop> {
    let personalities = bench.personalities().clone();
    if bench.try_load_with(label, &personalities)?.is_ok()
        && let Some(&engine) = Engine::all().first()
    {
        // What a client is refused is an answer.
        let _refused = played(engine);
    }
    rest(TAKEN_DOWN);
    Ok(bench.unload())
}

/// What the HAL and its clients do with an engine.
fn played(engine: Engine) -> Result<(), String> {
    let spec = Spec { plays: engine.output().is_ok(), records: engine.input().is_ok(), ..Spec::duplex(IO_FRAMES) };
    let client = Client::open(engine, &spec)?;
    if let Ok(output) = engine.output() {
        client.play(Noise(3).player(output.format().channels as usize));
    }
    client.start()?;
    rest(PLAYED);
    for kind in [LEVEL, TOGGLE, SELECTOR] {
        let control = engine.controls().into_iter().find(|control| control.kind == kind);
        let _refused = control.map(turned);
    }
    if let Some(rate) = other_rate(engine) {
        let _refused = engine.set_rate(rate);
        rest(PLAYED);
    }
    if let Ok(output) = engine.output() {
        let other = output.formats().into_iter().find(|format| *format != output.format());
        let _refused = other.map(|format| output.set_format(&format, None));
        rest(PLAYED);
    }
    power::sleep();
    power::wake();
    rest(PLAYED);
    client.close()
}

/// Gives a control another value.
fn turned(control: Control) -> Result<(), String> {
    let value = control.value();
    let other = match control.kind {
        TOGGLE => 1 - value,
        _ if value == control.maximum() => control.minimum(),
        _ => control.maximum(),
    };
    control.set(other)
}
