//! What a kext that is IOAudioFamily itself needs beside the headers of its users.

use super::Header;
use super::Item::{Class, Constants, Functions, Pads, Struct, Types};

/// Classes whose fields nobody but the kernel looks at, of types that are not declared here.
pub const OPAQUE: &[&str] = &["IOMemoryDescriptor", "IOGeneralMemoryDescriptor"];

/// The headers that only such a kext has.
pub const FAMILY_HEADERS: &[Header] = &[
    Header { path: "libkern/c++/OSData.h", includes: &["libkern/c++/OSObject.h"], items: &[Class("OSData")] },
    Header { path: "libkern/c++/OSSet.h", includes: &["libkern/c++/OSCollection.h"], items: &[Class("OSSet")] },
    Header {
        path: "libkern/c++/OSOrderedSet.h",
        includes: &["libkern/c++/OSCollection.h"],
        items: &[Class("OSOrderedSet")],
    },
    Header {
        path: "libkern/c++/OSCollectionIterator.h",
        includes: &["libkern/c++/OSIterator.h"],
        items: &[Class("OSCollectionIterator")],
    },
    Header {
        path: "mach/message.h",
        includes: &["mach/mach_types.h"],
        items: &[
            Types(&["mach_port_t", "mach_port_name_t", "mach_msg_bits_t", "mach_msg_size_t", "mach_msg_id_t"]),
            Struct("mach_msg_header_t"),
            Constants { type_name: "natural_t", prefixes: &["MACH_MSG_TYPE_COPY_SEND"] },
        ],
    },
    Header {
        path: "kern/ipc_mig.h",
        includes: &["mach/message.h"],
        items: &[Functions(&["mach_msg_send_from_kernel_proper"])],
    },
    Header {
        path: "kern/thread_call.h",
        includes: &["mach/mach_types.h"],
        items: &[
            Types(&["thread_call_param_t", "thread_call_func_t", "thread_call_t"]),
            Functions(&[
                "thread_call_allocate",
                "thread_call_enter1_delayed",
                "thread_call_cancel",
                "thread_call_free",
            ]),
        ],
    },
    Header {
        path: "kern/kern_types.h",
        includes: &["mach/mach_types.h"],
        items: &[Constants {
            type_name: "int",
            prefixes: &[
                "THREAD_AWAKENED",
                "THREAD_TIMED_OUT",
                "THREAD_INTERRUPTED",
                "THREAD_UNINT",
                "THREAD_ABORTSAFE",
            ],
        }],
    },
    Header {
        path: "IOKit/IOLocks.h",
        includes: &["IOKit/IOTypes.h"],
        items: &[
            Types(&["IOLock", "IORecursiveLock"]),
            Functions(&[
                "IOLockAlloc",
                "IOLockFree",
                "IOLockLock",
                "IOLockUnlock",
                "IORecursiveLockAlloc",
                "IORecursiveLockFree",
                "IORecursiveLockLock",
                "IORecursiveLockUnlock",
            ]),
        ],
    },
    Header {
        path: "IOKit/pwr_mgt/IOPM.h",
        includes: &["IOKit/IOTypes.h"],
        items: &[Constants { type_name: "UInt32", prefixes: &["IOPM"] }],
    },
    Header {
        path: "IOKit/pwr_mgt/IOPMpowerState.h",
        includes: &["IOKit/IOTypes.h"],
        items: &[
            Constants { type_name: "UInt32", prefixes: &["kIOPMPowerStateVersion"] },
            Types(&["IOPMPowerFlags"]),
            Struct("IOPMPowerState"),
        ],
    },
    Header {
        path: "IOKit/IOMemoryDescriptor.h",
        includes: &["IOKit/IOTypes.h", "libkern/c++/OSObject.h"],
        items: &[
            Constants { type_name: "UInt32", prefixes: &["kIODirection"] },
            Types(&["IODirection", "mach_vm_address_t", "mach_vm_size_t"]),
            Class("IOMemoryMap"),
            Class("IOMemoryDescriptor"),
            Class("IOGeneralMemoryDescriptor"),
        ],
    },
    Header {
        path: "IOKit/IOBufferMemoryDescriptor.h",
        includes: &["IOKit/IOMemoryDescriptor.h"],
        items: &[Constants { type_name: "UInt32", prefixes: &["kIOMemory"] }, Class("IOBufferMemoryDescriptor")],
    },
    Header {
        path: "IOKit/audio/IOAudioPort.h",
        includes: &["IOKit/IOService.h", "IOKit/audio/IOAudioDefines.h", "IOKit/audio/IOAudioTypes.h"],
        items: &[Class("IOAudioPort")],
    },
    Header {
        path: "IOKit/audio/IOAudioEngineUserClient.h",
        includes: &[
            "IOKit/IOUserClient.h",
            "IOKit/IOMemoryDescriptor.h",
            "IOKit/audio/IOAudioEngine.h",
            "kern/thread_call.h",
        ],
        items: &[
            Struct("_IOAudioBufferDataDescriptor"),
            Types(&["IOAudioBufferDataDescriptor"]),
            Struct("IOAudioClientBuffer"),
            Struct("IOAudioClientBuffer64"),
            Struct("IOAudioClientBufferExtendedInfo"),
            Struct("IOAudioClientBufferExtendedInfo64"),
            Struct("IOExternalMethodArguments"),
            Struct("IOExternalMethod"),
            Struct("IOExternalTrap"),
            Class("IOAudioClientBufferSet"),
            Class("IOAudioEngineUserClient"),
        ],
    },
    Header {
        path: "IOKit/audio/IOAudioControlUserClient.h",
        includes: &["IOKit/IOUserClient.h", "IOKit/audio/IOAudioControl.h"],
        items: &[Class("IOAudioControlUserClient")],
    },
    Header {
        path: "IOKit/audio/IOAudioTimeIntervalFilter.h",
        includes: &["IOKit/IOLocks.h", "libkern/c++/OSObject.h"],
        items: &[
            Struct("U128"),
            Class("IOAudioTimeIntervalFilter"),
            Class("IOAudioTimeIntervalFilterIIR"),
            Class("IOAudioTimeIntervalFilterFIR"),
        ],
    },
    // What the SDK's headers have inside of the classes.
    Header {
        path: "IOKit/audio/IOAudioExpansionData.h",
        includes: &[
            "IOKit/IOBufferMemoryDescriptor.h",
            "IOKit/audio/IOAudioControl.h",
            "IOKit/audio/IOAudioDevice.h",
            "IOKit/audio/IOAudioEngineUserClient.h",
            "IOKit/audio/IOAudioStream.h",
            "mach/message.h",
        ],
        items: &[
            Struct("_IOAudioNotificationMessage"),
            Struct("IOAudioDevice::ExpansionData"),
            Struct("IOAudioEngine::ExpansionData"),
            Struct("IOAudioStream::ExpansionData"),
            Struct("IOAudioControl::ExpansionData"),
            Struct("IOAudioEngineUserClient::ExpansionData"),
        ],
    },
    Header {
        path: "IOKit/audio/IOAudioPads.h",
        includes: &[
            "IOKit/audio/IOAudioControlUserClient.h",
            "IOKit/audio/IOAudioDevice.h",
            "IOKit/audio/IOAudioEngineUserClient.h",
            "IOKit/audio/IOAudioLevelControl.h",
            "IOKit/audio/IOAudioPort.h",
            "IOKit/audio/IOAudioSelectorControl.h",
            "IOKit/audio/IOAudioStream.h",
            "IOKit/audio/IOAudioTimeIntervalFilter.h",
            "IOKit/audio/IOAudioToggleControl.h",
        ],
        items: &[
            Pads("IOAudioDevice"),
            Pads("IOAudioEngine"),
            Pads("IOAudioStream"),
            Pads("IOAudioPort"),
            Pads("IOAudioControl"),
            Pads("IOAudioLevelControl"),
            Pads("IOAudioToggleControl"),
            Pads("IOAudioSelectorControl"),
            Pads("IOAudioEngineUserClient"),
            Pads("IOAudioControlUserClient"),
            Pads("IOAudioTimeIntervalFilter"),
            Pads("IOAudioTimeIntervalFilterIIR"),
            Pads("IOAudioTimeIntervalFilterFIR"),
        ],
    },
];
