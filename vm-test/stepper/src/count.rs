//! Counting one instruction after the other.

use std::ops::Range;

use iced_x86::{
    Code, Decoder, DecoderOptions, FlowControl, Instruction, InstructionInfoFactory, OpAccess, Register, UsedMemory,
};
use libc::c_int;
use protocol::cost::{Call, Steps};

use crate::Registers;
use crate::repeat::Repeated;

/// The longest instruction there is.
const LONGEST: u64 = 15;
/// Bytes below a function's stack pointer that it may use.
const RED_ZONE: u64 = 128;
/// Bytes of stack that a call into a driver has above its frames: where it returns to, and the arguments behind the sixth, of
/// which no function of drivers has more than three. What is higher is the caller's.
const FRAME: u64 = 32;

/// Where the instruction is that is about to be executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the code that is counted.
    Inside,
    /// At the begin of a function that it called.
    Called,
    /// Elsewhere.
    Outside,
}

/// What was counted so far.
pub(crate) struct Counter {
    code: Range<u64>,
    is_ours: fn() -> bool,
    steps: Steps,
    /// What was executed last, if it lay in the code.
    last: Option<(u64, Instruction)>,
    /// Where the stack was when the code was entered from outside: its frames are below.
    top: u64,
    info: InstructionInfoFactory,
}

impl Counter {
    pub(crate) fn new(code: Range<u64>, is_ours: fn() -> bool) -> Counter {
        let info = InstructionInfoFactory::new();
        Counter { code, is_ours, steps: Steps::default(), last: None, top: 0, info }
    }

    pub(crate) fn into_steps(self) -> Steps {
        self.steps
    }

    /// Takes the instruction into account that is about to be executed; where it lies.
    pub(crate) fn step(&mut self, registers: &Registers) -> Place {
        if !(self.is_ours)() {
            return Place::Outside;
        }
        let pc = registers[libc::REG_RIP as usize] as u64;
        let last = self.last.take();
        if !self.code.contains(&pc) {
            if last.is_some_and(|(_, instruction)| is_call(&instruction)) {
                self.note_call(pc, registers);
                return Place::Called;
            }
            return Place::Outside;
        }
        let stack = registers[libc::REG_RSP as usize] as u64;
        if last.is_none() && stack > self.top {
            // From outside, or back from a call of its own.
            self.top = stack + FRAME;
        }
        let instruction = decode(pc, self.code.end);
        // One that repeats itself may be stepped through time and again.
        if last.is_none_or(|(before, _)| before != pc || !repeats(&instruction)) {
            self.steps.instructions += 1;
            self.steps.atomics += u64::from(is_atomic(&instruction));
        }
        if let Some(repeated) = Repeated::at(pc) {
            let (read, written) = repeated.moves(registers);
            self.steps.bytes_read += read;
            self.steps.bytes_written += written;
        } else {
            self.note_memory(&instruction, registers, stack);
        }
        self.last = Some((pc, instruction));
        Place::Inside
    }

    fn note_call(&mut self, target: u64, registers: &Registers) {
        let arguments = [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_RCX, libc::REG_R8, libc::REG_R9]
            .map(|register| registers[register as usize] as u64);
        match self.steps.calls.iter_mut().find(|call| call.target == target) {
            Some(call) => {
                call.count += 1;
                call.arguments.iter_mut().zip(arguments).for_each(|(sum, more)| *sum = sum.wrapping_add(more));
            }
            None => self.steps.calls.push(Call { target, count: 1, arguments }),
        }
    }

    fn note_memory(&mut self, instruction: &Instruction, registers: &Registers, stack: u64) {
        let own = stack.saturating_sub(RED_ZONE)..self.top;
        for memory in self.info.info(instruction).used_memory() {
            let address = memory.virtual_address(0, |register, _, _| value(register, registers));
            if address.is_none_or(|address| own.contains(&address)) {
                continue;
            }
            let bytes = memory.memory_size().size() as u64;
            let (reads, writes) = directions(memory);
            self.steps.bytes_read += if reads { bytes } else { 0 };
            self.steps.bytes_written += if writes { bytes } else { 0 };
        }
    }
}

/// Reads the instruction at an address of the driver's code.
fn decode(pc: u64, end: u64) -> Instruction {
    let length = LONGEST.min(end - pc) as usize;
    // SAFETY: the driver is about to execute what is there; all up to the end of its code is mapped with it.
    let bytes = unsafe { std::slice::from_raw_parts(pc as *const u8, length) };
    Decoder::with_ip(64, bytes, pc, DecoderOptions::NONE).decode()
}

fn repeats(instruction: &Instruction) -> bool {
    instruction.has_rep_prefix() || instruction.has_repne_prefix()
}

/// Whether other processors wait for it; an exchange with memory needs no prefix for that.
fn is_atomic(instruction: &Instruction) -> bool {
    let exchanges = matches!(
        instruction.code(),
        Code::Xchg_rm8_r8 | Code::Xchg_rm16_r16 | Code::Xchg_rm32_r32 | Code::Xchg_rm64_r64
    );
    instruction.has_lock_prefix() || (exchanges && instruction.op0_register() == Register::None)
}

/// Whether what comes after it outside is a function that was called: a jump is a call whose return is somebody else's.
fn is_call(instruction: &Instruction) -> bool {
    use FlowControl::{Call, ConditionalBranch, IndirectBranch, IndirectCall, UnconditionalBranch};
    matches!(instruction.flow_control(), Call | IndirectCall | UnconditionalBranch | IndirectBranch | ConditionalBranch)
}

/// Whether an access reads and writes.
fn directions(memory: &UsedMemory) -> (bool, bool) {
    match memory.access() {
        OpAccess::Read | OpAccess::CondRead => (true, false),
        OpAccess::Write | OpAccess::CondWrite => (false, true),
        OpAccess::ReadWrite | OpAccess::ReadCondWrite => (true, true),
        OpAccess::None | OpAccess::NoMemAccess => (false, false),
    }
}

/// A register's value; that of a segment is where it begins, which is 0 for all that drivers use.
fn value(register: Register, registers: &Registers) -> Option<u64> {
    let number: c_int = match register.full_register() {
        Register::RAX => libc::REG_RAX,
        Register::RBX => libc::REG_RBX,
        Register::RCX => libc::REG_RCX,
        Register::RDX => libc::REG_RDX,
        Register::RSI => libc::REG_RSI,
        Register::RDI => libc::REG_RDI,
        Register::RBP => libc::REG_RBP,
        Register::RSP => libc::REG_RSP,
        Register::R8 => libc::REG_R8,
        Register::R9 => libc::REG_R9,
        Register::R10 => libc::REG_R10,
        Register::R11 => libc::REG_R11,
        Register::R12 => libc::REG_R12,
        Register::R13 => libc::REG_R13,
        Register::R14 => libc::REG_R14,
        Register::R15 => libc::REG_R15,
        Register::RIP => libc::REG_RIP,
        segment if segment.is_segment_register() => return Some(0),
        _ => return None,
    };
    let whole = registers[number as usize] as u64;
    Some(if register.size() == 4 { whole & 0xffff_ffff } else { whole })
}
