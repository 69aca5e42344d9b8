//! The instruction set: what every 64-bit Mac has.
//!
//! The first 64-bit Macs (Merom, a Core 2) have SSSE3; an instruction they lack is a panic there.

use iced_x86::CpuidFeature;

use super::code::Code;
use super::{Finding, Rule};

/// What a Core 2 has, beside what every x86-64 processor has.
const CORE_2: &[CpuidFeature] = &[
    CpuidFeature::INTEL8086,
    CpuidFeature::INTEL8086_ONLY,
    CpuidFeature::INTEL186,
    CpuidFeature::INTEL286,
    CpuidFeature::INTEL386,
    CpuidFeature::INTEL486,
    CpuidFeature::X64,
    CpuidFeature::CPUID,
    CpuidFeature::CMOV,
    CpuidFeature::CX8,
    CpuidFeature::CMPXCHG16B,
    CpuidFeature::CLFSH,
    CpuidFeature::FPU,
    CpuidFeature::FPU287,
    CpuidFeature::FPU387,
    CpuidFeature::FXSR,
    CpuidFeature::MMX,
    CpuidFeature::MONITOR,
    CpuidFeature::MSR,
    CpuidFeature::MULTIBYTENOP,
    CpuidFeature::PAUSE,
    CpuidFeature::RDPMC,
    CpuidFeature::SEP,
    CpuidFeature::SSE,
    CpuidFeature::SSE2,
    CpuidFeature::SSE3,
    CpuidFeature::SSSE3,
    CpuidFeature::SYSCALL,
    CpuidFeature::TSC,
];

/// One finding for each instruction that a Core 2 lacks.
pub(super) fn check(code: &Code<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for function in &code.functions {
        for instruction in function.instructions.values() {
            let needed = instruction.cpuid_features();
            if needed.iter().all(|feature| CORE_2.contains(feature)) {
                continue;
            }
            let problem = format!("{:?} needs {needed:?}, which the first 64-bit Macs lack", instruction.mnemonic())
                .to_uppercase();
            let fix = "compile everything, core too, for Core 2: -march=core2, -Ctarget-cpu=core2";
            let offset = instruction.ip() - function.start;
            findings.push(Finding::new(Rule::InstructionSet, problem, fix).at(function.name, offset));
        }
    }
    findings
}
