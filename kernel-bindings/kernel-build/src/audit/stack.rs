//! The red zone: no access below the stack pointer.
//!
//! An interrupt of the kernel pushes its frame right below the stack pointer of the code that it interrupts. Whatever a
//! function keeps there is overwritten at random. How far the stack pointer and, as far as it is derived from it, %rbp
//! are from their place at the function's start is followed through all paths; every address that is formed from one of
//! them is compared with the stack pointer.

use std::collections::BTreeMap;

use iced_x86::{Code as Op, FlowControl, Instruction, InstructionInfoFactory, Mnemonic, OpAccess, OpKind, Register};

use super::code::{Code, Function};
use super::{Finding, Rule};

/// A place on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// What `offset` counts from: 0 for the stack pointer at the function's start, else the address of the instruction
    /// that moved the stack pointer down by an unknown amount (an alignment, an allocation).
    origin: u64,
    /// Bytes from there.
    offset: i64,
    /// The highest it can be, in bytes from the stack pointer at the function's start.
    highest: i64,
}

impl Place {
    const START: Place = Place { origin: 0, offset: 0, highest: 0 };

    fn plus(self, bytes: i64) -> Place {
        Place {
            offset: self.offset.wrapping_add(bytes),
            highest: self.highest.wrapping_add(bytes),
            origin: self.origin,
        }
    }

    /// Somewhere, as decided by the instruction at `address`; a function does not go above its caller's stack.
    fn unknown(address: u64) -> Place {
        Place { origin: address, offset: 0, highest: 0 }
    }

    /// Somewhere at or below here, as decided by the instruction at `address`.
    fn lowered(self, address: u64) -> Place {
        Place { origin: address, offset: 0, highest: self.highest }
    }

    /// Whether it may be below `other`.
    fn may_be_below(self, other: Place) -> bool {
        if self.origin == other.origin {
            return self.offset < other.offset;
        }
        // From the start it is known exactly; from elsewhere it may be as low as can be.
        self.origin != 0 || self.offset < other.highest
    }
}

/// The registers before an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    rsp: Place,
    /// None while %rbp holds something else, as the caller's frame at the start.
    rbp: Option<Place>,
}

impl State {
    /// What holds whichever of the two states was the real one: a higher stack pointer allows less, and a frame pointer
    /// that may be one is held for one.
    fn joined(self, other: State) -> State {
        let rbp = match (self.rbp, other.rbp) {
            (Some(a), Some(b)) => Some(if a.highest <= b.highest { a } else { b }),
            (a, b) => a.or(b),
        };
        State { rsp: if self.rsp.highest >= other.rsp.highest { self.rsp } else { other.rsp }, rbp }
    }

    /// The place that an operand in memory starts at, if it is on this stack.
    fn place_of(&self, instruction: &Instruction) -> Option<Place> {
        let base = match instruction.memory_base() {
            Register::RSP => self.rsp,
            Register::RBP => self.rbp?,
            _ => return None,
        };
        Some(base.plus(instruction.memory_displacement64() as i64))
    }
}

/// One finding for each access below the stack pointer.
pub(super) fn check(code: &Code<'_>) -> Vec<Finding> {
    code.functions.iter().flat_map(|function| check_function(code, function)).collect()
}

fn check_function(code: &Code<'_>, function: &Function<'_>) -> Vec<Finding> {
    let states = match states(code, function) {
        Ok(states) => states,
        Err(address) => {
            let problem = "how far the stack pointer has moved cannot be told: it differs from turn to turn of a loop";
            let fix = "compile the function without assembly that moves the stack pointer";
            return vec![Finding::new(Rule::RedZone, problem, fix).at(function.name, address - function.start)];
        }
    };
    let below = states.iter().filter_map(|(address, state)| {
        let instruction = function.instructions.get(address)?;
        let place = accessed(instruction, state)?;
        if !place.may_be_below(state.rsp) {
            return None;
        }
        let problem =
            format!("{:?} uses memory below the stack pointer, which interrupts overwrite", instruction.mnemonic());
        let fix = "compile everything, core too, without a red zone: -mno-red-zone (-mkernel has it), -Cno-redzone=yes";
        Some(Finding::new(Rule::RedZone, problem, fix).at(function.name, address - function.start))
    });
    below.collect()
}

/// The place on the stack that an instruction reads, writes or takes the address of.
fn accessed(instruction: &Instruction, state: &State) -> Option<Place> {
    let has_memory = (0..instruction.op_count()).any(|operand| instruction.op_kind(operand) == OpKind::Memory);
    let moves_rsp = instruction.mnemonic() == Mnemonic::Lea && instruction.op0_register() == Register::RSP;
    if !has_memory || moves_rsp || instruction.mnemonic() == Mnemonic::Nop {
        return None;
    }
    state.place_of(instruction)
}

/// How often the state before one instruction may change until it is given up.
const MOST_CHANGES: u32 = 64;

/// The state before each instruction that control reaches, or the address of one whose state does not settle.
fn states(code: &Code<'_>, function: &Function<'_>) -> Result<BTreeMap<u64, State>, u64> {
    let mut info = InstructionInfoFactory::new();
    let mut states: BTreeMap<u64, (State, u32)> = BTreeMap::new();
    let mut arrivals = vec![(function.start, State { rsp: Place::START, rbp: None })];
    while let Some((address, arriving)) = arrivals.pop() {
        let Some(instruction) = function.instructions.get(&address) else { continue };
        let (state, changes) = match states.get(&address) {
            Some((known, _)) if known.joined(arriving) == *known => continue,
            Some((_, MOST_CHANGES)) => return Err(address),
            Some((known, changes)) => (known.joined(arriving), changes + 1),
            None => (arriving, 0),
        };
        states.insert(address, (state, changes));
        let after = step(instruction, state, &mut info);
        let next = code.next(function, instruction);
        arrivals.extend(next.through.into_iter().chain(next.jump).map(|address| (address, after)));
    }
    Ok(states.into_iter().map(|(address, (state, _))| (address, state)).collect())
}

/// The state after an instruction.
fn step(instruction: &Instruction, state: State, info: &mut InstructionInfoFactory) -> State {
    let writes =
        |access| !matches!(access, OpAccess::None | OpAccess::Read | OpAccess::CondRead | OpAccess::NoMemAccess);
    let used = info.info(instruction);
    let first_is = |register| {
        instruction.op0_kind() == OpKind::Register
            && instruction.op0_register() == register
            && writes(used.op0_access())
    };
    let writes_rbp = used
        .used_registers()
        .iter()
        .any(|used| used.register().full_register() == Register::RBP && writes(used.access()));
    let mut after = state;
    if first_is(Register::RSP) {
        after.rsp = moved(instruction, &state);
    } else if instruction.code() == Op::Leaveq {
        after.rsp = state.rbp.map_or(Place::unknown(instruction.ip()), |rbp| rbp.plus(8));
    } else if !matches!(instruction.flow_control(), FlowControl::Call | FlowControl::IndirectCall) {
        after.rsp = state.rsp.plus(i64::from(instruction.stack_pointer_increment()));
    }
    if writes_rbp {
        after.rbp = if first_is(Register::RBP) { copied(instruction, &state) } else { None };
    }
    after
}

/// Where an instruction that writes the stack pointer leaves it.
fn moved(instruction: &Instruction, state: &State) -> Place {
    let is_constant =
        matches!(instruction.op1_kind(), OpKind::Immediate8to64 | OpKind::Immediate32to64 | OpKind::Immediate64);
    match instruction.mnemonic() {
        Mnemonic::Sub if is_constant => state.rsp.plus((instruction.immediate(1) as i64).wrapping_neg()),
        Mnemonic::Add if is_constant => state.rsp.plus(instruction.immediate(1) as i64),
        // An alignment, or an allocation of variable size.
        Mnemonic::And | Mnemonic::Sub => state.rsp.lowered(instruction.ip()),
        _ => copied(instruction, state).unwrap_or(Place::unknown(instruction.ip())),
    }
}

/// The place on the stack that an instruction puts into its first register.
fn copied(instruction: &Instruction, state: &State) -> Option<Place> {
    match (instruction.mnemonic(), instruction.op1_register()) {
        (Mnemonic::Mov, Register::RSP) => Some(state.rsp),
        (Mnemonic::Mov, Register::RBP) => state.rbp,
        (Mnemonic::Lea, _) if instruction.memory_index() == Register::None => state.place_of(instruction),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
