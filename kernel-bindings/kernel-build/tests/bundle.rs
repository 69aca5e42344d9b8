//! The small kext, built and read back.

mod common;

use std::path::Path;
use std::sync::LazyLock;

use kernel_build::Entry;

use object::LittleEndian as LE;
use object::macho::{self, MachHeader64, RelocationInfo};
use object::read::macho::{LoadCommandVariant, MachHeader, Nlist, Section, Segment};

/// A symbol of the finished kext.
struct Symbol {
    name: String,
    address: u64,
    n_type: u8,
}

/// What the tests look at in a finished kext.
#[derive(Default)]
struct Image {
    file: Vec<u8>,
    commands: Vec<u32>,
    segments: Vec<(String, u64, u64)>,
    sections: Vec<(String, u64, u64, macho::SectionType)>,
    symbols: Vec<Symbol>,
    counts: [u32; 3],
    external: Vec<RelocationInfo>,
    local: Vec<RelocationInfo>,
}

impl Image {
    fn read(path: &Path) -> Image {
        let file = std::fs::read(path).unwrap();
        let mut image = Image::default();
        let header = MachHeader64::<LE>::parse(&*file, 0).unwrap();
        assert_eq!(header.filetype(LE), macho::MH_KEXT_BUNDLE);
        let relocations = |offset: u32, count: u32| -> Vec<RelocationInfo> {
            let bytes = &file[offset as usize..][..count as usize * 8];
            let entries: &[macho::Relocation<LE>] = object::pod::slice_from_all_bytes(bytes).unwrap();
            entries.iter().map(|entry| entry.info(LE)).collect()
        };
        let mut commands = header.load_commands(LE, &*file, 0).unwrap();
        while let Some(command) = commands.next().unwrap() {
            image.commands.push(command.cmd().0);
            match command.variant().unwrap() {
                LoadCommandVariant::Segment64(segment, data) => {
                    let name = String::from_utf8_lossy(segment.name()).into_owned();
                    image.segments.push((name, segment.vmaddr.get(LE), segment.fileoff.get(LE)));
                    image.sections.extend(segment.sections(LE, data).unwrap().iter().map(|section| {
                        let name = String::from_utf8_lossy(section.name()).into_owned();
                        (name, section.addr.get(LE), section.size.get(LE), section.flags.get(LE).typ())
                    }));
                }
                LoadCommandVariant::Symtab(symtab) => {
                    let table = symtab.symbols::<MachHeader64<LE>, _>(LE, &*file).unwrap();
                    image.symbols.extend(table.iter().map(|nlist| Symbol {
                        name: String::from_utf8_lossy(nlist.name(LE, table.strings()).unwrap()).into_owned(),
                        address: nlist.n_value(LE),
                        n_type: nlist.n_type().0,
                    }));
                }
                LoadCommandVariant::Dysymtab(table) => {
                    image.counts = [table.nlocalsym.get(LE), table.nextdefsym.get(LE), table.nundefsym.get(LE)];
                    image.external = relocations(table.extreloff.get(LE), table.nextrel.get(LE));
                    image.local = relocations(table.locreloff.get(LE), table.nlocrel.get(LE));
                }
                _ => {}
            }
        }
        image.file = file;
        image
    }

    fn address(&self, name: &str) -> u64 {
        let symbol = self.symbols.iter().find(|symbol| symbol.name == name && symbol.n_type & 0x0e == 0x0e);
        symbol.unwrap_or_else(|| panic!("{name} is not defined")).address
    }

    fn word(&self, address: u64) -> u64 {
        u64::from_le_bytes(self.file[address as usize..][..8].try_into().unwrap())
    }

    /// The import that the relocation at `address` names.
    fn import_at(&self, address: u64) -> &str {
        let relocation = self.external.iter().find(|relocation| u64::from(relocation.r_address) == address);
        &self.symbols[relocation.expect("a relocation").r_symbolnum as usize].name
    }
}

/// The small kext, built once for all tests.
fn small() -> &'static Image {
    static SMALL: LazyLock<Image> = LazyLock::new(|| {
        let built = kernel_build::build(&common::small(&common::fixtures().join("small"), "small")).unwrap();
        assert_eq!(built.warnings, "");
        Image::read(&built.executable)
    });
    &SMALL
}

/// The kernel's rules for the file, on a kext of C++ classes and Rust.
#[test]
fn the_small_kext_is_what_kernels_load() {
    let image = small();

    // Nothing that 10.6 does not know: three segments, symbols, dynamic symbols, UUID.
    assert_eq!(image.commands, [0x19, 0x19, 0x19, 0x2, 0xb, 0x1b]);
    for (index, name) in ["__TEXT", "__DATA", "__LINKEDIT"].iter().enumerate() {
        assert_eq!(image.segments[index].0, *name);
    }
    assert_eq!((image.segments[0].1, image.segments[0].2), (0, 0));
    assert_eq!(image.segments[1].1, image.segments[1].2, "__DATA's file offset is its address");
    for (name, _, _, kind) in &image.sections {
        assert!(!["__stubs", "__stub_helper", "__la_symbol_ptr", "__unwind_info"].contains(&name.as_str()), "{name}");
        assert!(!matches!(*kind, macho::S_LAZY_SYMBOL_POINTERS | macho::S_SYMBOL_STUBS), "{name}");
    }

    // Local, external, import, as macOS 11 asks; only kmod_info is external.
    let [locals, externals, imports] = image.counts.map(|count| count as usize);
    assert_eq!(locals + externals + imports, image.symbols.len());
    assert!(image.symbols[..locals].iter().all(|symbol| symbol.n_type & 0x01 == 0 && symbol.n_type & 0xe0 == 0));
    assert_eq!(externals, 1);
    assert_eq!(image.symbols[locals].name, "_kmod_info");
    assert!(image.symbols[locals + externals..].iter().all(|symbol| symbol.n_type == 0x01));
    assert!(!image.symbols.iter().any(|symbol| symbol.name.contains("dyld")));

    for relocation in &image.external {
        assert!(relocation.r_extern && relocation.r_symbolnum as usize >= locals + externals);
        if relocation.r_type == macho::X86_64_RELOC_BRANCH {
            assert!(relocation.r_pcrel && relocation.r_length == 2);
            let word = &image.file[relocation.r_address as usize..][..4];
            assert_eq!(word, [0; 4], "a call's displacement is added to its target");
        } else {
            assert_eq!(relocation.r_type, macho::X86_64_RELOC_UNSIGNED);
            assert!(!relocation.r_pcrel && relocation.r_length == 3);
            assert_eq!(image.word(u64::from(relocation.r_address)), 0);
        }
    }
    for relocation in &image.local {
        assert_eq!(relocation.r_type, macho::X86_64_RELOC_UNSIGNED);
        let (_, start, size, _) = image.sections[relocation.r_symbolnum as usize - 1];
        let target = image.word(u64::from(relocation.r_address));
        assert!((start..start + size).contains(&target), "{target:#x} is in the section that its relocation names");
    }
}

/// What the kernel looks for by name.
#[test]
fn the_small_kext_has_what_kernels_look_for() {
    let image = small();
    let has_local = |address: u64| image.local.iter().any(|relocation| u64::from(relocation.r_address) == address);

    // A class under a class of the kernel, and one under a class of this kext.
    let super_class = image.address("__ZN20org_loopflower_Small10superClassE");
    assert_eq!(image.import_at(super_class), "__ZN9IOService10gMetaClassE");
    let super_class = image.address("__ZN22org_loopflower_Smaller10superClassE");
    assert!(has_local(super_class));
    assert_eq!(image.word(super_class), image.address("__ZN20org_loopflower_Small10gMetaClassE"));
    for class in ["20org_loopflower_Small", "22org_loopflower_Smaller"] {
        let vtable = image.address(&format!("__ZTV{class}"));
        assert_eq!((image.word(vtable), image.word(vtable + 8)), (0, 0), "the two header words");
        image.address(&format!("__ZTVN{class}9MetaClassE"));
    }

    let kmod_info = image.address("_kmod_info");
    assert_eq!(image.word(kmod_info + 8), 0xffff_ffff_0000_0001, "version 1, no id yet");
    assert!(image.file[kmod_info as usize + 16..].starts_with(b"org.loopflower.test.Small\0"));
    assert!(image.file[kmod_info as usize + 80..].starts_with(b"1.0.0\0"));
    assert!(has_local(kmod_info + 180) && has_local(kmod_info + 188), "start and stop");

    let constructors = image.sections.iter().find(|section| section.0 == "__mod_init_func").unwrap();
    assert!(has_local(constructors.1));
}

/// Copies a folder of sources, leaving out what cargo made in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_same_source_in_another_folder_gives_the_same_bytes() {
    let elsewhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a folder of another name/with sources");
    copy(&common::fixtures().join("small"), &elsewhere);
    let built = kernel_build::build(&common::small(&elsewhere, "another target folder")).unwrap();
    assert!(std::fs::read(&built.executable).unwrap() == small().file, "the executables differ");
    let paths = [env!("CARGO_MANIFEST_DIR"), env!("CARGO_TARGET_TMPDIR")].map(str::as_bytes);
    for path in paths {
        assert!(
            !small().file.windows(path.len()).any(|window| window == path),
            "a path of this machine is in the kext"
        );
    }
}

#[test]
fn a_source_that_does_not_compile_is_shown_and_the_earlier_kext_stays() {
    let folder = common::fixtures().join("planted");
    let mut kext = common::small(&common::fixtures().join("small"), "broken");
    kext.driver = None;
    kext.cxx_sources = vec![folder.join("sse41.cpp")];
    kext.info_plist = folder.join("Info.plist");
    kext.entry = Some(Entry { start: "planted_start".into(), stop: "planted_stop".into() });
    if kext.target_dir.exists() {
        std::fs::remove_dir_all(&kext.target_dir).unwrap();
    }
    let built = kernel_build::build(&kext).unwrap();
    let before = std::fs::read(&built.executable).unwrap();
    let left = std::fs::read_dir(&kext.target_dir).unwrap().count();
    assert_eq!(left, 0, "another build may put its own there");

    kext.cxxflags = vec!["-Dint=no_such_type".into()];
    let error = kernel_build::build(&kext).unwrap_err().to_string();
    assert!(error.contains("sse41.cpp") && error.contains("error:"), "{error}");
    assert!(std::fs::read(&built.executable).unwrap() == before);
    let left: Vec<_> = std::fs::read_dir(&kext.out_dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| name == "Small.kext" || name == "build"), "{left:?}");
}

#[test]
fn a_template_that_says_what_the_build_decides_is_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("templates");
    std::fs::create_dir_all(&folder).unwrap();
    let mut kext = common::small(&common::fixtures().join("small"), "templates");
    kext.driver = None;
    kext.cxx_sources = vec![common::fixtures().join("planted/sse41.cpp")];
    kext.entry = Some(Entry { start: "planted_start".into(), stop: "planted_stop".into() });
    let template = |inside: &str| format!("<plist version=\"1.0\">{inside}</plist>");
    for (name, text, says) in [
        (
            "libraries",
            template("<dict><key>OSBundleLibraries</key><dict/></dict>"),
            "OSBundleLibraries is set by the build",
        ),
        ("array", template("<array/>"), "not a dictionary"),
        ("garbage", "no list".to_owned(), "garbage.plist"),
    ] {
        kext.info_plist = folder.join(format!("{name}.plist"));
        std::fs::write(&kext.info_plist, text).unwrap();
        let error = kernel_build::build(&kext).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    }
    kext.info_plist = common::fixtures().join("planted/Info.plist");
    kext.version = "1.2.3.4".into();
    let error = kernel_build::build(&kext).unwrap_err().to_string();
    assert!(error.contains("1.2.3.4") && error.contains("write 1.2.3"), "{error}");
}
