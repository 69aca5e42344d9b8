//! `operator new` and `operator delete` of the family's classes: OSObject's.

use kpi::object::Direct;

static NEW: Direct = Direct::new("__ZN8OSObjectnwEm");
static DELETE: Direct = Direct::new("__ZN8OSObjectdlEPvm");

extern "C" fn new(size: u64) -> u64 {
    NEW.call(&[size])
}

extern "C" fn delete(address: u64, size: u64) {
    DELETE.call(&[address, size]);
}

kpi::functions! { pub FUNCTIONS:
    "__ZN11IOAudioPortnwEm" => new,
    "__ZN11IOAudioPortdlEPvm" => delete,
    "__ZN13IOAudioDevicenwEm" => new,
    "__ZN13IOAudioDevicedlEPvm" => delete,
    "__ZN13IOAudioEnginenwEm" => new,
    "__ZN13IOAudioEnginedlEPvm" => delete,
    "__ZN13IOAudioStreamnwEm" => new,
    "__ZN13IOAudioStreamdlEPvm" => delete,
    "__ZN14IOAudioControlnwEm" => new,
    "__ZN14IOAudioControldlEPvm" => delete,
    "__ZN19IOAudioLevelControlnwEm" => new,
    "__ZN19IOAudioLevelControldlEPvm" => delete,
    "__ZN20IOAudioToggleControlnwEm" => new,
    "__ZN20IOAudioToggleControldlEPvm" => delete,
    "__ZN22IOAudioSelectorControlnwEm" => new,
    "__ZN22IOAudioSelectorControldlEPvm" => delete,
    "__ZN23IOAudioEngineUserClientnwEm" => new,
    "__ZN23IOAudioEngineUserClientdlEPvm" => delete,
    "__ZN24IOAudioControlUserClientnwEm" => new,
    "__ZN24IOAudioControlUserClientdlEPvm" => delete,
    "__ZN25IOAudioTimeIntervalFilternwEm" => new,
    "__ZN25IOAudioTimeIntervalFilterdlEPvm" => delete,
    "__ZN28IOAudioTimeIntervalFilterFIRnwEm" => new,
    "__ZN28IOAudioTimeIntervalFilterFIRdlEPvm" => delete,
    "__ZN28IOAudioTimeIntervalFilterIIRnwEm" => new,
    "__ZN28IOAudioTimeIntervalFilterIIRdlEPvm" => delete,
}
