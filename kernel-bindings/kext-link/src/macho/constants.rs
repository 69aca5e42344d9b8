//! Numbers of the Mach-O format, by their names in the field.

/// `mach_header_64.magic`.
pub const MH_MAGIC_64: u32 = 0xfeed_facf;
/// File type of object files.
pub const MH_OBJECT: u32 = 1;
/// File type of programs, and of the kernel.
pub const MH_EXECUTE: u32 = 2;
/// File type of dynamic libraries.
pub const MH_DYLIB: u32 = 6;
/// File type of loadable bundles.
pub const MH_BUNDLE: u32 = 8;
/// File type of kexts.
pub const MH_KEXT_BUNDLE: u32 = 0xb;
/// File type of dyld itself.
pub const MH_DYLINKER: u32 = 7;
/// Header flag: no undefined symbols.
pub const MH_NOUNDEFS: u32 = 1;
/// Header flag: imports name the library that they come from.
pub const MH_TWOLEVEL: u32 = 0x80;

/// Processor type of 32-bit Intel.
pub const CPU_TYPE_I386: u32 = 7;
/// Processor type of 64-bit Intel.
pub const CPU_TYPE_X86_64: u32 = 0x0100_0007;
/// Processor subtype: any x86_64.
pub const CPU_SUBTYPE_X86_64_ALL: u32 = 3;
/// Processor subtype: Haswell and later.
pub const CPU_SUBTYPE_X86_64_H: u32 = 8;
/// The bits of a subtype that are capabilities.
pub const CPU_SUBTYPE_MASK: u32 = 0xff00_0000;

/// Set in commands that dyld must know.
pub const LC_REQ_DYLD: u32 = 0x8000_0000;
/// 32-bit segment.
pub const LC_SEGMENT: u32 = 0x1;
/// Symbol table.
pub const LC_SYMTAB: u32 = 0x2;
/// Initial registers of a program.
pub const LC_UNIXTHREAD: u32 = 0x5;
/// Dynamic symbol table.
pub const LC_DYSYMTAB: u32 = 0xb;
/// Name of a dynamic library.
pub const LC_ID_DYLIB: u32 = 0xd;
/// Library that is used.
pub const LC_LOAD_DYLIB: u32 = 0xc;
/// 64-bit segment.
pub const LC_SEGMENT_64: u32 = 0x19;
/// UUID.
pub const LC_UUID: u32 = 0x1b;
/// Code signature.
pub const LC_CODE_SIGNATURE: u32 = 0x1d;
/// Where text and data refer to each other.
pub const LC_SEGMENT_SPLIT_INFO: u32 = 0x1e;
/// dyld's compressed rebases and bindings, beside others.
pub const LC_DYLD_INFO: u32 = 0x22;
/// dyld's compressed rebases and bindings, alone.
pub const LC_DYLD_INFO_ONLY: u32 = 0x22 | LC_REQ_DYLD;
/// Least macOS.
pub const LC_VERSION_MIN_MACOSX: u32 = 0x24;
/// Least iOS.
pub const LC_VERSION_MIN_IPHONEOS: u32 = 0x25;
/// Where functions start.
pub const LC_FUNCTION_STARTS: u32 = 0x26;
/// Entry point of a program.
pub const LC_MAIN: u32 = 0x28 | LC_REQ_DYLD;
/// Data in code.
pub const LC_DATA_IN_CODE: u32 = 0x29;
/// Version of the source.
pub const LC_SOURCE_VERSION: u32 = 0x2a;
/// Signing requirements of libraries.
pub const LC_DYLIB_CODE_SIGN_DRS: u32 = 0x2b;
/// Least tvOS.
pub const LC_VERSION_MIN_TVOS: u32 = 0x2f;
/// Least watchOS.
pub const LC_VERSION_MIN_WATCHOS: u32 = 0x30;
/// Anybody's data.
pub const LC_NOTE: u32 = 0x31;
/// Platform and least version.
pub const LC_BUILD_VERSION: u32 = 0x32;
/// Exported symbols as a trie.
pub const LC_DYLD_EXPORTS_TRIE: u32 = 0x33 | LC_REQ_DYLD;
/// Fixups as chains.
pub const LC_DYLD_CHAINED_FIXUPS: u32 = 0x34 | LC_REQ_DYLD;

/// The bits of a section's flags that are its type.
pub const SECTION_TYPE: u32 = 0xff;
/// Section attribute: nothing but code.
pub const S_ATTR_PURE_INSTRUCTIONS: u32 = 0x8000_0000;
/// Section attribute: code among other things.
pub const S_ATTR_SOME_INSTRUCTIONS: u32 = 0x400;
/// Section type: nothing special.
pub const S_REGULAR: u32 = 0x0;
/// Section type: zeroes, without contents in the file.
pub const S_ZEROFILL: u32 = 0x1;
/// Section type: C strings.
pub const S_CSTRING_LITERALS: u32 = 0x2;
/// Section type: four-byte literals.
pub const S_4BYTE_LITERALS: u32 = 0x3;
/// Section type: eight-byte literals.
pub const S_8BYTE_LITERALS: u32 = 0x4;
/// Section type: pointers to literals.
pub const S_LITERAL_POINTERS: u32 = 0x5;
/// Section type: pointers that are bound at load.
pub const S_NON_LAZY_SYMBOL_POINTERS: u32 = 0x6;
/// Section type: pointers that are bound at first use.
pub const S_LAZY_SYMBOL_POINTERS: u32 = 0x7;
/// Section type: jumps through pointers.
pub const S_SYMBOL_STUBS: u32 = 0x8;
/// Section type: functions to call before start.
pub const S_MOD_INIT_FUNC_POINTERS: u32 = 0x9;
/// Section type: functions to call after stop.
pub const S_MOD_TERM_FUNC_POINTERS: u32 = 0xa;
/// Section type: symbols that occur several times.
pub const S_COALESCED: u32 = 0xb;
/// Section type: zeroes beyond 4 GiB.
pub const S_GB_ZEROFILL: u32 = 0xc;
/// Section type: pairs of functions to interpose.
pub const S_INTERPOSING: u32 = 0xd;
/// Section type: sixteen-byte literals.
pub const S_16BYTE_LITERALS: u32 = 0xe;
/// Section type: D-Trace probes.
pub const S_DTRACE_DOF: u32 = 0xf;
/// Section type: initial values of thread-local variables.
pub const S_THREAD_LOCAL_REGULAR: u32 = 0x11;
/// Section type: zeroes of thread-local variables.
pub const S_THREAD_LOCAL_ZEROFILL: u32 = 0x12;
/// Section type: offsets of functions to call before start.
pub const S_INIT_FUNC_OFFSETS: u32 = 0x16;

/// The bits of `n_type` that make a debugger's symbol.
pub const N_STAB: u8 = 0xe0;
/// `n_type`: private external.
pub const N_PEXT: u8 = 0x10;
/// The bits of `n_type` that are the kind.
pub const N_TYPE: u8 = 0x0e;
/// `n_type`: external.
pub const N_EXT: u8 = 0x01;
/// Kind: undefined, or with a value common.
pub const N_UNDF: u8 = 0x0;
/// Kind: absolute.
pub const N_ABS: u8 = 0x2;
/// Kind: alias of another name.
pub const N_INDR: u8 = 0xa;
/// Kind: defined in a section.
pub const N_SECT: u8 = 0xe;
/// `n_desc`: a reference that may stay unresolved.
pub const N_WEAK_REF: u16 = 0x40;
/// `n_desc`: a definition that may be replaced.
pub const N_WEAK_DEF: u16 = 0x80;
/// `n_desc`: obsolete.
pub const N_DESC_DISCARDED: u16 = 0x20;
/// `n_desc`: a Thumb function, and kxld looks at it on every processor.
pub const N_ARM_THUMB_DEF: u16 = 0x08;

/// Section number of relocations that are absolute.
pub const R_ABS: u32 = 0;
/// Indirect symbol that is local: the pointer is there already.
pub const INDIRECT_SYMBOL_LOCAL: u32 = 0x8000_0000;
/// Indirect symbol that is absolute.
pub const INDIRECT_SYMBOL_ABS: u32 = 0x4000_0000;

/// Relocation: an absolute address.
pub const X86_64_RELOC_UNSIGNED: u8 = 0;
/// Relocation: a displacement.
pub const X86_64_RELOC_SIGNED: u8 = 1;
/// Relocation: the displacement of a call or jump.
pub const X86_64_RELOC_BRANCH: u8 = 2;
/// Relocation: a load through the global offset table.
pub const X86_64_RELOC_GOT_LOAD: u8 = 3;
/// Relocation: another use of the global offset table.
pub const X86_64_RELOC_GOT: u8 = 4;
/// Relocation: the first half of a difference.
pub const X86_64_RELOC_SUBTRACTOR: u8 = 5;
/// Relocation: a displacement with one byte of immediate after it.
pub const X86_64_RELOC_SIGNED_1: u8 = 6;
/// Relocation: a displacement with two bytes of immediate after it.
pub const X86_64_RELOC_SIGNED_2: u8 = 7;
/// Relocation: a displacement with four bytes of immediate after it.
pub const X86_64_RELOC_SIGNED_4: u8 = 8;
