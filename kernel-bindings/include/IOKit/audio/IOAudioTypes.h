// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/OSTypes.h>

enum _IOAudioEngineState {
    kIOAudioEngineStopped = 0,
    kIOAudioEngineRunning = 1,
    kIOAudioEnginePaused = 2,
    kIOAudioEngineResumed = 3,
};

enum _IOAudioStreamDirection {
    kIOAudioStreamDirectionOutput = 0,
    kIOAudioStreamDirectionInput = 1,
};

enum _IOAudioEngineMemory {
    kIOAudioStatusBuffer = 0,
    kIOAudioSampleBuffer = 1,
    kIOAudioMixBuffer = 2,
    kIOAudioBytesInInputBuffer = 3,
    kIOAudioBytesInOutputBuffer = 4,
};

enum _IOAudioEngineCalls {
    kIOAudioEngineCallRegisterClientBuffer = 0,
    kIOAudioEngineCallUnregisterClientBuffer = 1,
    kIOAudioEngineCallGetConnectionID = 2,
    kIOAudioEngineCallStart = 3,
    kIOAudioEngineCallStop = 4,
    kIOAudioEngineCallGetNearestStartTime = 5,
};

enum _IOAudioEngineTraps {
    kIOAudioEngineTrapPerformClientIO = 0,
};

enum _IOAudioEngineNotifications {
    kIOAudioEngineAllNotifications = 0,
    kIOAudioEngineStreamFormatChangeNotification = 1,
    kIOAudioEngineChangeNotification = 2,
    kIOAudioEngineStartedNotification = 3,
    kIOAudioEngineStoppedNotification = 4,
    kIOAudioEnginePausedNotification = 5,
    kIOAudioEngineResumedNotification = 6,
};

enum _IOAudioControlCalls {
    kIOAudioControlCallSetValue = 0,
    kIOAudioControlCallGetValue = 1,
};

enum _IOAudioControlNotifications {
    kIOAudioControlValueChangeNotification = 0,
    kIOAudioControlRangeChangeNotification = 1,
};

typedef enum _IOAudioEngineState IOAudioEngineState;
typedef enum _IOAudioStreamDirection IOAudioStreamDirection;
typedef struct _IOAudioEngineStatus IOAudioEngineStatus;
typedef struct _IOAudioStreamFormat IOAudioStreamFormat;
typedef struct _IOAudioStreamFormatExtension IOAudioStreamFormatExtension;
typedef struct _IOAudioSampleRate IOAudioSampleRate;
typedef struct _IOAudioSMPTETime IOAudioSMPTETime;
typedef struct _IOAudioTimeStamp IOAudioTimeStamp;

struct _IOAudioEngineStatus {
    UInt32 fVersion;
    volatile UInt32 fCurrentLoopCount;
    volatile AbsoluteTime fLastLoopTime;
    volatile UInt32 fEraseHeadSampleFrame;
};

struct _IOAudioStreamFormat {
    UInt32 fNumChannels;
    UInt32 fSampleFormat;
    UInt32 fNumericRepresentation;
    UInt8 fBitDepth;
    UInt8 fBitWidth;
    UInt8 fAlignment;
    UInt8 fByteOrder;
    UInt8 fIsMixable;
    UInt32 fDriverTag;
};

struct _IOAudioStreamFormatExtension {
    UInt32 fVersion;
    UInt32 fFlags;
    UInt32 fFramesPerPacket;
    UInt32 fBytesPerPacket;
};

struct _IOAudioSampleRate {
    UInt32 whole;
    UInt32 fraction;
};

struct _IOAudioSMPTETime {
    SInt16 fSubframes;
    SInt16 fSubframeDivisor;
    UInt32 fCounter;
    UInt32 fType;
    UInt32 fFlags;
    SInt16 fHours;
    SInt16 fMinutes;
    SInt16 fSeconds;
    SInt16 fFrames;
};

struct _IOAudioTimeStamp {
    UInt64 fSampleTime;
    UInt64 fHostTime;
    UInt64 fRateScalar;
    UInt64 fWordClockTime;
    IOAudioSMPTETime fSMPTETime;
    UInt32 fFlags;
    UInt32 fReserved;
};

static const UInt32 kFormatExtensionCurrentVersion = 1;
static const UInt32 kFormatExtensionInvalidVersion = 0;
static const UInt32 kIOAudioControlChannelIDAll = 0;
static const UInt32 kIOAudioControlChannelIDDefaultCenter = 3;
static const UInt32 kIOAudioControlChannelIDDefaultFrontLeftCenter = 7;
static const UInt32 kIOAudioControlChannelIDDefaultFrontRightCenter = 8;
static const UInt32 kIOAudioControlChannelIDDefaultLeft = 1;
static const UInt32 kIOAudioControlChannelIDDefaultLeftRear = 4;
static const UInt32 kIOAudioControlChannelIDDefaultRearCenter = 9;
static const UInt32 kIOAudioControlChannelIDDefaultRight = 2;
static const UInt32 kIOAudioControlChannelIDDefaultRightRear = 5;
static const UInt32 kIOAudioControlChannelIDDefaultSub = 6;
static const UInt32 kIOAudioControlChannelIDDefaultSurroundLeft = 10;
static const UInt32 kIOAudioControlChannelIDDefaultSurroundRight = 11;
static const SInt32 kIOAudioControlChannelNumberInactive = -1;
static const UInt32 kIOAudioControlNumCalls = 2;
static const UInt32 kIOAudioControlTypeJack = 0x6a61636b; // 'jack'
static const UInt32 kIOAudioControlTypeLevel = 0x6c65766c; // 'levl'
static const UInt32 kIOAudioControlTypeSelector = 0x736c6374; // 'slct'
static const UInt32 kIOAudioControlTypeToggle = 0x746f676c; // 'togl'
static const UInt32 kIOAudioControlUsageCoreAudioProperty = 0x70726f70; // 'prop'
static const UInt32 kIOAudioControlUsageInput = 0x696e7074; // 'inpt'
static const UInt32 kIOAudioControlUsageOutput = 0x6f757470; // 'outp'
static const UInt32 kIOAudioControlUsagePassThru = 0x70617373; // 'pass'
static const UInt32 kIOAudioDeviceCanBeDefaultInput = 1;
static const UInt32 kIOAudioDeviceCanBeDefaultNothing = 0;
static const UInt32 kIOAudioDeviceCanBeDefaultOutput = 2;
static const UInt32 kIOAudioDeviceCanBeSystemOutput = 4;
static const UInt32 kIOAudioDeviceTransportTypeAVB = 0x65617662; // 'eavb'
static const UInt32 kIOAudioDeviceTransportTypeBluetooth = 0x626c7565; // 'blue'
static const UInt32 kIOAudioDeviceTransportTypeBuiltIn = 0x626c746e; // 'bltn'
static const UInt32 kIOAudioDeviceTransportTypeDisplayPort = 0x64707274; // 'dprt'
static const UInt32 kIOAudioDeviceTransportTypeFireWire = 0x31333934; // '1394'
static const UInt32 kIOAudioDeviceTransportTypeHdmi = 0x68646d69; // 'hdmi'
static const UInt32 kIOAudioDeviceTransportTypeNetwork = 0x6e74776b; // 'ntwk'
static const UInt32 kIOAudioDeviceTransportTypeOther = 0x6f746872; // 'othr'
static const UInt32 kIOAudioDeviceTransportTypePCI = 0x70636920; // 'pci '
static const UInt32 kIOAudioDeviceTransportTypeThunderbolt = 0x7468756e; // 'thun'
static const UInt32 kIOAudioDeviceTransportTypeUSB = 0x75736220; // 'usb '
static const UInt32 kIOAudioDeviceTransportTypeVirtual = 0x76697274; // 'virt'
static const UInt32 kIOAudioDeviceTransportTypeWireless = 0x77726c73; // 'wrls'
static const UInt32 kIOAudioEngineCurrentStatusStructVersion = 2;
static const UInt32 kIOAudioEngineDefaultMixBufferSampleSize = 4;
static const UInt32 kIOAudioEngineNumCalls = 6;
static const UInt32 kIOAudioLevelControlNegativeInfinity = 4294967295;
static const UInt32 kIOAudioLevelControlSubTypeLFEVolume = 0x73756276; // 'subv'
static const UInt32 kIOAudioLevelControlSubTypePRAMVolume = 0x7072616d; // 'pram'
static const UInt32 kIOAudioLevelControlSubTypeVolume = 0x766c6d65; // 'vlme'
static const UInt32 kIOAudioNewClockDomain = 4294967295;
static const UInt32 kIOAudioSMPTETimeRunning = 2;
static const UInt32 kIOAudioSMPTETimeType2398 = 11;
static const UInt32 kIOAudioSMPTETimeType24 = 0;
static const UInt32 kIOAudioSMPTETimeType25 = 1;
static const UInt32 kIOAudioSMPTETimeType2997 = 4;
static const UInt32 kIOAudioSMPTETimeType2997Drop = 5;
static const UInt32 kIOAudioSMPTETimeType30 = 3;
static const UInt32 kIOAudioSMPTETimeType30Drop = 2;
static const UInt32 kIOAudioSMPTETimeType50 = 10;
static const UInt32 kIOAudioSMPTETimeType5994 = 7;
static const UInt32 kIOAudioSMPTETimeType5994Drop = 9;
static const UInt32 kIOAudioSMPTETimeType60 = 6;
static const UInt32 kIOAudioSMPTETimeType60Drop = 8;
static const UInt32 kIOAudioSMPTETimeValid = 1;
static const UInt32 kIOAudioSelectorControlSelectionValueCD = 0x63642020; // 'cd  '
static const UInt32 kIOAudioSelectorControlSelectionValueExternalMicrophone = 0x656d6963; // 'emic'
static const UInt32 kIOAudioSelectorControlSelectionValueExternalSpeaker = 0x6573706b; // 'espk'
static const UInt32 kIOAudioSelectorControlSelectionValueHeadphones = 0x6864706e; // 'hdpn'
static const UInt32 kIOAudioSelectorControlSelectionValueInternalMicrophone = 0x696d6963; // 'imic'
static const UInt32 kIOAudioSelectorControlSelectionValueInternalSpeaker = 0x6973706b; // 'ispk'
static const UInt32 kIOAudioSelectorControlSelectionValueLine = 0x6c696e65; // 'line'
static const UInt32 kIOAudioSelectorControlSelectionValueNone = 0x6e6f6e65; // 'none'
static const UInt32 kIOAudioSelectorControlSelectionValueSPDIF = 0x73706466; // 'spdf'
static const UInt32 kIOAudioSelectorControlSubTypeChannelHighPassFilter = 0x68697066; // 'hipf'
static const UInt32 kIOAudioSelectorControlSubTypeChannelLevelInstrumentLevel = 0x6973746c; // 'istl'
static const UInt32 kIOAudioSelectorControlSubTypeChannelLevelMicLevel = 0x6d69636c; // 'micl'
static const UInt32 kIOAudioSelectorControlSubTypeChannelLevelMinus10dBV = 0x31306462; // '10db'
static const UInt32 kIOAudioSelectorControlSubTypeChannelLevelMinus20dBV = 0x32306462; // '20db'
static const UInt32 kIOAudioSelectorControlSubTypeChannelLevelPlus4dBu = 0x34646275; // '4dbu'
static const UInt32 kIOAudioSelectorControlSubTypeChannelNominalLineLevel = 0x6e6c6576; // 'nlev'
static const UInt32 kIOAudioSelectorControlSubTypeClockSource = 0x636c636b; // 'clck'
static const UInt32 kIOAudioSelectorControlSubTypeDestination = 0x64657374; // 'dest'
static const UInt32 kIOAudioSelectorControlSubTypeInput = 0x696e7074; // 'inpt'
static const UInt32 kIOAudioSelectorControlSubTypeOutput = 0x6f757470; // 'outp'
static const UInt32 kIOAudioStreamAlignmentHighByte = 1;
static const UInt32 kIOAudioStreamAlignmentLowByte = 0;
static const UInt32 kIOAudioStreamByteOrderBigEndian = 0;
static const UInt32 kIOAudioStreamByteOrderLittleEndian = 1;
static const UInt32 kIOAudioStreamNumericRepresentationIEEE754Float = 0x666c6f74; // 'flot'
static const UInt32 kIOAudioStreamNumericRepresentationSignedInt = 0x73696e74; // 'sint'
static const UInt32 kIOAudioStreamNumericRepresentationUnsignedInt = 0x75696e74; // 'uint'
static const UInt32 kIOAudioStreamSampleFormat1937AC3 = 0x63616333; // 'cac3'
static const UInt32 kIOAudioStreamSampleFormat1937MPEG1 = 0x6d706731; // 'mpg1'
static const UInt32 kIOAudioStreamSampleFormat1937MPEG2 = 0x6d706732; // 'mpg2'
static const UInt32 kIOAudioStreamSampleFormatAC3 = 0x61632d33; // 'ac-3'
static const UInt32 kIOAudioStreamSampleFormatALaw = 0x616c6177; // 'alaw'
static const UInt32 kIOAudioStreamSampleFormatIEEEFloat = 0x69656565; // 'ieee'
static const UInt32 kIOAudioStreamSampleFormatLinearPCM = 0x6c70636d; // 'lpcm'
static const UInt32 kIOAudioStreamSampleFormatMPEG = 0x6d706567; // 'mpeg'
static const UInt32 kIOAudioStreamSampleFormatMuLaw = 0x756c6177; // 'ulaw'
static const UInt32 kIOAudioStreamSampleFormatTimeCode = 0x74696d65; // 'time'
static const UInt32 kIOAudioTimeStampHostTimeValid = 2;
static const UInt32 kIOAudioTimeStampRateScalarValid = 4;
static const UInt32 kIOAudioTimeStampSMPTETimeValid = 16;
static const UInt32 kIOAudioTimeStampSampleHostTimeValid = 3;
static const UInt32 kIOAudioTimeStampSampleTimeValid = 1;
static const UInt32 kIOAudioTimeStampWordClockTimeValid = 8;
static const UInt32 kIOAudioToggleControlSubTypeLFEMute = 0x7375626d; // 'subm'
static const UInt32 kIOAudioToggleControlSubTypeMute = 0x6d757465; // 'mute'
static const UInt32 kIOAudioToggleControlSubTypePhantomPower = 0x7068616e; // 'phan'
static const UInt32 kIOAudioToggleControlSubTypePhaseInvert = 0x70687369; // 'phsi'
static const UInt32 kIOAudioToggleControlSubTypeSolo = 0x736f6c6f; // 'solo'
static const UInt32 kIOAudioToggleControlSubTypeiSubAttach = 0x61746368; // 'atch'
