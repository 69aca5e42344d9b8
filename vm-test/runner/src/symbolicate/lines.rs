//! Lines of sources, from DWARF in a Mach-O file.

use std::fs;
use std::path::Path;
use std::rc::Rc;

use addr2line::Context;
use gimli::{Dwarf, EndianRcSlice, Error, LittleEndian, SectionId};
use kext_link::macho::File;

/// Characters of a section's name that a Mach-O file holds.
const NAME: usize = 16;

/// Lines by address.
pub struct Lines(Context<EndianRcSlice<LittleEndian>>);

impl std::fmt::Debug for Lines {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Lines")
    }
}

impl Lines {
    /// The debugging information in a file; `None`: it has none.
    pub fn of(file: &File<'_>) -> Option<Lines> {
        let section = |id: SectionId| {
            // ".debug_info" is "__debug_info" here, cut to what fits.
            let wanted: String = id.name().replacen('.', "__", 1).chars().take(NAME).collect();
            let sections = file.segments().flatten().flat_map(|segment| segment.sections().collect::<Vec<_>>());
            let mut found = sections.filter(|section| section.name.as_bytes() == wanted.as_bytes());
            found.find_map(|section| section.data()).unwrap_or_default().to_vec()
        };
        if section(SectionId::DebugInfo).is_empty() {
            return None;
        }
        let load = |id| Ok::<_, Error>(EndianRcSlice::new(Rc::from(section(id)), LittleEndian));
        Context::from_dwarf(Dwarf::load(load).ok()?).ok().map(Lines)
    }

    /// That in `NAME.kext.dSYM` beside the bundle at `path`, if it is of the executable with this UUID.
    pub fn beside(path: &Path, uuid: [u8; 16]) -> Option<Lines> {
        let whole = path.canonicalize().ok()?;
        let mut name = whole.file_name()?.to_owned();
        name.push(".dSYM");
        let folder = whole.with_file_name(name).join("Contents/Resources/DWARF");
        let mut files: Vec<_> = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.into_iter().find_map(|path| {
            let bytes = fs::read(path).ok()?;
            let thin = kext_link::fat::x86_64(&bytes).ok()?;
            let file = File::parse(thin).ok().filter(|file| file.uuid() == Some(uuid))?;
            Lines::of(&file)
        })
    }

    /// "driver.cpp:34".
    pub fn at(&self, address: u64) -> Option<String> {
        let location = self.0.find_location(address).ok().flatten()?;
        let file = location.file?.rsplit('/').next()?.to_owned();
        Some(location.line.map_or(file.clone(), |line| format!("{file}:{line}")))
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// An object file with debugging information, of a function on line 3.
    fn object(folder: &Path) -> Vec<u8> {
        fs::write(folder.join("source.c"), "// one\n// two\nint answer(void)\n{\n    return 42;\n}\n").unwrap();
        let compile = |clang: &str| {
            let mut command = Command::new(clang);
            command.args(["-target", "x86_64-apple-macosx10.9", "-g", "-O0", "-c", "source.c", "-o", "object.o"]);
            command.current_dir(folder).status().is_ok_and(|status| status.success())
        };
        assert!(compile("clang-19") || compile("clang"), "clang is needed: cargo xtask setup");
        fs::read(folder.join("object.o")).unwrap()
    }

    /// A file with a UUID and the debugging information of an object, as a .dSYM has it.
    fn with_uuid(object: &[u8], uuid: [u8; 16]) -> Vec<u8> {
        let file = File::parse(object).unwrap();
        let sections: Vec<_> =
            file.segments().flatten().flat_map(|segment| segment.sections().collect::<Vec<_>>()).collect();
        let debug: Vec<_> = sections.iter().filter(|section| section.segment == "__DWARF").collect();
        let size = 72 + 80 * debug.len() as u32;
        let mut bytes = Vec::new();
        for word in [0xfeed_facf_u32, 0x0100_0007, 3, 10, 2, 24 + size, 0, 0, 0x1b, 24] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(uuid);
        let mut offset = 32 + 24 + size;
        bytes.extend([0x19, size].map(u32::to_le_bytes).concat());
        bytes.extend(b"__DWARF\0\0\0\0\0\0\0\0\0");
        bytes.extend([0; 40]);
        bytes.extend([debug.len() as u32, 0].map(u32::to_le_bytes).concat());
        let mut contents: Vec<u8> = Vec::new();
        for section in &debug {
            let data = section.data().unwrap();
            let mut name = section.name.as_bytes().to_vec();
            name.resize(NAME, 0);
            bytes.extend(name);
            bytes.extend(b"__DWARF\0\0\0\0\0\0\0\0\0");
            bytes.extend(0_u64.to_le_bytes());
            bytes.extend((data.len() as u64).to_le_bytes());
            bytes.extend([offset, 0, 0, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
            offset += data.len() as u32;
            contents.extend(data);
        }
        bytes.extend(contents);
        bytes
    }

    #[test]
    fn lines_are_those_of_the_source() {
        let folder = tempfile::tempdir().unwrap();
        let object = object(folder.path());
        let lines = Lines::of(&File::parse(&object).unwrap()).unwrap();
        assert_eq!(lines.at(0).as_deref(), Some("source.c:4"));
        assert_eq!(lines.at(4).as_deref(), Some("source.c:5"));
        assert_eq!(lines.at(1 << 40), None);
    }

    #[test]
    fn a_dsym_counts_if_it_is_of_the_executable() {
        let folder = tempfile::tempdir().unwrap();
        let bundle = folder.path().join("Kext.kext");
        let dwarf = folder.path().join("Kext.kext.dSYM/Contents/Resources/DWARF");
        fs::create_dir_all(&bundle).unwrap();
        assert!(Lines::beside(&bundle, [7; 16]).is_none());
        fs::create_dir_all(&dwarf).unwrap();
        fs::write(dwarf.join("Kext"), with_uuid(&object(folder.path()), [7; 16])).unwrap();
        let lines = Lines::beside(&bundle, [7; 16]).unwrap();
        assert_eq!(lines.at(0).as_deref(), Some("source.c:4"));
        assert!(Lines::beside(&bundle, [8; 16]).is_none(), "of another executable");
    }
}
