//! A subclass declared and defined with the macros of `support/subclass.h` has the symbols by which the kernel's linker
//! finds and patches it.
use header_check::facts::Facts;
use header_check::readback::Readback;
use header_check::{Clang, include_dir};
use std::collections::BTreeSet;

const SOURCE: &str = r"
#include <IOKit/audio/IOAudioEngine.h>
class Sample : public IOAudioEngine {
    OSDeclareDefaultStructors(Sample)
public:
    UInt32 getCurrentSampleFrame() override;
    IOReturn performAudioEngineStart() override;
};
OSDefineMetaClassAndStructors(Sample, IOAudioEngine)
UInt32 Sample::getCurrentSampleFrame() { return 0; }
IOReturn Sample::performAudioEngineStart() { return IOAudioEngine::performAudioEngineStart(); }
IOAudioEngine *cast(OSObject *object) { return OSDynamicCast(IOAudioEngine, object); }
";

fn with_object(check: impl Fn(&Readback<'_>)) {
    let object = Clang::find().unwrap().compile(&include_dir(), SOURCE).unwrap();
    check(&Readback::open(&object).unwrap());
}

#[test]
fn the_linker_finds_the_class() {
    with_object(|object| {
        let defined: BTreeSet<_> = object.defined().collect();
        for symbol in [
            "__ZN6Sample10gMetaClassE",
            "__ZN6Sample10superClassE",
            "__ZN6Sample9metaClassE",
            "__ZTV6Sample",
            "__ZTVN6Sample9MetaClassE",
            "__ZN6SampleC1EPK11OSMetaClass",
            "__ZN6SampleC1Ev",
            "__ZNK6Sample12getMetaClassEv",
            "__ZNK6Sample9MetaClass5allocEv",
        ] {
            assert!(defined.contains(symbol), "{symbol} is missing of {defined:#?}");
        }
        assert_eq!(object.pointee("__ZN6Sample10superClassE"), Some("__ZN13IOAudioEngine10gMetaClassE"));
        assert_eq!(object.pointee("__ZN6Sample9metaClassE"), Some("__ZN6Sample10gMetaClassE"));
    });
}

#[test]
fn own_functions_stand_in_the_tables() {
    with_object(|object| {
        let table = object.table("__ZTV6Sample").unwrap();
        assert_eq!(table.len(), 383);
        assert_eq!(table[..2], ["__ZN6SampleD1Ev", "__ZN6SampleD0Ev"]);
        assert_eq!(table[7], "__ZNK6Sample12getMetaClassEv");
        assert!(!table.contains(&"___cxa_pure_virtual"));
        let metaclass = object.table("__ZTVN6Sample9MetaClassE").unwrap();
        assert_eq!(metaclass.len(), 26);
        assert_eq!(metaclass[17], "__ZNK6Sample9MetaClass5allocEv");
    });
}

#[test]
fn every_import_is_there_on_every_release_or_stands_in_a_table() {
    let facts = Facts::of_claimed_releases();
    with_object(|object| {
        let mut patched: BTreeSet<_> = object.table("__ZTV6Sample").unwrap().into_iter().collect();
        patched.extend(object.table("__ZTVN6Sample9MetaClassE").unwrap());
        // IOAudioFamily is not one of the kernel's components; what it exports is what it declares.
        let of_family = |symbol: &str| symbol.contains("13IOAudioEngine");
        // Newer compilers destroy static objects by this unless told not to, as the build does.
        let of_compiler = ["___cxa_atexit", "___dso_handle"];
        let unknown: Vec<_> = object
            .imported()
            .filter(|symbol| !facts.is_importable(None, symbol) && !patched.contains(symbol))
            .filter(|symbol| !of_family(symbol) && !of_compiler.contains(symbol))
            .collect();
        assert_eq!(unknown, Vec::<&str>::new());
    });
}
