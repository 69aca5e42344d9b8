//! Bundles that are broken: what could be read is told, and what could not.

use std::fs;

use abi::Release;

use super::kexts::{audited, bundle, executable};

const RELEASES: [Release; 2] = [Release::V10_6, Release::V11];

#[test]
fn what_is_cut_or_flipped_is_told_and_does_no_harm() {
    let place = tempfile::tempdir().unwrap();
    let whole = executable("NOTHING", place.path());
    for part in 0..5 {
        let path = bundle(place.path(), &whole[..whole.len() * part / 5], &["iokit"]);
        let cut = audited(&path, &RELEASES);
        assert!(!cut.held() && cut.verdicts.iter().all(|verdict| verdict.outcome == "refused"), "{part}/5: {cut:?}");
    }
    // xorshift, from a seed that stays.
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..10 {
        let mut flipped = whole.clone();
        for _ in 0..4 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            let at = random as usize % flipped.len();
            flipped[at] ^= 1 << (random >> 61);
        }
        assert_eq!(audited(&bundle(place.path(), &flipped, &["iokit"]), &RELEASES).verdicts.len(), 2);
    }
    let path = bundle(place.path(), &whole, &["iokit"]);
    fs::write(path.join("Contents/Info.plist"), b"<plist>").unwrap();
    let told = audited(&path, &RELEASES);
    assert!(!told.held() && told.unreadable[0].starts_with("Info.plist: "), "{:?}", told.unreadable);
}

#[test]
fn what_stands_before_a_broken_load_command_is_read() {
    /// Bytes from the start of the file: how many load commands there are, and where they begin.
    const COUNT: usize = 16;
    const COMMANDS: usize = 32;
    let place = tempfile::tempdir().unwrap();
    let whole = executable("NOTHING", place.path());
    let read = audited(&bundle(place.path(), &whole, &["iokit"]), &RELEASES).slices.remove(0);
    let count = read.commands.len();
    // A command more than there are; and the second one larger than the rest of the file.
    let mut more = whole.clone();
    more[COUNT] += 1;
    let mut large = whole.clone();
    let second = COMMANDS + u32::from_le_bytes(*whole[COMMANDS + 4..].first_chunk().unwrap()) as usize;
    large[second + 4..second + 8].copy_from_slice(&0x00ff_fff8_u32.to_le_bytes());
    for (file, commands) in [(more, count), (large, 1)] {
        let found = audited(&bundle(place.path(), &file, &["iokit"]), &[Release::V10_6, Release::V11, Release::V15]);
        let part = &found.slices[0];
        assert_eq!((part.commands.as_slice(), part.arch.as_str()), (&read.commands[..commands], "x86_64"));
        assert!(part.unreadable[0].starts_with("Invalid Mach-O load command"), "{:?}", part.unreadable);
        assert!(!found.held() && found.to_string().contains("NOT READ        part for x86_64: Invalid"), "{found}");
        let outcomes: Vec<&str> = found.verdicts.iter().map(|verdict| verdict.outcome).collect();
        assert_eq!(outcomes, ["refused", "refused", "unread"]);
    }
}
