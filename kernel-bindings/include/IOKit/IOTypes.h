// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOReturn.h>
#include <libkern/OSTypes.h>
#include <mach/mach_types.h>

typedef UInt32 IOOptionBits;
typedef UInt32 IOItemCount;
typedef SInt32 IOFixed;
typedef unsigned long long IOByteCount;
typedef unsigned long long IOVirtualAddress;
typedef unsigned long long IOPhysicalAddress;
