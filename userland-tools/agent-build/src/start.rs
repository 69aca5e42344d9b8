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

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of one segment with one section at `room`, that begins at 0x540 of it.
    fn program(room: u32) -> Vec<u8> {
        let mut segment = Vec::new();
        segment.extend(0x19_u32.to_le_bytes());
        segment.extend((72 + 80_u32).to_le_bytes());
        segment.extend(*b"__TEXT\0\0\0\0\0\0\0\0\0\0");
        segment.extend([0x1_0000_0000_u64, 0x1000, 0, 0x1000].iter().flat_map(|word| word.to_le_bytes()));
        segment.extend([5_u32, 5, 1, 0].iter().flat_map(|word| word.to_le_bytes()));
        segment.extend(*b"__text\0\0\0\0\0\0\0\0\0\0__TEXT\0\0\0\0\0\0\0\0\0\0");
        segment.extend([0x1_0000_0000 + u64::from(room), 8].iter().flat_map(|word| word.to_le_bytes()));
        segment.extend([room, 0, 0, 0, 0, 0, 0, 0].iter().flat_map(|word| word.to_le_bytes()));
        let main = [&[LC_MAIN, 24].map(u32::to_le_bytes).concat()[..], &0x540_u64.to_le_bytes(), &[0; 8]].concat();
        let size = (segment.len() + main.len()) as u32;
        let head = [0xFEED_FACF_u32, 0x0100_0007, 3, 2, 2, size, 0, 0];
        let mut file: Vec<u8> = head.iter().flat_map(|word| word.to_le_bytes()).collect();
        file.extend(segment);
        file.extend(main);
        file.resize(0x1000, 0xCC);
        file
    }

    #[test]
    fn the_thread_begins_where_main_did() {
        let made = by_thread(&program(0x500)).unwrap();
        let file = File::parse(&made).unwrap();
        assert_eq!(of(&file), Some(0x1_0000_0540));
        assert!(file.commands().all(|command| command.cmd != LC_MAIN) && made[0x500..] == program(0x500)[0x500..]);
        assert!(by_thread(&made).unwrap_err().contains("no LC_MAIN"));
    }

    #[test]
    fn too_little_room_is_told() {
        let why = by_thread(&program(0x100)).unwrap_err();
        assert!(why.contains("need 336 bytes and have 224; link it with more -headerpad"), "{why}");
    }
}
