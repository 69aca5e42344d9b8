//! The functions of a kext and the instructions that control reaches in them.
//!
//! Everything is found by following control from each function's start, so that padding and data are not taken for
//! instructions; what is not reached that way and is no padding is a finding.

use std::collections::{BTreeMap, BTreeSet};

use iced_x86::{Decoder, DecoderOptions, FlowControl, Instruction, Mnemonic, OpKind};

use super::image::{Image, Symbol};
use super::{Finding, Rule};

/// Imports that do not return. Mach-O names.
const NO_RETURN: [&str; 4] = ["_panic", "___stack_chk_fail", "___cxa_pure_virtual", "_thread_terminate"];

/// What the processor is: on a Core 2, TZCNT's encoding is BSF, which compilers rely on where both give the same.
const OPTIONS: u32 = DecoderOptions::NO_MPFX_0FBC;

/// A function.
pub(super) struct Function<'a> {
    /// Mach-O name.
    pub name: &'a str,
    /// Address of its first byte.
    pub start: u64,
    /// Its bytes, up to the next function.
    bytes: &'a [u8],
    /// The instructions that control reaches, by address.
    pub instructions: BTreeMap<u64, Instruction>,
    /// Addresses that control reaches where there is no instruction.
    undecodable: BTreeSet<u64>,
}

/// Where control goes after an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Next {
    /// The next instruction.
    pub through: Option<u64>,
    /// Another place in the same function.
    pub jump: Option<u64>,
    /// Out of the function, other than by a call.
    pub leaves: bool,
}

/// All functions of a kext.
pub(super) struct Code<'a> {
    /// Ascending by address.
    pub functions: Vec<Function<'a>>,
    /// The import that a call's displacement is relocated to.
    imports: BTreeMap<u64, &'a str>,
    /// Starts of the functions that do not return.
    no_return: BTreeSet<u64>,
}

impl<'a> Code<'a> {
    /// Finds the functions of `image` and follows control in them.
    pub fn read(image: &Image<'a>) -> Code<'a> {
        let name_of = |index: u32| image.symbols.get(index as usize).map(|symbol: &Symbol<'a>| symbol.name);
        let calls = image.external.iter().filter(|relocation| relocation.r_pcrel && relocation.r_length == 2);
        let imports = calls.filter_map(|call| Some((u64::from(call.r_address), name_of(call.r_symbolnum)?))).collect();
        Code::follow_all(functions(image), imports)
    }

    /// One function, which calls nothing.
    #[cfg(test)]
    pub fn of_function(name: &'a str, start: u64, bytes: &'a [u8]) -> Code<'a> {
        Code::follow_all(vec![Function::new(name, start, bytes)], BTreeMap::new())
    }

    fn follow_all(functions: Vec<Function<'a>>, imports: BTreeMap<u64, &'a str>) -> Code<'a> {
        let mut code = Code { functions, imports, no_return: BTreeSet::new() };
        loop {
            let followed: Vec<_> = code.functions.iter().map(|function| code.follow(function)).collect();
            for (function, (instructions, undecodable)) in code.functions.iter_mut().zip(followed) {
                function.instructions = instructions;
                function.undecodable = undecodable;
            }
            let known = code.no_return.len();
            let returns = |function: &Function<'_>| {
                function.instructions.values().any(|instruction| code.next(function, instruction).leaves)
            };
            let no_return = code.functions.iter().filter(|function| !returns(function)).map(|function| function.start);
            code.no_return = no_return.collect();
            if code.no_return.len() == known {
                return code;
            }
        }
    }

    /// Where control goes after `instruction` of `function`.
    pub fn next(&self, function: &Function<'_>, instruction: &Instruction) -> Next {
        let through = Some(instruction.next_ip());
        match instruction.flow_control() {
            FlowControl::Return | FlowControl::IndirectBranch => Next { leaves: true, ..Next::default() },
            FlowControl::Exception | FlowControl::Interrupt => Next::default(),
            FlowControl::Call => Next { through: through.filter(|_| self.returns(instruction)), ..Next::default() },
            FlowControl::UnconditionalBranch => self.branch(function, instruction),
            FlowControl::ConditionalBranch => Next { through, ..self.branch(function, instruction) },
            FlowControl::Next | FlowControl::IndirectCall | FlowControl::XbeginXabortXend => {
                Next { through, ..Next::default() }
            }
        }
    }

    /// The import that a near call or jump goes to.
    fn import(&self, instruction: &Instruction) -> Option<&'a str> {
        self.imports.get(&(instruction.next_ip().wrapping_sub(4))).copied()
    }

    fn returns(&self, instruction: &Instruction) -> bool {
        match self.import(instruction) {
            Some(name) => !NO_RETURN.contains(&name),
            None if instruction.op0_kind() == OpKind::NearBranch64 => {
                !self.no_return.contains(&instruction.near_branch_target())
            }
            None => true,
        }
    }

    fn branch(&self, function: &Function<'_>, instruction: &Instruction) -> Next {
        let target = instruction.near_branch_target();
        let inside = self.import(instruction).is_none() && function.offset_of(target).is_some();
        if inside {
            return Next { jump: Some(target), ..Next::default() };
        }
        Next { leaves: self.returns(instruction), ..Next::default() }
    }

    fn follow(&self, function: &Function<'a>) -> (BTreeMap<u64, Instruction>, BTreeSet<u64>) {
        let mut instructions = BTreeMap::new();
        let mut undecodable = BTreeSet::new();
        let mut places = vec![function.start];
        let mut decoder = Decoder::with_ip(64, function.bytes, function.start, OPTIONS);
        while let Some(place) = places.pop() {
            if instructions.contains_key(&place) {
                continue;
            }
            let position = function.offset_of(place);
            if position.is_none_or(|position| decoder.set_position(position).is_err()) {
                undecodable.insert(place);
                continue;
            }
            decoder.set_ip(place);
            let instruction = decoder.decode();
            if instruction.is_invalid() {
                undecodable.insert(place);
                continue;
            }
            let next = self.next(function, &instruction);
            places.extend(next.through.into_iter().chain(next.jump));
            instructions.insert(place, instruction);
        }
        (instructions, undecodable)
    }

    /// What cannot be decoded or is not reached.
    pub fn check(&self) -> Vec<Finding> {
        self.functions.iter().flat_map(Function::check).collect()
    }
}

impl<'a> Function<'a> {
    fn new(name: &'a str, start: u64, bytes: &'a [u8]) -> Function<'a> {
        Function { name, start, bytes, instructions: BTreeMap::new(), undecodable: BTreeSet::new() }
    }

    /// The offset of an address in it.
    pub fn offset_of(&self, address: u64) -> Option<usize> {
        let offset = usize::try_from(address.checked_sub(self.start)?).ok()?;
        (offset < self.bytes.len()).then_some(offset)
    }

    fn check(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        for &place in &self.undecodable {
            let problem = "control reaches bytes that are no instruction";
            let fix = "build the kext again; should it stay, a function that does not return is unknown to the audit";
            findings.push(Finding::new(Rule::Code, problem, fix).at(self.name, place.wrapping_sub(self.start)));
        }
        let end = self.start + self.bytes.len() as u64;
        let mut reached = self.start;
        for (&place, instruction) in &self.instructions {
            findings.extend(self.gap(reached, place));
            reached = reached.max(instruction.next_ip());
        }
        findings.extend(self.gap(reached, end));
        findings
    }

    /// The bytes from `start` to `end`, which control does not reach, must be padding.
    fn gap(&self, start: u64, end: u64) -> Option<Finding> {
        let (from, to) = ((start - self.start) as usize, (end.max(start) - self.start) as usize);
        let bytes = self.bytes.get(from..to)?;
        if self.undecodable.contains(&start) || is_padding(bytes) {
            return None;
        }
        let problem = format!("{} bytes are not reached by any jump: data among the instructions", bytes.len());
        let fix = "compile without jump tables: -fno-jump-tables, -Cjump-tables=no";
        Some(Finding::new(Rule::Code, problem, fix).at(self.name, from as u64))
    }
}

/// Zeros, NOPs or traps, as compilers, assemblers and linkers pad with.
fn is_padding(bytes: &[u8]) -> bool {
    let code = match bytes.iter().rposition(|&byte| byte != 0) {
        Some(last) => &bytes[..=last],
        None => return true,
    };
    // A NOP may end in zeros that were just cut off.
    let mut padded = code.to_vec();
    padded.resize(code.len() + 8, 0);
    let mut decoder = Decoder::new(64, &padded, OPTIONS);
    while decoder.position() < code.len() {
        let instruction = decoder.decode();
        if instruction.is_invalid() || !matches!(instruction.mnemonic(), Mnemonic::Nop | Mnemonic::Int3 | Mnemonic::Ud2)
        {
            return false;
        }
    }
    true
}

/// The functions by their symbols: each lasts to the next symbol or the end of its section.
fn functions<'a>(image: &Image<'a>) -> Vec<Function<'a>> {
    let mut functions: Vec<Function<'a>> = Vec::new();
    for (section, bytes) in image.code_sections() {
        let Some(end) = section.addr.checked_add(bytes.len() as u64) else { continue };
        let inside = |symbol: &&Symbol<'_>| symbol.defined && (section.addr..end).contains(&symbol.address);
        let mut starts: BTreeMap<u64, &str> = BTreeMap::new();
        for symbol in image.symbols.iter().filter(inside).filter(|symbol| !symbol.name.is_empty()) {
            starts.entry(symbol.address).or_insert(symbol.name);
        }
        starts.entry(section.addr).or_insert("the start of the section");
        let bounds: Vec<u64> = starts.keys().copied().skip(1).chain([end]).collect();
        functions.extend(starts.into_iter().zip(bounds).map(|((start, name), end)| {
            Function::new(name, start, &bytes[(start - section.addr) as usize..(end - section.addr) as usize])
        }));
    }
    functions
}
