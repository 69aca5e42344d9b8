//! Codes of four characters, by what they name. Each module has all of its codes in `ALL`, in the order of their definition.

/// Defines the codes of a module, each with what it stands for.
macro_rules! codes {
    ($($(#[$about:meta])* $name:ident = $code:literal;)*) => {
        $($(#[$about])* pub const $name: u32 = u32::from_be_bytes(*$code);)*
        /// All of them by name.
        pub const ALL: &[(&str, u32)] = &[$((stringify!($name), $name),)*];
    };
}

/// Classes of objects.
pub mod class {
    codes! {
        /// The base of all.
        kAudioObjectClassID = b"aobj";
        /// The driver itself.
        kAudioPlugInClassID = b"aplg";
        /// A box of devices.
        kAudioBoxClassID = b"abox";
        /// A device.
        kAudioDeviceClassID = b"adev";
        /// A stream.
        kAudioStreamClassID = b"astr";
        /// The base of controls.
        kAudioControlClassID = b"actl";
        /// The base of controls of a level.
        kAudioLevelControlClassID = b"levl";
        /// Volume.
        kAudioVolumeControlClassID = b"vlme";
        /// The base of controls that are on or off.
        kAudioBooleanControlClassID = b"togl";
        /// Mute.
        kAudioMuteControlClassID = b"mute";
        /// The base of controls that select.
        kAudioSelectorControlClassID = b"slct";
        /// Selects what the clock follows.
        kAudioClockSourceControlClassID = b"clck";
        /// A number between two others.
        kAudioSliderControlClassID = b"sldr";
    }
}

/// Properties.
pub mod selector {
    codes! {
        /// The class that the object's class is derived from, u32.
        kAudioObjectPropertyBaseClass = b"bcls";
        /// The object's class, u32.
        kAudioObjectPropertyClass = b"clas";
        /// Who owns the object, an ID.
        kAudioObjectPropertyOwner = b"stdv";
        /// A name, a CFString.
        kAudioObjectPropertyName = b"lnam";
        /// The name of the model, a CFString.
        kAudioObjectPropertyModelName = b"lmod";
        /// The manufacturer, a CFString.
        kAudioObjectPropertyManufacturer = b"lmak";
        /// IDs of what the object owns.
        kAudioObjectPropertyOwnedObjects = b"ownd";
        /// Whether the object shows itself to its user, u32.
        kAudioObjectPropertyIdentify = b"iden";
        /// A serial number, a CFString.
        kAudioObjectPropertySerialNumber = b"snum";
        /// A firmware version, a CFString.
        kAudioObjectPropertyFirmwareVersion = b"fwvn";
        /// What properties of its own the object has.
        kAudioObjectPropertyCustomPropertyInfoList = b"cust";
        /// IDs of a device's controls.
        kAudioObjectPropertyControlList = b"ctrl";

        /// IDs of all boxes.
        kAudioPlugInPropertyBoxList = b"box#";
        /// The box of a UID, which is the qualifier.
        kAudioPlugInPropertyTranslateUIDToBox = b"uidb";
        /// IDs of all devices.
        kAudioPlugInPropertyDeviceList = b"dev#";
        /// The device of a UID, which is the qualifier.
        kAudioPlugInPropertyTranslateUIDToDevice = b"uidd";
        /// The path of a bundle with resources, a CFString.
        kAudioPlugInPropertyResourceBundle = b"rsrc";

        /// A box's UID, a CFString.
        kAudioBoxPropertyBoxUID = b"buid";
        /// What kind of connection there is, u32; of devices too.
        kAudioDevicePropertyTransportType = b"tran";
        /// Whether the box has audio, u32.
        kAudioBoxPropertyHasAudio = b"bhau";
        /// Whether it has video, u32.
        kAudioBoxPropertyHasVideo = b"bhvi";
        /// Whether it has MIDI, u32.
        kAudioBoxPropertyHasMIDI = b"bhmi";
        /// Whether it asks who one is, u32.
        kAudioBoxPropertyIsProtected = b"bpro";
        /// Whether its devices are there, u32.
        kAudioBoxPropertyAcquired = b"bxon";
        /// Why they could not be had, an OSStatus.
        kAudioBoxPropertyAcquisitionFailed = b"bxof";
        /// IDs of its devices.
        kAudioBoxPropertyDeviceList = b"bdv#";

        /// A device's UID, a CFString.
        kAudioDevicePropertyDeviceUID = b"uid ";
        /// Its model's UID, a CFString.
        kAudioDevicePropertyModelUID = b"muid";
        /// IDs of devices that share its hardware.
        kAudioDevicePropertyRelatedDevices = b"akin";
        /// Which other devices share its clock, u32; 0: unknown.
        kAudioDevicePropertyClockDomain = b"clkd";
        /// Whether it is still there, u32.
        kAudioDevicePropertyDeviceIsAlive = b"livn";
        /// Whether it does IO, u32.
        kAudioDevicePropertyDeviceIsRunning = b"goin";
        /// Whether it can be the default device of the scope, u32.
        kAudioDevicePropertyDeviceCanBeDefaultDevice = b"dflt";
        /// Whether it can be the device of the system's sounds, u32.
        kAudioDevicePropertyDeviceCanBeDefaultSystemDevice = b"sflt";
        /// Frames of latency of the scope, u32; of streams too.
        kAudioDevicePropertyLatency = b"ltnc";
        /// IDs of its streams, of the scope.
        kAudioDevicePropertyStreams = b"stm#";
        /// Frames that clients keep from the clock's position, u32.
        kAudioDevicePropertySafetyOffset = b"saft";
        /// Frames a second, f64.
        kAudioDevicePropertyNominalSampleRate = b"nsrt";
        /// The rates that it can have, [`crate::interface::AudioValueRange`]s.
        kAudioDevicePropertyAvailableNominalSampleRates = b"nsr#";
        /// The URL of its icon, a CFURL.
        kAudioDevicePropertyIcon = b"icon";
        /// Whether it is left out of lists of devices, u32.
        kAudioDevicePropertyIsHidden = b"hidn";
        /// The two channels, from 1, that are left and right: two u32s.
        kAudioDevicePropertyPreferredChannelsForStereo = b"dch2";
        /// What its channels are, an AudioChannelLayout.
        kAudioDevicePropertyPreferredChannelLayout = b"srnd";
        /// Frames from one zero timestamp to the next, u32.
        kAudioDevicePropertyZeroTimeStampPeriod = b"ring";
        /// How the host smooths timestamps, one of [`super::clock`].
        kAudioDevicePropertyClockAlgorithm = b"clok";
        /// Whether the clock keeps near its nominal rate, u32.
        kAudioDevicePropertyClockIsStable = b"cstb";

        /// Whether a stream is in use, u32.
        kAudioStreamPropertyIsActive = b"sact";
        /// 1: input, 0: output; u32.
        kAudioStreamPropertyDirection = b"sdir";
        /// What it ends in, u32.
        kAudioStreamPropertyTerminalType = b"term";
        /// The device's channel that its first one is, from 1, u32.
        kAudioStreamPropertyStartingChannel = b"schn";
        /// Its format as clients see it, an [`crate::interface::AudioStreamBasicDescription`].
        kAudioStreamPropertyVirtualFormat = b"sfmt";
        /// What that can be, [`crate::interface::AudioStreamRangedDescription`]s.
        kAudioStreamPropertyAvailableVirtualFormats = b"sfma";
        /// Its format as the device has it.
        kAudioStreamPropertyPhysicalFormat = b"pft ";
        /// What that can be.
        kAudioStreamPropertyAvailablePhysicalFormats = b"pfta";

        /// The scope that a control is for, u32.
        kAudioControlPropertyScope = b"cscp";
        /// The element that it is for, u32.
        kAudioControlPropertyElement = b"celm";
        /// A level from 0 to 1, f32.
        kAudioLevelControlPropertyScalarValue = b"lcsv";
        /// A level in decibels, f32.
        kAudioLevelControlPropertyDecibelValue = b"lcdv";
        /// What that can be, an [`crate::interface::AudioValueRange`].
        kAudioLevelControlPropertyDecibelRange = b"lcdr";
        /// Turns the scalar that is handed in into decibels, f32.
        kAudioLevelControlPropertyConvertScalarToDecibels = b"lcsd";
        /// Turns the decibels that are handed in into a scalar, f32.
        kAudioLevelControlPropertyConvertDecibelsToScalar = b"lcds";
        /// Whether a switch is on, u32.
        kAudioBooleanControlPropertyValue = b"bcvl";
        /// IDs of the items that are selected, u32s.
        kAudioSelectorControlPropertyCurrentItem = b"scci";
        /// IDs of the items that there are, u32s.
        kAudioSelectorControlPropertyAvailableItems = b"scai";
        /// The name of the item that is the qualifier, a CFString.
        kAudioSelectorControlPropertyItemName = b"scin";
        /// The kind of the item that is the qualifier, u32.
        kAudioSelectorControlPropertyItemKind = b"clkk";
        /// A slider's number, u32.
        kAudioSliderControlPropertyValue = b"sdrv";
        /// What that can be, two u32s.
        kAudioSliderControlPropertyRange = b"sdrr";
    }

    /// What a device's configuration and its controls' values are, none of them an object of CoreFoundation.
    pub const STATE: [u32; 8] = [
        kAudioDevicePropertyNominalSampleRate,
        kAudioDevicePropertyZeroTimeStampPeriod,
        kAudioStreamPropertyVirtualFormat,
        kAudioStreamPropertyPhysicalFormat,
        kAudioStreamPropertyIsActive,
        kAudioLevelControlPropertyScalarValue,
        kAudioBooleanControlPropertyValue,
        kAudioSelectorControlPropertyCurrentItem,
    ];

    /// Those that need a qualifier, or a number to begin with.
    pub const NEED_MORE: [u32; 6] = [
        kAudioPlugInPropertyTranslateUIDToBox,
        kAudioPlugInPropertyTranslateUIDToDevice,
        kAudioSelectorControlPropertyItemName,
        kAudioSelectorControlPropertyItemKind,
        kAudioLevelControlPropertyConvertScalarToDecibels,
        kAudioLevelControlPropertyConvertDecibelsToScalar,
    ];
}

/// Properties that programs see and drivers have not: what the HAL adds.
pub mod client {
    codes! {
        /// IDs of all devices, of the system's object.
        kAudioHardwarePropertyDevices = b"dev#";
        /// The device that programs record from unless they are told otherwise, an ID; of the system's object.
        kAudioHardwarePropertyDefaultInputDevice = b"dIn ";
        /// The device that programs play into unless they are told otherwise, an ID; of the system's object.
        kAudioHardwarePropertyDefaultOutputDevice = b"dOut";
        /// The CFRunLoop that notices come from, null for a thread of the HAL's; of the system's object.
        kAudioHardwarePropertyRunLoop = b"rnlp";
        /// Frames of an IO cycle of this program, u32.
        kAudioDevicePropertyBufferFrameSize = b"fsiz";
        /// What that can be, an [`crate::interface::AudioValueRange`].
        kAudioDevicePropertyBufferFrameSizeRange = b"fsz#";
        /// A volume from 0 to 1, f32; of a scope and a channel, 0 for all.
        kAudioDevicePropertyVolumeScalar = b"volm";
        /// A volume in decibels, f32; of a scope and a channel, 0 for all.
        kAudioDevicePropertyVolumeDecibels = b"vold";
        /// Whether it is silent, u32; of a scope and a channel, 0 for all.
        kAudioDevicePropertyMute = b"mute";
        /// Has no value: told when a program's IO cycle was not done in time.
        kAudioDeviceProcessorOverload = b"over";
    }
}

/// Scopes of a property.
pub mod scope {
    codes! {
        /// All of the object.
        kAudioObjectPropertyScopeGlobal = b"glob";
        /// Its input side.
        kAudioObjectPropertyScopeInput = b"inpt";
        /// Its output side.
        kAudioObjectPropertyScopeOutput = b"outp";
        /// What is passed from its input to its output.
        kAudioObjectPropertyScopePlayThrough = b"ptru";
        /// Any, in lists of what changed.
        kAudioObjectPropertyScopeWildcard = b"****";
    }
}

/// What functions return where they do not succeed.
pub mod status {
    codes! {
        /// The device does not run.
        kAudioHardwareNotRunningError = b"stop";
        /// Something else.
        kAudioHardwareUnspecifiedError = b"what";
        /// The object has no such property.
        kAudioHardwareUnknownPropertyError = b"who?";
        /// There is no room for the data, or too little data.
        kAudioHardwareBadPropertySizeError = b"!siz";
        /// It cannot be done now, or a value or pointer cannot be.
        kAudioHardwareIllegalOperationError = b"nope";
        /// There is no such object.
        kAudioHardwareBadObjectError = b"!obj";
        /// There is no such device.
        kAudioHardwareBadDeviceError = b"!dev";
        /// There is no such stream.
        kAudioHardwareBadStreamError = b"!str";
        /// It cannot be done at all.
        kAudioHardwareUnsupportedOperationError = b"unop";
        /// The device has no such format.
        kAudioDeviceUnsupportedFormatError = b"!dat";
        /// The caller may not.
        kAudioDevicePermissionsError = b"!hog";
    }
}

/// Operations of an IO cycle.
pub mod operation {
    codes! {
        /// The life of the IO thread; begun and ended only.
        kAudioServerPlugInIOOperationThread = b"thrd";
        /// A cycle; begun and ended only.
        kAudioServerPlugInIOOperationCycle = b"cycl";
        /// Input from the device's ring to the buffer, in the stream's own format. In place.
        kAudioServerPlugInIOOperationReadInput = b"read";
        /// Input from the stream's own format to floats.
        kAudioServerPlugInIOOperationConvertInput = b"cinp";
        /// Changes of a client's input.
        kAudioServerPlugInIOOperationProcessInput = b"pinp";
        /// Changes of a client's output.
        kAudioServerPlugInIOOperationProcessOutput = b"pout";
        /// A client's output into the device's ring; a driver that does it is asked for none of the following. In place.
        kAudioServerPlugInIOOperationMixOutput = b"mixo";
        /// Changes of the mix of all clients.
        kAudioServerPlugInIOOperationProcessMix = b"pmix";
        /// The mix from floats to the stream's own format.
        kAudioServerPlugInIOOperationConvertMix = b"cmix";
        /// The mix into the device's ring, in the stream's own format. In place.
        kAudioServerPlugInIOOperationWriteMix = b"rite";
    }
}

/// How the host smooths a device's timestamps.
pub mod clock {
    codes! {
        /// Not at all.
        kAudioDeviceClockAlgorithmRaw = b"raww";
        /// By a recursive filter; so it does where a device says nothing.
        kAudioDeviceClockAlgorithmSimpleIIR = b"iirf";
        /// By the mean of twelve.
        kAudioDeviceClockAlgorithm12PtMovingWindowAverage = b"mavg";
    }
}

/// Kinds of a selector's items.
pub mod item {
    codes! {
        /// A clock inside of the device.
        kAudioClockSourceItemKindInternal = b"int ";
    }
}

/// What the data of a property of a driver's own are.
pub mod custom {
    codes! {
        /// A CFString.
        kAudioServerPlugInCustomPropertyDataTypeCFString = b"cfst";
        /// An object of a property list.
        kAudioServerPlugInCustomPropertyDataTypeCFPropertyList = b"plst";
    }

    /// There are no data, or there is no qualifier.
    pub const kAudioServerPlugInCustomPropertyDataTypeNone: u32 = 0;
}

/// What is behind a device.
pub mod transport {
    codes! {
        /// Software.
        kAudioDeviceTransportTypeVirtual = b"virt";
    }
}

/// Kinds of samples.
pub mod format {
    codes! {
        /// Linear PCM.
        kAudioFormatLinearPCM = b"lpcm";
    }

    /// Samples are floats.
    pub const kAudioFormatFlagIsFloat: u32 = 1;
    /// Samples are big-endian.
    pub const kAudioFormatFlagIsBigEndian: u32 = 1 << 1;
    /// Samples are signed integers.
    pub const kAudioFormatFlagIsSignedInteger: u32 = 1 << 2;
    /// Samples fill their bytes.
    pub const kAudioFormatFlagIsPacked: u32 = 1 << 3;
    /// Programs get samples as they are, not as floats, and have the device for themselves.
    pub const kAudioFormatFlagIsNonMixable: u32 = 1 << 6;
}

/// A code as people write it: its four characters where they can be printed, and else the number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown(pub u32);

impl core::fmt::Display for Shown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let bytes = self.0.to_be_bytes();
        match core::str::from_utf8(&bytes) {
            Ok(text) if bytes.iter().all(|byte| (b' '..=b'~').contains(byte)) => write!(f, "'{text}'"),
            _ => write!(f, "{:#010x}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Shown, class, client, clock, custom, item, operation, scope, selector, status};
    use std::string::ToString;

    #[test]
    fn codes_of_a_kind_differ_and_can_be_printed() {
        let kinds = [
            class::ALL,
            selector::ALL,
            client::ALL,
            scope::ALL,
            status::ALL,
            operation::ALL,
            clock::ALL,
            item::ALL,
            custom::ALL,
        ];
        for all in kinds {
            for (index, (name, code)) in all.iter().enumerate() {
                assert!(!all[..index].iter().any(|(other, same)| other == name || same == code), "{name}");
                assert!(Shown(*code).to_string().starts_with('\''), "{name}");
            }
        }
    }

    #[test]
    fn codes_are_the_published_numbers() {
        for (code, number) in [
            (class::kAudioBoxClassID, 0x6162_6f78),
            (class::kAudioDeviceClassID, 0x6164_6576),
            (selector::kAudioBoxPropertyAcquired, 0x6278_6f6e),
            (selector::kAudioBoxPropertyDeviceList, 0x6264_7623),
            (selector::kAudioDevicePropertyDeviceUID, 0x7569_6420),
            (selector::kAudioPlugInPropertyTranslateUIDToBox, 0x7569_6462),
            (selector::kAudioPlugInPropertyTranslateUIDToDevice, 0x7569_6464),
            (selector::kAudioDevicePropertyZeroTimeStampPeriod, 0x7269_6e67),
            (operation::kAudioServerPlugInIOOperationWriteMix, 0x7269_7465),
        ] {
            assert_eq!(code, number, "{}", Shown(code));
        }
        assert_eq!(Shown(3).to_string(), "0x00000003");
    }
}
