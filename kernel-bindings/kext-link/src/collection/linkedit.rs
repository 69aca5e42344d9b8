//! What the builder asks of `__LINKEDIT`: its pieces in bounds, aligned and apart, and sane ranges of symbols.

use alloc::format;
use alloc::vec::Vec;

use super::validate::complaint;
use crate::Refusal;
use crate::macho::constants::{
    LC_CODE_SIGNATURE, LC_DATA_IN_CODE, LC_DYLD_CHAINED_FIXUPS, LC_DYLD_EXPORTS_TRIE, LC_DYLD_INFO, LC_DYLD_INFO_ONLY,
    LC_DYSYMTAB, LC_FUNCTION_STARTS, LC_SEGMENT_SPLIT_INFO, LC_SYMTAB, LC_UUID,
};
use crate::macho::{Dysymtab, File, LoadCommand, Segment, Symtab};

/// Commands whose size is fixed and that there may be one of; name and size.
const SINGLE: [(u32, &str, usize); 11] = [
    (LC_SYMTAB, "LC_SYMTAB", 24),
    (LC_DYSYMTAB, "LC_DYSYMTAB", 80),
    (LC_DYLD_INFO, "LC_DYLD_INFO", 48),
    (LC_DYLD_INFO_ONLY, "LC_DYLD_INFO", 48),
    (LC_UUID, "LC_UUID", 24),
    (LC_CODE_SIGNATURE, "LC_CODE_SIGNATURE", 16),
    (LC_SEGMENT_SPLIT_INFO, "LC_SEGMENT_SPLIT_INFO", 16),
    (LC_FUNCTION_STARTS, "LC_FUNCTION_STARTS", 16),
    (LC_DATA_IN_CODE, "LC_DATA_IN_CODE", 16),
    (LC_DYLD_EXPORTS_TRIE, "LC_DYLD_EXPORTS_TRIE", 16),
    (LC_DYLD_CHAINED_FIXUPS, "LC_DYLD_CHAINED_FIXUPS", 16),
];

/// Pieces that a command of the usual form points to; name of the piece.
const PIECES: [(u32, &str); 6] = [
    (LC_CODE_SIGNATURE, "code signature"),
    (LC_SEGMENT_SPLIT_INFO, "shared cache info"),
    (LC_FUNCTION_STARTS, "function starts"),
    (LC_DATA_IN_CODE, "data in code"),
    (LC_DYLD_EXPORTS_TRIE, "exports trie"),
    (LC_DYLD_CHAINED_FIXUPS, "chained fixups"),
];

/// A piece of `__LINKEDIT`.
#[derive(Clone, Copy)]
struct Piece {
    name: &'static str,
    start: u64,
    size: u64,
    align: u64,
}

/// Checks everything, and finds the symbols.
pub(super) fn check<'a>(
    macho: &File<'a>,
    segments: &[Segment<'a>],
    identifier: &str,
) -> Result<(Symtab<'a>, Dysymtab<'a>), Refusal> {
    for (cmd, name, size) in SINGLE {
        let mut found = macho.commands().filter(|command| command.cmd == cmd);
        if found.clone().any(|command| command.data.len() != size) {
            return Err(Refusal::said(
                format_args!("{name} load command size wrong"),
                format_args!("It is {size} bytes."),
            ));
        }
        if found.nth(1).is_some() {
            return Err(Refusal::said(format_args!("multiple {name} load commands"), "There may be one of its kind."));
        }
    }
    let symtab = macho.commands().find(|command| command.cmd == LC_SYMTAB);
    let dysymtab = macho.commands().find(|command| command.cmd == LC_DYSYMTAB);
    let (Some(symtab), Some(dysymtab)) = (symtab, dysymtab) else {
        return Err(match (symtab, dysymtab) {
            (None, Some(_)) => {
                Refusal::said("LC_DYSYMTAB but no LC_SYMTAB load command", "Do not strip the symbol table.")
            }
            (None, None) => {
                complaint(identifier, "malformed mach-o missing LINKEDIT", "LC_SYMTAB and LC_DYSYMTAB must be there.")
            }
            _ => Refusal::crash("it has no LC_DYSYMTAB", "Its relocations are in LC_DYSYMTAB."),
        });
    };
    combinations(macho, &dysymtab, identifier)?;
    apart(pieces(macho, &symtab, &dysymtab), segments, identifier)?;
    ranges(&symtab, &dysymtab, identifier)?;
    let tables = (macho.symtab(), macho.dysymtab());
    let (Ok(Some(symtab)), Ok(Some(dysymtab))) = tables else {
        return Err(Refusal::crash("a table of __LINKEDIT does not lie within the file", "Rebuild the kext."));
    };
    Ok((symtab, dysymtab))
}

fn field(command: &LoadCommand<'_>, index: u64) -> u64 {
    u64::from(crate::bytes::u32(command.data, 8 + index * 4).unwrap_or(0))
}

fn combinations(macho: &File<'_>, dysymtab: &LoadCommand<'_>, identifier: &str) -> Result<(), Refusal> {
    if macho.commands().all(|command| command.cmd != LC_DYLD_INFO_ONLY) {
        return Ok(());
    }
    let detail =
        "The command says that its opcodes are all there is, the relocations of LC_DYSYMTAB say they are: take it out.";
    for (count, kind) in [(17, "local"), (15, "external")] {
        if field(dysymtab, count) != 0 {
            let text = format!("malformed mach-o contains LC_DYLD_INFO_ONLY and {kind} relocations");
            return Err(complaint(identifier, text, detail));
        }
    }
    Ok(())
}

fn pieces(macho: &File<'_>, symtab: &LoadCommand<'_>, dysymtab: &LoadCommand<'_>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut add = |name, start, size, align| {
        if size != 0 {
            pieces.push(Piece { name, start, size, align });
        }
    };
    add("symbol table", field(symtab, 0), field(symtab, 1) * 16, 8);
    add("symbol table strings", field(symtab, 2), field(symtab, 3), 1);
    add("indirect symbol table", field(dysymtab, 12), field(dysymtab, 13) * 4, 4);
    add("external relocations", field(dysymtab, 14), field(dysymtab, 15) * 8, 8);
    add("local relocations", field(dysymtab, 16), field(dysymtab, 17) * 8, 8);
    for (cmd, name) in PIECES {
        for command in macho.commands().filter(|command| command.cmd == cmd) {
            add(name, field(&command, 0), field(&command, 1), 8);
        }
    }
    let names = ["rebase opcodes", "bind opcodes", "weak bind opcodes", "lazy bind opcodes", "exports trie"];
    for command in macho.commands().filter(|command| [LC_DYLD_INFO, LC_DYLD_INFO_ONLY].contains(&command.cmd)) {
        for (index, name) in (0..).zip(names) {
            add(name, field(&command, index * 2), field(&command, index * 2 + 1), 8);
        }
    }
    pieces
}

fn apart(mut pieces: Vec<Piece>, segments: &[Segment<'_>], identifier: &str) -> Result<(), Refusal> {
    if pieces.is_empty() {
        let detail = "There are neither symbols nor relocations in it.";
        return Err(complaint(identifier, "malformed mach-o missing LINKEDIT", detail));
    }
    let Some(linkedit) = segments.iter().find(|segment| segment.name == "__LINKEDIT") else { return Ok(()) };
    pieces.sort_by_key(|piece| piece.start);
    let (mut end, mut before) = (linkedit.fileoff, "start of LINKEDIT");
    for piece in pieces {
        let name = piece.name;
        let detail =
            format!("{name} is at {:#x}, {:#x} bytes long; {before} ends at {end:#x}.", piece.start, piece.size);
        if piece.start < end {
            return Err(complaint(identifier, format_args!("LINKEDIT overlap of {before} and {name}"), detail));
        }
        if piece.start + piece.size > linkedit.fileoff.saturating_add(linkedit.filesize) {
            let text = format!("LINKEDIT content '{name}' extends beyond end of segment");
            return Err(complaint(identifier, text, detail));
        }
        if !piece.start.is_multiple_of(piece.align) {
            return Err(complaint(identifier, format_args!("mis-aligned LINKEDIT content '{name}'"), detail));
        }
        (end, before) = (piece.start + piece.size, name);
    }
    Ok(())
}

fn ranges(symtab: &LoadCommand<'_>, dysymtab: &LoadCommand<'_>, identifier: &str) -> Result<(), Refusal> {
    let total = field(symtab, 1);
    for (index, kind) in [(0, "local"), (2, "extern"), (4, "undefined")] {
        let (first, count) = (field(dysymtab, index), field(dysymtab, index + 1));
        if first > total || count > total {
            let text =
                format!("malformed mach-o image: indirect symbol table {kind} symbol count exceeds total symbols");
            return Err(complaint(identifier, text, format_args!("{first} and {count} of {total} symbols.")));
        }
        if first + count > total {
            return Err(Refusal::crash(
                format_args!("the range of {kind} symbols, {count} from {first} on, goes beyond the {total} symbols"),
                "Order the symbols: local ones first, without N_EXT, then defined externals, then imports.",
            ));
        }
    }
    Ok(())
}
