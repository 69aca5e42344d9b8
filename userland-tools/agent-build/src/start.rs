//! How the program starts: 10.6 and 10.7 know no LC_MAIN, which linkers of today write, so that LC_UNIXTHREAD takes its place.

use kext_link::macho::File;

/// LC_MAIN, of 24 bytes: behind the head the offset in the file of where the program begins, and the size of its stack.
pub const LC_MAIN: u32 = 0x8000_0028;
/// LC_UNIXTHREAD: behind the head kinds and sizes of states, and they.
pub const LC_UNIXTHREAD: u32 = 0x5;
/// x86_THREAD_STATE64, its words of 32 bits, and which of its registers of 64 bits says where to begin.
const STATE: u32 = 4;
const STATE_WORDS: u32 = 42;
const RIP: usize = 16;
/// Bytes of the file's head.
const HEAD: usize = 32;
/// Where in the head the size of all commands is.
const SIZE_OF_COMMANDS: usize = 20;

/// Has a program begin by LC_UNIXTHREAD.
///
/// # Errors
/// It is not of its form, has no LC_MAIN, or there is no room behind its commands; in words.
pub fn by_thread(program: &[u8]) -> Result<Vec<u8>, String> {
    let file = File::parse(program).map_err(|why| why.to_string())?;
    let main = file.commands().find(|command| command.cmd == LC_MAIN).ok_or("it has no LC_MAIN")?;
    let offset = main.data.get(8..).and_then(<[u8]>::first_chunk).copied().map(u64::from_le_bytes);
    let offset = offset.ok_or("its LC_MAIN is too short")?;
    let segments = file.segments().collect::<Result<Vec<_>, _>>().map_err(|why| why.to_string())?;
    let text = segments.iter().find(|segment| segment.fileoff == 0 && segment.filesize > 0);
    let text = text.ok_or("it has no segment that begins with the file")?;
    let begin = text.vmaddr + offset;
    let first = segments.iter().flat_map(kext_link::macho::Segment::sections).filter(|it| it.offset > 0);
    let room = first.map(|section| section.offset as usize).min().ok_or("it has no sections")?;

    let mut commands: Vec<u8> = Vec::new();
    for command in file.commands().filter(|command| command.cmd != LC_MAIN) {
        commands.extend(command.data);
    }
    let mut registers = [0_u64; STATE_WORDS as usize / 2];
    registers[RIP] = begin;
    let size = 16 + STATE_WORDS * 4;
    commands.extend([LC_UNIXTHREAD, size, STATE, STATE_WORDS].iter().flat_map(|word| word.to_le_bytes()));
    commands.extend(registers.iter().flat_map(|register| register.to_le_bytes()));
    if HEAD + commands.len() > room {
        return Err(format!(
            "its commands need {} bytes and have {}; link it with more -headerpad",
            commands.len(),
            room - HEAD
        ));
    }
    let mut made = program.to_vec();
    made[HEAD..room].fill(0);
    made[HEAD..HEAD + commands.len()].copy_from_slice(&commands);
    made[SIZE_OF_COMMANDS..SIZE_OF_COMMANDS + 4].copy_from_slice(&(commands.len() as u32).to_le_bytes());
    Ok(made)
}

/// Where a program begins by its LC_UNIXTHREAD, as linked.
pub fn of(file: &File<'_>) -> Option<u64> {
    let thread = file.commands().find(|command| command.cmd == LC_UNIXTHREAD)?;
    let word = |at: usize| Some(u32::from_le_bytes(*thread.data.get(at..)?.first_chunk()?));
    let is_ours = word(8)? == STATE && word(12)? == STATE_WORDS;
    is_ours.then(|| Some(u64::from_le_bytes(*thread.data.get(16 + 8 * RIP..)?.first_chunk()?)))?
}
