//! IODMACommand: what a device is told of a memory descriptor. There is no device and no mapper, so a device's addresses are
//! those of the memory itself; who reaches fewer bits is given the lower ones, as a mapper would give it an address of its own.

mod output;
mod segments;

pub use self::output::FUNCTIONS as OUTPUT_FUNCTIONS;
pub use self::segments::FUNCTIONS as SEGMENT_FUNCTIONS;

use crate::class;
use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::memory;
use crate::libkern::osobject;
use crate::mem;
use crate::object::{Direct, Method, Obj, Side};
use crate::symbols;

/// Byte offset of IOCommand's `fCommandChain`: next and previous.
const CHAIN: usize = 16;
/// Byte offset of `fRefCon`, which anybody may read.
const REF_CON: usize = 32;
/// Bits of an address within a page: a device that reaches no more reaches no page.
const PAGE_BITS: u8 = 12;
/// Direction bits of a descriptor, in and out.
const OUT_IN: u32 = 3;

/// `MappingOptions`: the kinds, and the bits that tell them.
const TYPE_MASK: u32 = 0xf;
const LAST_TYPE: u32 = 3;

/// What the device can do.
#[derive(Clone, Copy)]
struct Specification {
    output: usize,
    address_bits: u8,
    max_segment: u64,
    max_transfer: u64,
    /// Alignments as masks: of the first address, of lengths, of addresses of the segments behind the first.
    address: u32,
    length: u32,
    inner: u32,
}

#[derive(Clone, Copy)]
struct Command {
    specification: Option<Specification>,
    memory: Obj,
    /// Prepares without a complete.
    active: u32,
    offset: u64,
    length: u64,
}

impl Command {
    const NONE: Command = Command { specification: None, memory: Obj::NULL, active: 0, offset: 0, length: 0 };
}

static COMMANDS: Side<Command> = Side::new();

static GET_LENGTH: Method = Method::new("IOMemoryDescriptor", "__ZNK18IOMemoryDescriptor9getLengthEv");
static PREPARE: Method = Method::new("IODMACommand", "__ZN12IODMACommand7prepareEyybb");
static COMPLETE: Method = Method::new("IODMACommand", "__ZN12IODMACommand8completeEbb");
static CLEAR: Method = Method::new("IODMACommand", "__ZN12IODMACommand21clearMemoryDescriptorEb");
static SUPER_INIT: Direct = Direct::new("__ZN9IOCommand4initEv");

fn command(this: Obj) -> Command {
    COMMANDS.with(this, |command| *command).unwrap_or(Command::NONE)
}

impl Specification {
    /// What a driver asks for, completed; none if there can be no such device. Alignments are given as numbers of bytes.
    fn new(
        [output, address_bits, max_segment, options, max_transfer]: [u64; 5],
        [address, length, inner]: [u32; 3],
    ) -> Option<Specification> {
        let mut address_bits = address_bits as u8;
        if symbols::at_address(output as usize).is_some_and(output::is_32_bit) {
            if address_bits > 32 {
                return None;
            }
            address_bits = if address_bits == 0 { 32 } else { address_bits };
        }
        let options = options as u32;
        if output == 0 || (1..PAGE_BITS).contains(&address_bits) || options & TYPE_MASK > LAST_TYPE {
            return None;
        }
        let limit = |most: u64| if most == 0 { u64::MAX } else { most };
        let mask = |alignment: u32| alignment.max(1) - 1;
        Some(Specification {
            output: output as usize,
            address_bits,
            max_segment: limit(max_segment),
            max_transfer: limit(max_transfer),
            address: mask(address),
            length: mask(length),
            inner: if inner == 0 { mask(address) } else { mask(inner) },
        })
    }

    /// What `SegmentOptions` says.
    fn from_options(output: u64, from: usize, options: u32) -> Option<Specification> {
        if from == 0 {
            return None;
        }
        let address_bits: u8 = mem::read(from + 1);
        let [max_segment, max_transfer]: [u64; 2] = mem::read(from + 8);
        Specification::new(
            [output, u64::from(address_bits), max_segment, u64::from(options), max_transfer],
            mem::read(from + 24),
        )
    }

    /// An address as the device has it.
    fn reached(&self, address: u64) -> u64 {
        match self.address_bits {
            0 | 64.. => address,
            bits => address & ((1 << bits) - 1),
        }
    }
}

/// IOCommand::init: a chain of one.
extern "C" fn init_command(this: Obj) -> bool {
    this.set(CHAIN, [this.0 + CHAIN; 2]);
    true
}

fn begin(this: Obj, specification: Option<Specification>, ref_con: u64) -> bool {
    if !SUPER_INIT.call_bool(&[this.word()]) {
        return false;
    }
    this.set(REF_CON, ref_con);
    COMMANDS.insert(this, Command { specification, ..Command::NONE });
    true
}

extern "C" fn init(
    this: Obj,
    output: u64,
    bits: u8,
    max_segment: u64,
    options: u32,
    max_transfer: u64,
    alignment: u32,
    _mapper: u64,
    ref_con: u64,
) -> bool {
    let words = [output, u64::from(bits), max_segment, u64::from(options), max_transfer];
    let specification = Specification::new(words, [alignment, 1, alignment]);
    specification.is_some() && begin(this, specification, ref_con)
}

extern "C" fn init_with_options(this: Obj, output: u64, from: usize, options: u32, _mapper: u64, ref_con: u64) -> bool {
    let specification = Specification::from_options(output, from, options);
    specification.is_some() && begin(this, specification, ref_con)
}

extern "C" fn init_with_ref_con(this: Obj, ref_con: u64) -> bool {
    begin(this, None, ref_con)
}

/// A new command that `init` makes, NULL when it fails. There is no subclass whose `init` it could be.
fn new(init: impl FnOnce(Obj) -> bool) -> Obj {
    let this = class::instantiate("IODMACommand");
    if init(this) {
        return this;
    }
    this.release();
    Obj::NULL
}

extern "C" fn with_specification(
    output: u64,
    bits: u8,
    max_segment: u64,
    options: u32,
    max_transfer: u64,
    alignment: u32,
    mapper: u64,
    ref_con: u64,
) -> Obj {
    new(|this| init(this, output, bits, max_segment, options, max_transfer, alignment, mapper, ref_con))
}

extern "C" fn with_options(output: u64, from: usize, options: u32, mapper: u64, ref_con: u64) -> Obj {
    new(|this| init_with_options(this, output, from, options, mapper, ref_con))
}

extern "C" fn with_ref_con(ref_con: u64) -> Obj {
    new(|this| init_with_ref_con(this, ref_con))
}

/// cloneCommand: one for a device of the same kind.
extern "C" fn clone_command(this: Obj, ref_con: u64) -> Obj {
    new(|clone| begin(clone, command(this).specification, ref_con))
}

extern "C" fn free(this: Obj) {
    COMMANDS.remove(this);
    osobject::free(this);
}

/// setMemoryDescriptor: the one that it has may not be prepared, unless it is the same.
extern "C" fn set_memory(this: Obj, descriptor: Obj, at_once: bool) -> IOReturn {
    let before = command(this);
    if before.memory == descriptor {
        if !at_once {
            complete_all(this);
        }
        return IOReturn::SUCCESS;
    }
    if !before.memory.is_null() {
        if before.active > 0 {
            return IOReturn::BUSY;
        }
        CLEAR.call(this, &[1]);
    }
    if descriptor.is_null() {
        return IOReturn::SUCCESS;
    }
    COMMANDS.with(this, |command| command.memory = descriptor.retain());
    if at_once {
        let prepared = IOReturn(PREPARE.call_u32(this, &[0, 0, 1, 1]));
        if !prepared.is_success() {
            CLEAR.call(this, &[1]);
        }
        return prepared;
    }
    IOReturn::SUCCESS
}

fn complete_all(this: Obj) {
    while command(this).active > 0 {
        COMPLETE.call(this, &[1, 1]);
    }
}

extern "C" fn clear_memory(this: Obj, completes: bool) -> IOReturn {
    if command(this).active > 0 && !completes {
        return IOReturn::NOT_READY;
    }
    complete_all(this);
    let memory = COMMANDS.with(this, |command| core::mem::replace(&mut command.memory, Obj::NULL));
    if let Some(memory) = memory.and_then(Obj::some) {
        memory.release();
    }
    IOReturn::SUCCESS
}

extern "C" fn get_memory(this: Obj) -> Obj {
    command(this).memory
}

/// prepare: of a range, or of all if `length` is 0. Memory here is always where a device finds it; the range is kept.
extern "C" fn prepare(this: Obj, offset: u64, length: u64, _flush: bool, _synchronize: bool) -> IOReturn {
    let Command { specification: Some(specification), memory, .. } = command(this) else { return IOReturn::NOT_READY };
    let whole = memory.some().map_or(0, |memory| GET_LENGTH.call(memory, &[]));
    let length = if length == 0 { whole } else { length };
    if length > specification.max_transfer {
        return IOReturn::NO_SPACE;
    }
    let prepare = |command: &mut Command| {
        command.active += 1;
        if command.active > 1 {
            let same = (command.offset, command.length) == (offset, length);
            return if same { IOReturn::SUCCESS } else { IOReturn::NOT_READY };
        }
        if length & u64::from(specification.length) != 0 {
            return IOReturn::NOT_ALIGNED;
        }
        (command.offset, command.length) = (offset, length);
        IOReturn::SUCCESS
    };
    COMMANDS.with(this, prepare).unwrap_or(IOReturn::NOT_READY)
}

fn prepare_as(this: Obj, specification: Option<Specification>, rest: [u64; 4]) -> IOReturn {
    if command(this).active > 0 {
        return IOReturn::NOT_PERMITTED;
    }
    if specification.is_none() {
        return IOReturn::BAD_ARGUMENT;
    }
    COMMANDS.with(this, |command| command.specification = specification);
    IOReturn(PREPARE.call_u32(this, &rest))
}

extern "C" fn prepare_with_specification(
    this: Obj,
    output: u64,
    bits: u8,
    max_segment: u64,
    options: u32,
    max_transfer: u64,
    alignment: u32,
    _mapper: u64,
    offset: u64,
    length: u64,
    flush: bool,
    synchronize: bool,
) -> IOReturn {
    let words = [output, u64::from(bits), max_segment, u64::from(options), max_transfer];
    let specification = Specification::new(words, [alignment, 1, alignment]);
    prepare_as(this, specification, [offset, length, u64::from(flush), u64::from(synchronize)])
}

extern "C" fn prepare_with_options(
    this: Obj,
    output: u64,
    from: usize,
    options: u32,
    _mapper: u64,
    offset: u64,
    length: u64,
    flush: bool,
    synchronize: bool,
) -> IOReturn {
    let specification = Specification::from_options(output, from, options);
    prepare_as(this, specification, [offset, length, u64::from(flush), u64::from(synchronize)])
}

extern "C" fn complete(this: Obj, _invalidate: bool, _synchronize: bool) -> IOReturn {
    let complete = |command: &mut Command| match command.active.checked_sub(1) {
        None => IOReturn::NOT_READY,
        Some(active) => {
            command.active = active;
            IOReturn::SUCCESS
        }
    };
    COMMANDS.with(this, complete).unwrap_or(IOReturn::NOT_READY)
}

/// synchronize: nothing is ever copied for a device.
extern "C" fn synchronize(this: Obj, options: u32) -> IOReturn {
    match command(this).active {
        _ if options & OUT_IN == OUT_IN => IOReturn::BAD_ARGUMENT,
        0 => IOReturn::NOT_READY,
        _ => IOReturn::SUCCESS,
    }
}

extern "C" fn prepared(this: Obj, offset: usize, length: usize) -> IOReturn {
    let command = command(this);
    if command.active == 0 {
        return IOReturn::NOT_READY;
    }
    for (to, value) in [(offset, command.offset), (length, command.length)] {
        if to != 0 {
            mem::write(to, value);
        }
    }
    IOReturn::SUCCESS
}

/// Copies between the prepared range from `offset` on and other memory; returns how many bytes.
fn transfer_bytes(this: Obj, is_write: bool, offset: u64, other: usize, length: u64) -> u64 {
    let command = command(this);
    match command.length.checked_sub(offset) {
        Some(rest) if command.active > 0 => {
            memory::transfer(command.memory, command.offset + offset, other, length.min(rest), is_write)
        }
        _ => 0,
    }
}

/// transfer: 1 reads, 2 writes.
extern "C" fn transfer(this: Obj, operation: u32, offset: u64, other: usize, length: u64) -> u64 {
    transfer_bytes(this, operation == 2, offset, other, length)
}

extern "C" fn read_bytes(this: Obj, offset: u64, to: usize, length: u64) -> u64 {
    transfer_bytes(this, false, offset, to, length)
}

extern "C" fn write_bytes(this: Obj, offset: u64, from: usize, length: u64) -> u64 {
    transfer_bytes(this, true, offset, from, length)
}

extern "C" fn address_bits(this: Obj) -> u8 {
    command(this).specification.map_or(0, |specification| specification.address_bits)
}

/// A mask of the specification as a number of bytes.
fn alignment_of(this: Obj, mask: fn(&Specification) -> u32) -> u32 {
    command(this).specification.map_or(0, |specification| mask(&specification)) + 1
}

extern "C" fn alignment(this: Obj) -> u32 {
    alignment_of(this, |specification| specification.address)
}

extern "C" fn length_alignment(this: Obj) -> u32 {
    alignment_of(this, |specification| specification.length)
}

extern "C" fn inner_alignment(this: Obj) -> u32 {
    alignment_of(this, |specification| specification.inner)
}

functions! { pub FUNCTIONS:
    "__ZN9IOCommand4initEv" => init_command,
    "__ZN12IODMACommand17withSpecificationEPFbPS_NS_9Segment64EPvjEhyNS_14MappingOptionsEyjP8IOMapperS2_" => with_specification,
    "__ZN12IODMACommand17withSpecificationEPFbPS_NS_9Segment64EPvjEPKNS_14SegmentOptionsEjP8IOMapperS2_" => with_options,
    "__ZN12IODMACommand10withRefConEPv" => with_ref_con,
    "__ZN12IODMACommand12cloneCommandEPv" => clone_command,
    "__ZN12IODMACommand21initWithSpecificationEPFbPS_NS_9Segment64EPvjEhyNS_14MappingOptionsEyjP8IOMapperS2_" => init,
    "__ZN12IODMACommand21initWithSpecificationEPFbPS_NS_9Segment64EPvjEPKNS_14SegmentOptionsEjP8IOMapperS2_" => init_with_options,
    "__ZN12IODMACommand14initWithRefConEPv" => init_with_ref_con,
    "__ZN12IODMACommand4freeEv" => free,
    "__ZN12IODMACommand19setMemoryDescriptorEPK18IOMemoryDescriptorb" => set_memory,
    "__ZN12IODMACommand21clearMemoryDescriptorEb" => clear_memory,
    "__ZNK12IODMACommand19getMemoryDescriptorEv" => get_memory,
    "__ZNK12IODMACommand21getIOMemoryDescriptorEv" => get_memory,
    "__ZN12IODMACommand7prepareEyybb" => prepare,
    "__ZN12IODMACommand24prepareWithSpecificationEPFbPS_NS_9Segment64EPvjEhyNS_14MappingOptionsEyjP8IOMapperyybb" => prepare_with_specification,
    "__ZN12IODMACommand24prepareWithSpecificationEPFbPS_NS_9Segment64EPvjEPKNS_14SegmentOptionsEjP8IOMapperyybb" => prepare_with_options,
    "__ZN12IODMACommand8completeEbb" => complete,
    "__ZN12IODMACommand11synchronizeEj" => synchronize,
    "__ZN12IODMACommand26getPreparedOffsetAndLengthEPyS0_" => prepared,
    "__ZN12IODMACommand8transferEjyPvy" => transfer,
    "__ZN12IODMACommand9readBytesEyPvy" => read_bytes,
    "__ZN12IODMACommand10writeBytesEyPKvy" => write_bytes,
    "__ZN12IODMACommand17getNumAddressBitsEv" => address_bits,
    "__ZN12IODMACommand12getAlignmentEv" => alignment,
    "__ZN12IODMACommand18getAlignmentLengthEv" => length_alignment,
    "__ZN12IODMACommand28getAlignmentInternalSegmentsEv" => inner_alignment,
}
