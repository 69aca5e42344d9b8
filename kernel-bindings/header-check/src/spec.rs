//! Which header holds what. Paths are those of the kernel SDK, so that the shims also compile against Apple's own.

mod family;

pub use family::{FAMILY_HEADERS, OPAQUE};

/// One generated header.
pub struct Header {
    /// Path below `include/`.
    pub path: &'static str,
    /// Headers that it includes, by path.
    pub includes: &'static [&'static str],
    /// What it declares, in order.
    pub items: &'static [Item],
}

/// One thing, or one family of things, that a header declares.
pub enum Item {
    /// These type names, in this order.
    Types(&'static [&'static str]),
    /// A plain structure, by its tag.
    Struct(&'static str),
    /// An enumeration, by its tag, with its enumerators by value.
    Enum(&'static str),
    /// The constants that the SDK's header of the same path defines outside of named enumerations: numbers as constants
    /// of a type, texts as macros.
    Constants {
        /// The type of the numbers.
        type_name: &'static str,
        /// What the names begin with.
        prefixes: &'static [&'static str],
    },
    /// These C functions.
    Functions(&'static [&'static str]),
    /// A class.
    Class(&'static str),
    /// The definitions of a class's reserved slots, for the one source file of the kext that defines the class.
    Pads(&'static str),
}
use Item::{Class, Constants, Enum, Functions, Struct, Types};

/// The headers that are not generated and that generated ones include, with the type names they declare.
pub const HAND_WRITTEN: &[(&str, &[&str])] = &[
    (
        "stdint.h",
        &[
            "int8_t",
            "int16_t",
            "int32_t",
            "int64_t",
            "uint8_t",
            "uint16_t",
            "uint32_t",
            "uint64_t",
            "intptr_t",
            "uintptr_t",
        ],
    ),
    ("stddef.h", &["size_t", "ptrdiff_t"]),
    ("support/subclass.h", &[]),
];

/// Every generated header.
pub const HEADERS: &[Header] = &[
    Header {
        path: "libkern/OSTypes.h",
        includes: &["stdint.h"],
        items: &[Types(&[
            "UInt8",
            "UInt16",
            "UInt32",
            "UInt64",
            "SInt8",
            "SInt16",
            "SInt32",
            "SInt64",
            "AbsoluteTime",
            "OptionBits",
        ])],
    },
    Header { path: "libkern/OSReturn.h", includes: &["stdint.h"], items: &[Types(&["OSReturn"])] },
    Header {
        path: "mach/mach_types.h",
        includes: &["stdint.h"],
        items: &[Types(&["boolean_t", "natural_t", "vm_size_t", "vm_offset_t"])],
    },
    Header {
        path: "mach/mach_time.h",
        includes: &["stdint.h"],
        items: &[
            Struct("mach_timebase_info"),
            Types(&["mach_timebase_info_data_t", "mach_timebase_info_t"]),
            Functions(&["mach_absolute_time"]),
        ],
    },
    Header {
        path: "kern/clock.h",
        includes: &["mach/mach_time.h"],
        items: &[Functions(&[
            "clock_get_uptime",
            "clock_timebase_info",
            "nanoseconds_to_absolutetime",
            "absolutetime_to_nanoseconds",
        ])],
    },
    Header { path: "kern/debug.h", includes: &[], items: &[Functions(&["panic"])] },
    Header {
        path: "pexpert/pexpert.h",
        includes: &["mach/mach_types.h"],
        items: &[Functions(&["PE_parse_boot_argn"])],
    },
    Header {
        path: "string.h",
        includes: &["stddef.h"],
        items: &[Functions(&["memcpy", "memmove", "memset", "memcmp", "bzero", "strlen", "strlcpy", "strncmp"])],
    },
    Header {
        path: "IOKit/IOReturn.h",
        includes: &["libkern/OSTypes.h"],
        items: &[Types(&["IOReturn"]), Constants { type_name: "IOReturn", prefixes: &["kIOReturn"] }],
    },
    Header {
        path: "IOKit/IOTypes.h",
        includes: &["IOKit/IOReturn.h", "libkern/OSTypes.h", "mach/mach_types.h"],
        items: &[Types(&[
            "IOOptionBits",
            "IOItemCount",
            "IOFixed",
            "IOByteCount",
            "IOVirtualAddress",
            "IOPhysicalAddress",
        ])],
    },
    Header {
        path: "IOKit/IOLib.h",
        includes: &["IOKit/IOTypes.h", "kern/clock.h", "kern/debug.h", "string.h"],
        items: &[Functions(&["IOLog", "IOMalloc", "IOFree", "IOMallocAligned", "IOFreeAligned", "IOSleep"])],
    },
    Header {
        path: "IOKit/audio/IOAudioDefines.h",
        includes: &[],
        items: &[Constants { type_name: "UInt32", prefixes: &["kIOAudio"] }],
    },
    Header {
        path: "IOKit/audio/IOAudioTypes.h",
        includes: &["libkern/OSTypes.h"],
        items: &[
            Enum("_IOAudioEngineState"),
            Enum("_IOAudioStreamDirection"),
            Enum("_IOAudioEngineMemory"),
            Enum("_IOAudioEngineCalls"),
            Enum("_IOAudioEngineTraps"),
            Enum("_IOAudioEngineNotifications"),
            Enum("_IOAudioControlCalls"),
            Enum("_IOAudioControlNotifications"),
            Types(&[
                "IOAudioEngineState",
                "IOAudioStreamDirection",
                "IOAudioEngineStatus",
                "IOAudioStreamFormat",
                "IOAudioStreamFormatExtension",
                "IOAudioSampleRate",
                "IOAudioSMPTETime",
                "IOAudioTimeStamp",
            ]),
            Struct("_IOAudioEngineStatus"),
            Struct("_IOAudioStreamFormat"),
            Struct("_IOAudioStreamFormatExtension"),
            Struct("_IOAudioSampleRate"),
            Struct("_IOAudioSMPTETime"),
            Struct("_IOAudioTimeStamp"),
            Constants {
                type_name: "UInt32",
                prefixes: &[
                    "kFormatExtension",
                    "kIOAudioControl",
                    "kIOAudioDevice",
                    "kIOAudioEngine",
                    "kIOAudioLevel",
                    "kIOAudioNewClockDomain",
                    "kIOAudioSelector",
                    "kIOAudioSMPTE",
                    "kIOAudioStream",
                    "kIOAudioTimeStamp",
                    "kIOAudioToggle",
                ],
            },
        ],
    },
    Header {
        path: "libkern/c++/OSMetaClass.h",
        includes: &["libkern/OSReturn.h", "libkern/OSTypes.h", "stddef.h", "support/subclass.h"],
        items: &[Class("OSMetaClassBase"), Class("OSMetaClass")],
    },
    Header { path: "libkern/c++/OSObject.h", includes: &["libkern/c++/OSMetaClass.h"], items: &[Class("OSObject")] },
    Header { path: "libkern/c++/OSString.h", includes: &["libkern/c++/OSObject.h"], items: &[Class("OSString")] },
    Header { path: "libkern/c++/OSSymbol.h", includes: &["libkern/c++/OSString.h"], items: &[Class("OSSymbol")] },
    Header { path: "libkern/c++/OSNumber.h", includes: &["libkern/c++/OSObject.h"], items: &[Class("OSNumber")] },
    Header { path: "libkern/c++/OSBoolean.h", includes: &["libkern/c++/OSObject.h"], items: &[Class("OSBoolean")] },
    Header {
        path: "libkern/c++/OSCollection.h",
        includes: &["libkern/c++/OSObject.h"],
        items: &[Class("OSCollection")],
    },
    Header { path: "libkern/c++/OSArray.h", includes: &["libkern/c++/OSCollection.h"], items: &[Class("OSArray")] },
    Header {
        path: "libkern/c++/OSDictionary.h",
        includes: &["libkern/c++/OSCollection.h"],
        items: &[Class("OSDictionary")],
    },
    Header { path: "libkern/c++/OSIterator.h", includes: &["libkern/c++/OSObject.h"], items: &[Class("OSIterator")] },
    Header { path: "kern/task.h", includes: &["mach/mach_types.h"], items: &[Functions(&["current_task"])] },
    Header {
        path: "IOKit/IORegistryEntry.h",
        includes: &["IOKit/IOTypes.h", "libkern/c++/OSObject.h"],
        items: &[Class("IORegistryEntry")],
    },
    Header {
        path: "IOKit/IOService.h",
        includes: &["IOKit/IORegistryEntry.h"],
        items: &[Constants { type_name: "UInt32", prefixes: &["kIOServiceSynchronous"] }, Class("IOService")],
    },
    Header {
        path: "IOKit/IOWorkLoop.h",
        includes: &["IOKit/IOTypes.h", "libkern/c++/OSObject.h"],
        items: &[Class("IOWorkLoop")],
    },
    Header {
        path: "IOKit/IOEventSource.h",
        includes: &["IOKit/IOTypes.h", "libkern/c++/OSObject.h"],
        items: &[Class("IOEventSource")],
    },
    Header {
        path: "IOKit/IOTimerEventSource.h",
        includes: &["IOKit/IOEventSource.h"],
        items: &[Class("IOTimerEventSource")],
    },
    Header { path: "IOKit/IOUserClient.h", includes: &["IOKit/IOService.h"], items: &[Class("IOUserClient")] },
    Header { path: "IOKit/IOCommandGate.h", includes: &["IOKit/IOEventSource.h"], items: &[Class("IOCommandGate")] },
    Header {
        path: "IOKit/audio/IOAudioDevice.h",
        includes: &["IOKit/IOService.h", "IOKit/audio/IOAudioDefines.h", "IOKit/audio/IOAudioTypes.h"],
        items: &[Enum("_IOAudioDevicePowerState"), Types(&["IOAudioDevicePowerState"]), Class("IOAudioDevice")],
    },
    Header {
        path: "IOKit/audio/IOAudioEngine.h",
        includes: &["IOKit/IOService.h", "IOKit/audio/IOAudioDefines.h", "IOKit/audio/IOAudioTypes.h"],
        items: &[Struct("IOAudioEnginePosition"), Class("IOAudioEngine")],
    },
    Header {
        path: "IOKit/audio/IOAudioStream.h",
        includes: &["IOKit/audio/IOAudioEngine.h"],
        items: &[Class("IOAudioStream")],
    },
    Header {
        path: "IOKit/audio/IOAudioControl.h",
        includes: &["IOKit/IOService.h", "IOKit/audio/IOAudioDefines.h", "IOKit/audio/IOAudioTypes.h"],
        items: &[Class("IOAudioControl")],
    },
    Header {
        path: "IOKit/audio/IOAudioLevelControl.h",
        includes: &["IOKit/audio/IOAudioControl.h"],
        items: &[Class("IOAudioLevelControl")],
    },
    Header {
        path: "IOKit/audio/IOAudioToggleControl.h",
        includes: &["IOKit/audio/IOAudioControl.h"],
        items: &[Class("IOAudioToggleControl")],
    },
    Header {
        path: "IOKit/audio/IOAudioSelectorControl.h",
        includes: &["IOKit/audio/IOAudioControl.h"],
        items: &[Class("IOAudioSelectorControl")],
    },
];
