// Generated from kernel-bindings/include by header-check, with bindgen 0.73 and libclang 19. Do not edit.
pub type UInt8 = ::core::ffi::c_uchar;
pub type UInt16 = ::core::ffi::c_ushort;
pub type UInt32 = ::core::ffi::c_uint;
pub type UInt64 = ::core::ffi::c_ulonglong;
pub type SInt8 = ::core::ffi::c_schar;
pub type SInt16 = ::core::ffi::c_short;
pub type SInt32 = ::core::ffi::c_int;
pub type SInt64 = ::core::ffi::c_longlong;
pub type AbsoluteTime = UInt64;
pub type OptionBits = UInt32;
pub type IOReturn = ::core::ffi::c_int;
pub type boolean_t = ::core::ffi::c_int;
pub type natural_t = ::core::ffi::c_uint;
pub type vm_size_t = usize;
pub type vm_offset_t = usize;
pub type IOOptionBits = UInt32;
pub type IOItemCount = UInt32;
pub type IOFixed = SInt32;
pub type IOByteCount = ::core::ffi::c_ulonglong;
pub type IOVirtualAddress = ::core::ffi::c_ulonglong;
pub type IOPhysicalAddress = ::core::ffi::c_ulonglong;
pub type mach_timebase_info_data_t = mach_timebase_info;
pub type mach_timebase_info_t = *mut mach_timebase_info;
pub type _IOAudioEngineState = ::core::ffi::c_uint;
pub type _IOAudioStreamDirection = ::core::ffi::c_uint;
pub type _IOAudioEngineMemory = ::core::ffi::c_uint;
pub type _IOAudioEngineCalls = ::core::ffi::c_uint;
pub type _IOAudioEngineTraps = ::core::ffi::c_uint;
pub type _IOAudioEngineNotifications = ::core::ffi::c_uint;
pub type _IOAudioControlCalls = ::core::ffi::c_uint;
pub type _IOAudioControlNotifications = ::core::ffi::c_uint;
pub type IOAudioEngineStatus = _IOAudioEngineStatus;
pub type IOAudioStreamFormat = _IOAudioStreamFormat;
pub type IOAudioStreamFormatExtension = _IOAudioStreamFormatExtension;
pub type IOAudioSampleRate = _IOAudioSampleRate;
pub type IOAudioSMPTETime = _IOAudioSMPTETime;
pub type IOAudioTimeStamp = _IOAudioTimeStamp;
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct mach_timebase_info {
    pub numer: u32,
    pub denom: u32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioEngineStatus {
    pub fVersion: UInt32,
    pub fCurrentLoopCount: UInt32,
    pub fLastLoopTime: AbsoluteTime,
    pub fEraseHeadSampleFrame: UInt32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioStreamFormat {
    pub fNumChannels: UInt32,
    pub fSampleFormat: UInt32,
    pub fNumericRepresentation: UInt32,
    pub fBitDepth: UInt8,
    pub fBitWidth: UInt8,
    pub fAlignment: UInt8,
    pub fByteOrder: UInt8,
    pub fIsMixable: UInt8,
    pub fDriverTag: UInt32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioStreamFormatExtension {
    pub fVersion: UInt32,
    pub fFlags: UInt32,
    pub fFramesPerPacket: UInt32,
    pub fBytesPerPacket: UInt32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioSampleRate {
    pub whole: UInt32,
    pub fraction: UInt32,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioSMPTETime {
    pub fSubframes: SInt16,
    pub fSubframeDivisor: SInt16,
    pub fCounter: UInt32,
    pub fType: UInt32,
    pub fFlags: UInt32,
    pub fHours: SInt16,
    pub fMinutes: SInt16,
    pub fSeconds: SInt16,
    pub fFrames: SInt16,
}
#[repr(C)]
#[derive(Debug, Copy, Clone)]
pub struct _IOAudioTimeStamp {
    pub fSampleTime: UInt64,
    pub fHostTime: UInt64,
    pub fRateScalar: UInt64,
    pub fWordClockTime: UInt64,
    pub fSMPTETime: IOAudioSMPTETime,
    pub fFlags: UInt32,
    pub fReserved: UInt32,
}
pub const kIOAudioControlChannelIDKey: &::core::ffi::CStr = c"IOAudioControlChannelID";
pub const kIOAudioControlChannelNameAll: &::core::ffi::CStr = c"All Channels";
pub const kIOAudioControlChannelNameCenter: &::core::ffi::CStr = c"Center";
pub const kIOAudioControlChannelNameFrontLeftCenter: &::core::ffi::CStr = c"FrontLeftCenter";
pub const kIOAudioControlChannelNameFrontRightCenter: &::core::ffi::CStr = c"FrontRightCenter";
pub const kIOAudioControlChannelNameKey: &::core::ffi::CStr = c"IOAudioControlChannelName";
pub const kIOAudioControlChannelNameLeft: &::core::ffi::CStr = c"Left";
pub const kIOAudioControlChannelNameLeftRear: &::core::ffi::CStr = c"LeftRear";
pub const kIOAudioControlChannelNameRearCenter: &::core::ffi::CStr = c"RearCenter";
pub const kIOAudioControlChannelNameRight: &::core::ffi::CStr = c"Right";
pub const kIOAudioControlChannelNameRightRear: &::core::ffi::CStr = c"RightRear";
pub const kIOAudioControlChannelNameSub: &::core::ffi::CStr = c"Sub";
pub const kIOAudioControlChannelNameSurroundLeft: &::core::ffi::CStr = c"SurroundLeft";
pub const kIOAudioControlChannelNameSurroundRight: &::core::ffi::CStr = c"SurroundRight";
pub const kIOAudioControlChannelNumberKey: &::core::ffi::CStr = c"IOAudioControlChannelNumber";
pub const kIOAudioControlClassName: &::core::ffi::CStr = c"IOAudioControl";
pub const kIOAudioControlCoreAudioPropertyIDKey: &::core::ffi::CStr = c"IOAudioControlCoreAudioPropertyID";
pub const kIOAudioControlIDKey: &::core::ffi::CStr = c"IOAudioControlID";
pub const kIOAudioControlSubTypeKey: &::core::ffi::CStr = c"IOAudioControlSubType";
pub const kIOAudioControlTypeKey: &::core::ffi::CStr = c"IOAudioControlType";
pub const kIOAudioControlUsageKey: &::core::ffi::CStr = c"IOAudioControlUsage";
pub const kIOAudioControlValueIsReadOnlyKey: &::core::ffi::CStr = c"IOAudioControlValueIsReadOnly";
pub const kIOAudioControlValueKey: &::core::ffi::CStr = c"IOAudioControlValue";
pub const kIOAudioDeviceCanBeDefaults: &::core::ffi::CStr = c"IOAudioDeviceCanBeDefaults";
pub const kIOAudioDeviceClassName: &::core::ffi::CStr = c"IOAudioDevice";
pub const kIOAudioDeviceConfigurationAppKey: &::core::ffi::CStr = c"IOAudioDeviceConfigurationApplication";
pub const kIOAudioDeviceIconNameKey: &::core::ffi::CStr = c"IOAudioDeviceIconName";
pub const kIOAudioDeviceIconSubDirKey: &::core::ffi::CStr = c"IOAudioDeviceIconSubDir";
pub const kIOAudioDeviceIconTypeKey: &::core::ffi::CStr = c"IOAudioDeviceIconType";
pub const kIOAudioDeviceLocalizedBundleKey: &::core::ffi::CStr = c"IOAudioDeviceLocalizedBundle";
pub const kIOAudioDeviceManufacturerNameKey: &::core::ffi::CStr = c"IOAudioDeviceManufacturerName";
pub const kIOAudioDeviceModelIDKey: &::core::ffi::CStr = c"IOAudioDeviceModelID";
pub const kIOAudioDeviceNameKey: &::core::ffi::CStr = c"IOAudioDeviceName";
pub const kIOAudioDeviceShortNameKey: &::core::ffi::CStr = c"IOAudioDeviceShortName";
pub const kIOAudioDeviceTransportTypeKey: &::core::ffi::CStr = c"IOAudioDeviceTransportType";
pub const kIOAudioEngineAlwaysLoadCoreAudioPlugInKey: &::core::ffi::CStr = c"IOAudioEngineAlwaysLoadCoreAudioPlugIn";
pub const kIOAudioEngineClassName: &::core::ffi::CStr = c"IOAudioEngine";
pub const kIOAudioEngineClockDomainKey: &::core::ffi::CStr = c"IOAudioEngineClockDomain";
pub const kIOAudioEngineClockIsStableKey: &::core::ffi::CStr = c"IOAudioEngineClockIsStable";
pub const kIOAudioEngineCoreAudioPlugInKey: &::core::ffi::CStr = c"IOAudioEngineCoreAudioPlugIn";
pub const kIOAudioEngineDescriptionKey: &::core::ffi::CStr = c"IOAudioEngineDescription";
pub const kIOAudioEngineDisableClockBoundsCheck: &::core::ffi::CStr = c"IOAudioEngineDisableClockBoundsCheck";
pub const kIOAudioEngineFlavorKey: &::core::ffi::CStr = c"IOAudioEngineFlavor";
pub const kIOAudioEngineFullChannelCategoryNamesKey: &::core::ffi::CStr = c"IOAudioEngineChannelCategoryNames";
pub const kIOAudioEngineFullChannelNameKeyInputFormat: &::core::ffi::CStr = c"InputChannel%u";
pub const kIOAudioEngineFullChannelNameKeyOutputFormat: &::core::ffi::CStr = c"OutputChannel%u";
pub const kIOAudioEngineFullChannelNamesKey: &::core::ffi::CStr = c"IOAudioEngineChannelNames";
pub const kIOAudioEngineFullChannelNumberNamesKey: &::core::ffi::CStr = c"IOAudioEngineChannelNumberNames";
pub const kIOAudioEngineGlobalUniqueIDKey: &::core::ffi::CStr = c"IOAudioEngineGlobalUniqueID";
pub const kIOAudioEngineInputChannelLayoutKey: &::core::ffi::CStr = c"IOAudioEngineInputChannelLayout";
pub const kIOAudioEngineInputSampleLatencyKey: &::core::ffi::CStr = c"IOAudioEngineInputSampleLatency";
pub const kIOAudioEngineInputSampleOffsetKey: &::core::ffi::CStr = c"IOAudioEngineInputSampleOffset";
pub const kIOAudioEngineIsHiddenKey: &::core::ffi::CStr = c"IOAudioEngineIsHidden";
pub const kIOAudioEngineNumActiveUserClientsKey: &::core::ffi::CStr = c"IOAudioEngineNumActiveUserClients";
pub const kIOAudioEngineNumSampleFramesPerBufferKey: &::core::ffi::CStr = c"IOAudioEngineNumSampleFramesPerBuffer";
pub const kIOAudioEngineOutputAutoRouteKey: &::core::ffi::CStr = c"NoAutoRoute";
pub const kIOAudioEngineOutputChannelLayoutKey: &::core::ffi::CStr = c"IOAudioEngineOutputChannelLayout";
pub const kIOAudioEngineOutputSampleLatencyKey: &::core::ffi::CStr = c"IOAudioEngineOutputSampleLatency";
pub const kIOAudioEngineSampleOffsetKey: &::core::ffi::CStr = c"IOAudioEngineSampleOffset";
pub const kIOAudioEngineStateKey: &::core::ffi::CStr = c"IOAudioEngineState";
pub const kIOAudioEngineUseHiResSampleIntervalKey: &::core::ffi::CStr = c"IOAudioEngineUseHiResSampleInterval";
pub const kIOAudioEngineUserClientActiveKey: &::core::ffi::CStr = c"IOAudioEngineUserClientActive";
pub const kIOAudioLevelControlMaxDBKey: &::core::ffi::CStr = c"IOAudioLevelControlMaxDB";
pub const kIOAudioLevelControlMaxValueKey: &::core::ffi::CStr = c"IOAudioLevelControlMaxValue";
pub const kIOAudioLevelControlMinDBKey: &::core::ffi::CStr = c"IOAudioLevelControlMinDB";
pub const kIOAudioLevelControlMinValueKey: &::core::ffi::CStr = c"IOAudioLevelControlMinValue";
pub const kIOAudioLevelControlRangesKey: &::core::ffi::CStr = c"IOAudioLevelControlRanges";
pub const kIOAudioLevelControlUseLinearScale: &::core::ffi::CStr = c"IOAudioLevelControlUseLinearScale";
pub const kIOAudioPortClassName: &::core::ffi::CStr = c"IOAudioPort";
pub const kIOAudioPortNameKey: &::core::ffi::CStr = c"IOAudioPortName";
pub const kIOAudioPortSubTypeKey: &::core::ffi::CStr = c"IOAudioPortSubType";
pub const kIOAudioPortTypeKey: &::core::ffi::CStr = c"IOAudioPortType";
pub const kIOAudioSampleRateFractionKey: &::core::ffi::CStr = c"IOAudioSampleRateFraction";
pub const kIOAudioSampleRateKey: &::core::ffi::CStr = c"IOAudioSampleRate";
pub const kIOAudioSampleRateWholeNumberKey: &::core::ffi::CStr = c"IOAudioSampleRateWholeNumber";
pub const kIOAudioSelectorControlAvailableSelectionsKey: &::core::ffi::CStr = c"IOAudioSelectorControlAvailableSelections";
pub const kIOAudioSelectorControlClockSourceKey: &::core::ffi::CStr = c"IOAudioSelectorControlClockSourceKey";
pub const kIOAudioSelectorControlSelectionDescriptionKey: &::core::ffi::CStr = c"IOAudioSelectorControlSelectionDescriptionKey";
pub const kIOAudioSelectorControlSelectionValueKey: &::core::ffi::CStr = c"IOAudioSelectorControlSelectionValue";
pub const kIOAudioSelectorControlTransportValueKey: &::core::ffi::CStr = c"IOAudioSelectorControlTransportValue";
pub const kIOAudioStreamAlignmentKey: &::core::ffi::CStr = c"IOAudioStreamAlignment";
pub const kIOAudioStreamAvailableFormatsKey: &::core::ffi::CStr = c"IOAudioStreamAvailableFormats";
pub const kIOAudioStreamAvailableKey: &::core::ffi::CStr = c"IOAudioStreamAvailable";
pub const kIOAudioStreamBitDepthKey: &::core::ffi::CStr = c"IOAudioStreamBitDepth";
pub const kIOAudioStreamBitWidthKey: &::core::ffi::CStr = c"IOAudioStreamBitWidth";
pub const kIOAudioStreamByteOrderKey: &::core::ffi::CStr = c"IOAudioStreamByteOrder";
pub const kIOAudioStreamBytesPerPacketKey: &::core::ffi::CStr = c"IOAudioStreamBytesPerPacket";
pub const kIOAudioStreamClassName: &::core::ffi::CStr = c"IOAudioStream";
pub const kIOAudioStreamDescriptionKey: &::core::ffi::CStr = c"IOAudioStreamDescription";
pub const kIOAudioStreamDirectionKey: &::core::ffi::CStr = c"IOAudioStreamDirection";
pub const kIOAudioStreamDriverTagKey: &::core::ffi::CStr = c"IOAudioStreamDriverTag";
pub const kIOAudioStreamFormatFlagsKey: &::core::ffi::CStr = c"IOAudioStreamFormatFlags";
pub const kIOAudioStreamFormatKey: &::core::ffi::CStr = c"IOAudioStreamFormat";
pub const kIOAudioStreamFramesPerPacketKey: &::core::ffi::CStr = c"IOAudioStreamFramesPerPacket";
pub const kIOAudioStreamIDKey: &::core::ffi::CStr = c"IOAudioStreamID";
pub const kIOAudioStreamIsMixableKey: &::core::ffi::CStr = c"IOAudioStreamIsMixable";
pub const kIOAudioStreamMaximumSampleRateKey: &::core::ffi::CStr = c"IOAudioStreamMaximumSampleRate";
pub const kIOAudioStreamMinimumSampleRateKey: &::core::ffi::CStr = c"IOAudioStreamMinimumSampleRate";
pub const kIOAudioStreamNumChannelsKey: &::core::ffi::CStr = c"IOAudioStreamNumChannels";
pub const kIOAudioStreamNumClientsKey: &::core::ffi::CStr = c"IOAudioStreamNumClients";
pub const kIOAudioStreamNumericRepresentationKey: &::core::ffi::CStr = c"IOAudioStreamNumericRepresentation";
pub const kIOAudioStreamSampleFormatKey: &::core::ffi::CStr = c"IOAudioStreamSampleFormat";
pub const kIOAudioStreamSampleLatencyKey: &::core::ffi::CStr = c"IOAudioStreamSampleLatency";
pub const kIOAudioStreamStartingChannelIDKey: &::core::ffi::CStr = c"IOAudioStreamStartingChannelID";
pub const kIOAudioStreamStartingChannelNumberKey: &::core::ffi::CStr = c"IOAudioStreamStartingChannelNumber";
pub const kIOAudioStreamTerminalTypeKey: &::core::ffi::CStr = c"IOAudioStreamTerminalType";
pub const kIOReturnAborted: IOReturn = -536870165;
pub const kIOReturnBadArgument: IOReturn = -536870206;
pub const kIOReturnBadMedia: IOReturn = -536870191;
pub const kIOReturnBadMessageID: IOReturn = -536870202;
pub const kIOReturnBusy: IOReturn = -536870187;
pub const kIOReturnCannotLock: IOReturn = -536870196;
pub const kIOReturnCannotWire: IOReturn = -536870178;
pub const kIOReturnDMAError: IOReturn = -536870188;
pub const kIOReturnDeviceError: IOReturn = -536870167;
pub const kIOReturnError: IOReturn = -536870212;
pub const kIOReturnExclusiveAccess: IOReturn = -536870203;
pub const kIOReturnIOError: IOReturn = -536870198;
pub const kIOReturnIPCError: IOReturn = -536870209;
pub const kIOReturnInternalError: IOReturn = -536870199;
pub const kIOReturnInvalid: IOReturn = -536870911;
pub const kIOReturnIsoTooNew: IOReturn = -536870161;
pub const kIOReturnIsoTooOld: IOReturn = -536870162;
pub const kIOReturnLockedRead: IOReturn = -536870205;
pub const kIOReturnLockedWrite: IOReturn = -536870204;
pub const kIOReturnMessageTooLarge: IOReturn = -536870175;
pub const kIOReturnNoBandwidth: IOReturn = -536870164;
pub const kIOReturnNoChannels: IOReturn = -536870182;
pub const kIOReturnNoCompletion: IOReturn = -536870166;
pub const kIOReturnNoDevice: IOReturn = -536870208;
pub const kIOReturnNoFrames: IOReturn = -536870176;
pub const kIOReturnNoInterrupt: IOReturn = -536870177;
pub const kIOReturnNoMedia: IOReturn = -536870172;
pub const kIOReturnNoMemory: IOReturn = -536870211;
pub const kIOReturnNoPower: IOReturn = -536870173;
pub const kIOReturnNoResources: IOReturn = -536870210;
pub const kIOReturnNoSpace: IOReturn = -536870181;
pub const kIOReturnNotAligned: IOReturn = -536870192;
pub const kIOReturnNotAttached: IOReturn = -536870183;
pub const kIOReturnNotFound: IOReturn = -536870160;
pub const kIOReturnNotOpen: IOReturn = -536870195;
pub const kIOReturnNotPermitted: IOReturn = -536870174;
pub const kIOReturnNotPrivileged: IOReturn = -536870207;
pub const kIOReturnNotReadable: IOReturn = -536870194;
pub const kIOReturnNotReady: IOReturn = -536870184;
pub const kIOReturnNotResponding: IOReturn = -536870163;
pub const kIOReturnNotWritable: IOReturn = -536870193;
pub const kIOReturnOffline: IOReturn = -536870185;
pub const kIOReturnOverrun: IOReturn = -536870168;
pub const kIOReturnPortExists: IOReturn = -536870179;
pub const kIOReturnRLDError: IOReturn = -536870189;
pub const kIOReturnStillOpen: IOReturn = -536870190;
pub const kIOReturnSuccess: IOReturn = 0;
pub const kIOReturnTimeout: IOReturn = -536870186;
pub const kIOReturnUnderrun: IOReturn = -536870169;
pub const kIOReturnUnformattedMedia: IOReturn = -536870171;
pub const kIOReturnUnsupported: IOReturn = -536870201;
pub const kIOReturnUnsupportedMode: IOReturn = -536870170;
pub const kIOReturnVMError: IOReturn = -536870200;
pub const kIOAudioEngineStopped: _IOAudioEngineState = 0;
pub const kIOAudioEngineRunning: _IOAudioEngineState = 1;
pub const kIOAudioEnginePaused: _IOAudioEngineState = 2;
pub const kIOAudioEngineResumed: _IOAudioEngineState = 3;
pub const kIOAudioStreamDirectionOutput: _IOAudioStreamDirection = 0;
pub const kIOAudioStreamDirectionInput: _IOAudioStreamDirection = 1;
pub const kIOAudioStatusBuffer: _IOAudioEngineMemory = 0;
pub const kIOAudioSampleBuffer: _IOAudioEngineMemory = 1;
pub const kIOAudioMixBuffer: _IOAudioEngineMemory = 2;
pub const kIOAudioBytesInInputBuffer: _IOAudioEngineMemory = 3;
pub const kIOAudioBytesInOutputBuffer: _IOAudioEngineMemory = 4;
pub const kIOAudioEngineCallRegisterClientBuffer: _IOAudioEngineCalls = 0;
pub const kIOAudioEngineCallUnregisterClientBuffer: _IOAudioEngineCalls = 1;
pub const kIOAudioEngineCallGetConnectionID: _IOAudioEngineCalls = 2;
pub const kIOAudioEngineCallStart: _IOAudioEngineCalls = 3;
pub const kIOAudioEngineCallStop: _IOAudioEngineCalls = 4;
pub const kIOAudioEngineCallGetNearestStartTime: _IOAudioEngineCalls = 5;
pub const kIOAudioEngineTrapPerformClientIO: _IOAudioEngineTraps = 0;
pub const kIOAudioEngineAllNotifications: _IOAudioEngineNotifications = 0;
pub const kIOAudioEngineStreamFormatChangeNotification: _IOAudioEngineNotifications = 1;
pub const kIOAudioEngineChangeNotification: _IOAudioEngineNotifications = 2;
pub const kIOAudioEngineStartedNotification: _IOAudioEngineNotifications = 3;
pub const kIOAudioEngineStoppedNotification: _IOAudioEngineNotifications = 4;
pub const kIOAudioEnginePausedNotification: _IOAudioEngineNotifications = 5;
pub const kIOAudioEngineResumedNotification: _IOAudioEngineNotifications = 6;
pub const kIOAudioControlCallSetValue: _IOAudioControlCalls = 0;
pub const kIOAudioControlCallGetValue: _IOAudioControlCalls = 1;
pub const kIOAudioControlValueChangeNotification: _IOAudioControlNotifications = 0;
pub const kIOAudioControlRangeChangeNotification: _IOAudioControlNotifications = 1;
pub const kFormatExtensionCurrentVersion: UInt32 = 1;
pub const kFormatExtensionInvalidVersion: UInt32 = 0;
pub const kIOAudioControlChannelIDAll: UInt32 = 0;
pub const kIOAudioControlChannelIDDefaultCenter: UInt32 = 3;
pub const kIOAudioControlChannelIDDefaultFrontLeftCenter: UInt32 = 7;
pub const kIOAudioControlChannelIDDefaultFrontRightCenter: UInt32 = 8;
pub const kIOAudioControlChannelIDDefaultLeft: UInt32 = 1;
pub const kIOAudioControlChannelIDDefaultLeftRear: UInt32 = 4;
pub const kIOAudioControlChannelIDDefaultRearCenter: UInt32 = 9;
pub const kIOAudioControlChannelIDDefaultRight: UInt32 = 2;
pub const kIOAudioControlChannelIDDefaultRightRear: UInt32 = 5;
pub const kIOAudioControlChannelIDDefaultSub: UInt32 = 6;
pub const kIOAudioControlChannelIDDefaultSurroundLeft: UInt32 = 10;
pub const kIOAudioControlChannelIDDefaultSurroundRight: UInt32 = 11;
pub const kIOAudioControlChannelNumberInactive: SInt32 = -1;
pub const kIOAudioControlNumCalls: UInt32 = 2;
pub const kIOAudioControlTypeJack: UInt32 = 1784767339;
pub const kIOAudioControlTypeLevel: UInt32 = 1818588780;
pub const kIOAudioControlTypeSelector: UInt32 = 1936483188;
pub const kIOAudioControlTypeToggle: UInt32 = 1953458028;
pub const kIOAudioControlUsageCoreAudioProperty: UInt32 = 1886547824;
pub const kIOAudioControlUsageInput: UInt32 = 1768845428;
pub const kIOAudioControlUsageOutput: UInt32 = 1869968496;
pub const kIOAudioControlUsagePassThru: UInt32 = 1885434739;
pub const kIOAudioDeviceCanBeDefaultInput: UInt32 = 1;
pub const kIOAudioDeviceCanBeDefaultNothing: UInt32 = 0;
pub const kIOAudioDeviceCanBeDefaultOutput: UInt32 = 2;
pub const kIOAudioDeviceCanBeSystemOutput: UInt32 = 4;
pub const kIOAudioDeviceTransportTypeAVB: UInt32 = 1700886114;
pub const kIOAudioDeviceTransportTypeBluetooth: UInt32 = 1651275109;
pub const kIOAudioDeviceTransportTypeBuiltIn: UInt32 = 1651274862;
pub const kIOAudioDeviceTransportTypeDisplayPort: UInt32 = 1685090932;
pub const kIOAudioDeviceTransportTypeFireWire: UInt32 = 825440564;
pub const kIOAudioDeviceTransportTypeHdmi: UInt32 = 1751412073;
pub const kIOAudioDeviceTransportTypeNetwork: UInt32 = 1853126507;
pub const kIOAudioDeviceTransportTypeOther: UInt32 = 1869899890;
pub const kIOAudioDeviceTransportTypePCI: UInt32 = 1885563168;
pub const kIOAudioDeviceTransportTypeThunderbolt: UInt32 = 1953002862;
pub const kIOAudioDeviceTransportTypeUSB: UInt32 = 1970496032;
pub const kIOAudioDeviceTransportTypeVirtual: UInt32 = 1986622068;
pub const kIOAudioDeviceTransportTypeWireless: UInt32 = 2003987571;
pub const kIOAudioEngineCurrentStatusStructVersion: UInt32 = 2;
pub const kIOAudioEngineDefaultMixBufferSampleSize: UInt32 = 4;
pub const kIOAudioEngineNumCalls: UInt32 = 6;
pub const kIOAudioLevelControlNegativeInfinity: UInt32 = 4294967295;
pub const kIOAudioLevelControlSubTypeLFEVolume: UInt32 = 1937072758;
pub const kIOAudioLevelControlSubTypePRAMVolume: UInt32 = 1886544237;
pub const kIOAudioLevelControlSubTypeVolume: UInt32 = 1986817381;
pub const kIOAudioNewClockDomain: UInt32 = 4294967295;
pub const kIOAudioSMPTETimeRunning: UInt32 = 2;
pub const kIOAudioSMPTETimeType2398: UInt32 = 11;
pub const kIOAudioSMPTETimeType24: UInt32 = 0;
pub const kIOAudioSMPTETimeType25: UInt32 = 1;
pub const kIOAudioSMPTETimeType2997: UInt32 = 4;
pub const kIOAudioSMPTETimeType2997Drop: UInt32 = 5;
pub const kIOAudioSMPTETimeType30: UInt32 = 3;
pub const kIOAudioSMPTETimeType30Drop: UInt32 = 2;
pub const kIOAudioSMPTETimeType50: UInt32 = 10;
pub const kIOAudioSMPTETimeType5994: UInt32 = 7;
pub const kIOAudioSMPTETimeType5994Drop: UInt32 = 9;
pub const kIOAudioSMPTETimeType60: UInt32 = 6;
pub const kIOAudioSMPTETimeType60Drop: UInt32 = 8;
pub const kIOAudioSMPTETimeValid: UInt32 = 1;
pub const kIOAudioSelectorControlSelectionValueCD: UInt32 = 1667506208;
pub const kIOAudioSelectorControlSelectionValueExternalMicrophone: UInt32 = 1701669219;
pub const kIOAudioSelectorControlSelectionValueExternalSpeaker: UInt32 = 1702064235;
pub const kIOAudioSelectorControlSelectionValueHeadphones: UInt32 = 1751412846;
pub const kIOAudioSelectorControlSelectionValueInternalMicrophone: UInt32 = 1768778083;
pub const kIOAudioSelectorControlSelectionValueInternalSpeaker: UInt32 = 1769173099;
pub const kIOAudioSelectorControlSelectionValueLine: UInt32 = 1818848869;
pub const kIOAudioSelectorControlSelectionValueNone: UInt32 = 1852796517;
pub const kIOAudioSelectorControlSelectionValueSPDIF: UInt32 = 1936745574;
pub const kIOAudioSelectorControlSubTypeChannelHighPassFilter: UInt32 = 1751740518;
pub const kIOAudioSelectorControlSubTypeChannelLevelInstrumentLevel: UInt32 = 1769174124;
pub const kIOAudioSelectorControlSubTypeChannelLevelMicLevel: UInt32 = 1835623276;
pub const kIOAudioSelectorControlSubTypeChannelLevelMinus10dBV: UInt32 = 825255010;
pub const kIOAudioSelectorControlSubTypeChannelLevelMinus20dBV: UInt32 = 842032226;
pub const kIOAudioSelectorControlSubTypeChannelLevelPlus4dBu: UInt32 = 878994037;
pub const kIOAudioSelectorControlSubTypeChannelNominalLineLevel: UInt32 = 1852597622;
pub const kIOAudioSelectorControlSubTypeClockSource: UInt32 = 1668047723;
pub const kIOAudioSelectorControlSubTypeDestination: UInt32 = 1684370292;
pub const kIOAudioSelectorControlSubTypeInput: UInt32 = 1768845428;
pub const kIOAudioSelectorControlSubTypeOutput: UInt32 = 1869968496;
pub const kIOAudioStreamAlignmentHighByte: UInt32 = 1;
pub const kIOAudioStreamAlignmentLowByte: UInt32 = 0;
pub const kIOAudioStreamByteOrderBigEndian: UInt32 = 0;
pub const kIOAudioStreamByteOrderLittleEndian: UInt32 = 1;
pub const kIOAudioStreamNumericRepresentationIEEE754Float: UInt32 = 1718382452;
pub const kIOAudioStreamNumericRepresentationSignedInt: UInt32 = 1936289396;
pub const kIOAudioStreamNumericRepresentationUnsignedInt: UInt32 = 1969843828;
pub const kIOAudioStreamSampleFormat1937AC3: UInt32 = 1667326771;
pub const kIOAudioStreamSampleFormat1937MPEG1: UInt32 = 1836082993;
pub const kIOAudioStreamSampleFormat1937MPEG2: UInt32 = 1836082994;
pub const kIOAudioStreamSampleFormatAC3: UInt32 = 1633889587;
pub const kIOAudioStreamSampleFormatALaw: UInt32 = 1634492791;
pub const kIOAudioStreamSampleFormatIEEEFloat: UInt32 = 1768252773;
pub const kIOAudioStreamSampleFormatLinearPCM: UInt32 = 1819304813;
pub const kIOAudioStreamSampleFormatMPEG: UInt32 = 1836082535;
pub const kIOAudioStreamSampleFormatMuLaw: UInt32 = 1970037111;
pub const kIOAudioStreamSampleFormatTimeCode: UInt32 = 1953066341;
pub const kIOAudioTimeStampHostTimeValid: UInt32 = 2;
pub const kIOAudioTimeStampRateScalarValid: UInt32 = 4;
pub const kIOAudioTimeStampSMPTETimeValid: UInt32 = 16;
pub const kIOAudioTimeStampSampleHostTimeValid: UInt32 = 3;
pub const kIOAudioTimeStampSampleTimeValid: UInt32 = 1;
pub const kIOAudioTimeStampWordClockTimeValid: UInt32 = 8;
pub const kIOAudioToggleControlSubTypeLFEMute: UInt32 = 1937072749;
pub const kIOAudioToggleControlSubTypeMute: UInt32 = 1836414053;
pub const kIOAudioToggleControlSubTypePhantomPower: UInt32 = 1885888878;
pub const kIOAudioToggleControlSubTypePhaseInvert: UInt32 = 1885893481;
pub const kIOAudioToggleControlSubTypeSolo: UInt32 = 1936682095;
pub const kIOAudioToggleControlSubTypeiSubAttach: UInt32 = 1635017576;
pub use self::_IOAudioEngineState as IOAudioEngineState;
pub use self::_IOAudioStreamDirection as IOAudioStreamDirection;
unsafe extern "C" {
    pub fn mach_absolute_time() -> u64;
    pub fn clock_get_uptime(arg1: *mut u64);
    pub fn clock_timebase_info(arg1: mach_timebase_info_t);
    pub fn nanoseconds_to_absolutetime(arg1: u64, arg2: *mut u64);
    pub fn absolutetime_to_nanoseconds(arg1: u64, arg2: *mut u64);
    pub fn panic(arg1: *const ::core::ffi::c_char, ...) -> !;
    pub fn memcpy(
        arg1: *mut ::core::ffi::c_void,
        arg2: *const ::core::ffi::c_void,
        arg3: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memmove(
        arg1: *mut ::core::ffi::c_void,
        arg2: *const ::core::ffi::c_void,
        arg3: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memset(
        arg1: *mut ::core::ffi::c_void,
        arg2: ::core::ffi::c_int,
        arg3: usize,
    ) -> *mut ::core::ffi::c_void;
    pub fn memcmp(
        arg1: *const ::core::ffi::c_void,
        arg2: *const ::core::ffi::c_void,
        arg3: usize,
    ) -> ::core::ffi::c_int;
    pub fn bzero(arg1: *mut ::core::ffi::c_void, arg2: usize);
    pub fn strlen(arg1: *const ::core::ffi::c_char) -> usize;
    pub fn strlcpy(
        arg1: *mut ::core::ffi::c_char,
        arg2: *const ::core::ffi::c_char,
        arg3: usize,
    ) -> usize;
    pub fn strncmp(
        arg1: *const ::core::ffi::c_char,
        arg2: *const ::core::ffi::c_char,
        arg3: usize,
    ) -> ::core::ffi::c_int;
    pub fn IOLog(arg1: *const ::core::ffi::c_char, ...);
    pub fn IOMalloc(arg1: vm_size_t) -> *mut ::core::ffi::c_void;
    pub fn IOFree(arg1: *mut ::core::ffi::c_void, arg2: vm_size_t);
    pub fn IOMallocAligned(
        arg1: vm_size_t,
        arg2: vm_offset_t,
    ) -> *mut ::core::ffi::c_void;
    pub fn IOFreeAligned(arg1: *mut ::core::ffi::c_void, arg2: vm_size_t);
    pub fn IOSleep(arg1: ::core::ffi::c_uint);
    pub fn PE_parse_boot_argn(
        arg1: *const ::core::ffi::c_char,
        arg2: *mut ::core::ffi::c_void,
        arg3: ::core::ffi::c_int,
    ) -> boolean_t;
}
