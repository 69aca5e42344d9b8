// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/OSTypes.h>

typedef int IOReturn;

static const IOReturn kIOReturnAborted = (IOReturn)0xe00002eb;
static const IOReturn kIOReturnBadArgument = (IOReturn)0xe00002c2;
static const IOReturn kIOReturnBadMedia = (IOReturn)0xe00002d1;
static const IOReturn kIOReturnBadMessageID = (IOReturn)0xe00002c6;
static const IOReturn kIOReturnBusy = (IOReturn)0xe00002d5;
static const IOReturn kIOReturnCannotLock = (IOReturn)0xe00002cc;
static const IOReturn kIOReturnCannotWire = (IOReturn)0xe00002de;
static const IOReturn kIOReturnDMAError = (IOReturn)0xe00002d4;
static const IOReturn kIOReturnDeviceError = (IOReturn)0xe00002e9;
static const IOReturn kIOReturnError = (IOReturn)0xe00002bc;
static const IOReturn kIOReturnExclusiveAccess = (IOReturn)0xe00002c5;
static const IOReturn kIOReturnIOError = (IOReturn)0xe00002ca;
static const IOReturn kIOReturnIPCError = (IOReturn)0xe00002bf;
static const IOReturn kIOReturnInternalError = (IOReturn)0xe00002c9;
static const IOReturn kIOReturnInvalid = (IOReturn)0xe0000001;
static const IOReturn kIOReturnIsoTooNew = (IOReturn)0xe00002ef;
static const IOReturn kIOReturnIsoTooOld = (IOReturn)0xe00002ee;
static const IOReturn kIOReturnLockedRead = (IOReturn)0xe00002c3;
static const IOReturn kIOReturnLockedWrite = (IOReturn)0xe00002c4;
static const IOReturn kIOReturnMessageTooLarge = (IOReturn)0xe00002e1;
static const IOReturn kIOReturnNoBandwidth = (IOReturn)0xe00002ec;
static const IOReturn kIOReturnNoChannels = (IOReturn)0xe00002da;
static const IOReturn kIOReturnNoCompletion = (IOReturn)0xe00002ea;
static const IOReturn kIOReturnNoDevice = (IOReturn)0xe00002c0;
static const IOReturn kIOReturnNoFrames = (IOReturn)0xe00002e0;
static const IOReturn kIOReturnNoInterrupt = (IOReturn)0xe00002df;
static const IOReturn kIOReturnNoMedia = (IOReturn)0xe00002e4;
static const IOReturn kIOReturnNoMemory = (IOReturn)0xe00002bd;
static const IOReturn kIOReturnNoPower = (IOReturn)0xe00002e3;
static const IOReturn kIOReturnNoResources = (IOReturn)0xe00002be;
static const IOReturn kIOReturnNoSpace = (IOReturn)0xe00002db;
static const IOReturn kIOReturnNotAligned = (IOReturn)0xe00002d0;
static const IOReturn kIOReturnNotAttached = (IOReturn)0xe00002d9;
static const IOReturn kIOReturnNotFound = (IOReturn)0xe00002f0;
static const IOReturn kIOReturnNotOpen = (IOReturn)0xe00002cd;
static const IOReturn kIOReturnNotPermitted = (IOReturn)0xe00002e2;
static const IOReturn kIOReturnNotPrivileged = (IOReturn)0xe00002c1;
static const IOReturn kIOReturnNotReadable = (IOReturn)0xe00002ce;
static const IOReturn kIOReturnNotReady = (IOReturn)0xe00002d8;
static const IOReturn kIOReturnNotResponding = (IOReturn)0xe00002ed;
static const IOReturn kIOReturnNotWritable = (IOReturn)0xe00002cf;
static const IOReturn kIOReturnOffline = (IOReturn)0xe00002d7;
static const IOReturn kIOReturnOverrun = (IOReturn)0xe00002e8;
static const IOReturn kIOReturnPortExists = (IOReturn)0xe00002dd;
static const IOReturn kIOReturnRLDError = (IOReturn)0xe00002d3;
static const IOReturn kIOReturnStillOpen = (IOReturn)0xe00002d2;
static const IOReturn kIOReturnSuccess = 0;
static const IOReturn kIOReturnTimeout = (IOReturn)0xe00002d6;
static const IOReturn kIOReturnUnderrun = (IOReturn)0xe00002e7;
static const IOReturn kIOReturnUnformattedMedia = (IOReturn)0xe00002e5;
static const IOReturn kIOReturnUnsupported = (IOReturn)0xe00002c7;
static const IOReturn kIOReturnUnsupportedMode = (IOReturn)0xe00002e6;
static const IOReturn kIOReturnVMError = (IOReturn)0xe00002c8;
