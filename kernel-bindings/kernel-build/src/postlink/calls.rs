//! The calls and jumps that go through stubs.

use iced_x86::{Code, ConstantOffsets, Decoder, DecoderOptions, FlowControl, Instruction, OpKind};
use object::macho;

use super::PostlinkError;
use super::input::{Input, Section};

/// A call or jump to an import.
pub(super) struct Call<'a> {
    /// Address of its 32-bit displacement.
    pub address: u64,
    /// The import's name.
    pub symbol: &'a str,
}

/// Finds every call and jump into a stub, ascending by address.
pub(super) fn find<'a>(input: &Input<'a>) -> Result<Vec<Call<'a>>, PostlinkError> {
    let stubs = Stubs::read(input)?;
    let mut starts = input.function_starts.clone();
    starts.extend(input.symbols.iter().filter(|symbol| symbol.section.is_some()).map(|symbol| symbol.value));
    starts.extend(input.data_in_code.iter().flat_map(|&(start, end)| [start, end]));
    starts.sort_unstable();
    starts.dedup();
    let mut calls = Vec::new();
    for section in input.sections.iter().filter(|section| section.is_code() && !section.is_dropped()) {
        // Padding between functions is not code; each function is decoded from its own start, so that none is
        // misread.
        let end = section.address + section.size;
        let first = starts.partition_point(|&start| start <= section.address);
        let inner = starts[first..].iter().copied().take_while(|&start| start < end);
        let bounds: Vec<u64> = std::iter::once(section.address).chain(inner).chain([end]).collect();
        for range in bounds.windows(2) {
            if !input.data_in_code.iter().any(|&(start, end)| (start..end).contains(&range[0])) {
                decode(input, &stubs, range[0], range[1], &mut calls)?;
            }
        }
    }
    Ok(calls)
}

fn decode<'a>(
    input: &Input<'a>,
    stubs: &Stubs<'a>,
    start: u64,
    end: u64,
    calls: &mut Vec<Call<'a>>,
) -> Result<(), PostlinkError> {
    let code = &input.file[start as usize..end as usize];
    let mut decoder = Decoder::with_ip(64, code, start, DecoderOptions::NONE);
    let mut instruction = Instruction::default();
    while decoder.can_decode() {
        decoder.decode_out(&mut instruction);
        if instruction.code() == Code::INVALID {
            continue;
        }
        if let Some(target) = branch_target(&instruction).filter(|&target| stubs.contains(target)) {
            let symbol = stubs.symbol(target);
            let offsets: ConstantOffsets = decoder.get_constant_offsets(&instruction);
            let (Some(symbol), 4) = (symbol, offsets.immediate_size()) else {
                return Err(PostlinkError::Unexpected(format!(
                    "{} branches into the middle of a stub at {:#x}",
                    input.name_at(start),
                    instruction.ip()
                )));
            };
            calls.push(Call { address: instruction.ip() + offsets.immediate_offset() as u64, symbol });
        } else if instruction.is_ip_rel_memory_operand() && stubs.contains(instruction.ip_rel_memory_address()) {
            return Err(PostlinkError::Unsupported(format!(
                "{} takes the address of a stub at {:#x}; compile it so that imports' addresses come from the GOT",
                input.name_at(start),
                instruction.ip()
            )));
        }
    }
    Ok(())
}

fn branch_target(instruction: &Instruction) -> Option<u64> {
    let branches = matches!(
        instruction.flow_control(),
        FlowControl::Call | FlowControl::UnconditionalBranch | FlowControl::ConditionalBranch
    );
    (branches && instruction.op0_kind() == OpKind::NearBranch64).then(|| instruction.near_branch_target())
}

/// The dynamic linker's sections and the imports behind the stubs.
struct Stubs<'a> {
    dropped: Vec<(u64, u64)>,
    stubs: Vec<(u64, &'a str)>,
}

impl<'a> Stubs<'a> {
    fn read(input: &Input<'a>) -> Result<Stubs<'a>, PostlinkError> {
        let dropped = input.sections.iter().filter(|section| section.is_dropped());
        let dropped = dropped.map(|section| (section.address, section.address + section.size)).collect();
        let mut stubs = Vec::new();
        for section in input.sections.iter().filter(|section| section.flags.typ() == macho::S_SYMBOL_STUBS) {
            let size = u64::from(section.stub_size);
            if size == 0 {
                return Err(PostlinkError::Unexpected("stubs of size 0".into()));
            }
            for index in 0..section.size / size {
                stubs.push((section.address + index * size, Stubs::name(input, section, index)?));
            }
        }
        Ok(Stubs { dropped, stubs })
    }

    fn name(input: &Input<'a>, section: &Section, index: u64) -> Result<&'a str, PostlinkError> {
        let entry = input.indirect.get(section.indirect_index as usize + index as usize).copied().flatten();
        entry.ok_or_else(|| PostlinkError::Unexpected(format!("stub {index} has no symbol")))
    }

    fn contains(&self, address: u64) -> bool {
        self.dropped.iter().any(|&(start, end)| (start..end).contains(&address))
    }

    fn symbol(&self, address: u64) -> Option<&'a str> {
        let index = self.stubs.binary_search_by_key(&address, |&(stub, _)| stub).ok()?;
        Some(self.stubs[index].1)
    }
}
