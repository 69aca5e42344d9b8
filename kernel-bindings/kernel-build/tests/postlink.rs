//! The post-link step on damaged input: it refuses or converts, and never panics.

mod common;

use std::sync::LazyLock;

use kernel_build::postlink::convert;
use object::LittleEndian as LE;
use object::macho::MachHeader64;
use object::read::macho::MachHeader;
use proptest::prelude::*;
use proptest::sample::Index;

/// What the linker wrote for the small kext, where other tests build it as well.
static LINKED: LazyLock<Vec<u8>> =
    LazyLock::new(|| kernel_build::build(&common::small(&common::fixtures().join("small"), "small")).unwrap().linked);

/// Where the load commands end, and where the linker's tables start.
fn landmarks() -> (usize, usize) {
    let header = MachHeader64::<LE>::parse(&**LINKED, 0).unwrap();
    let mut tables = 0;
    let mut commands = header.load_commands(LE, &**LINKED, 0).unwrap();
    while let Some(command) = commands.next().unwrap() {
        if let Some((segment, _)) = command.segment_64().unwrap() {
            tables = segment.fileoff.get(LE) as usize;
        }
    }
    (32 + header.sizeofcmds.get(LE) as usize, tables)
}

#[test]
fn what_is_no_linker_output_is_refused() {
    for input in [&b""[..], b"\x7fELF", &[0; 64], &LINKED[..31], &LINKED[..200], &LINKED[..LINKED.len() / 2]] {
        assert!(convert(input).is_err());
    }
    let kext = convert(&LINKED).unwrap();
    let message = convert(&kext).unwrap_err().to_string();
    assert!(message.contains("MH_BUNDLE"), "a kext is not converted twice: {message}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn damaged_load_commands_do_no_harm(damage: [(Index, u8); 2]) {
        let (end, _) = landmarks();
        let mut file = LINKED.clone();
        for (place, value) in damage {
            file[place.index(end)] = value;
        }
        let _ = convert(&file);
    }

    #[test]
    fn damaged_tables_do_no_harm(place: Index, bytes: [u8; 4]) {
        let (_, start) = landmarks();
        let mut file = LINKED.clone();
        let at = start + place.index(file.len() - start - 4);
        file[at..at + 4].copy_from_slice(&bytes);
        let _ = convert(&file);
    }

    #[test]
    fn a_file_that_ends_early_does_no_harm(end: Index) {
        let _ = convert(&LINKED[..end.index(LINKED.len())]);
    }
}
