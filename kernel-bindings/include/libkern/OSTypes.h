// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stdint.h>

typedef unsigned char UInt8;
typedef unsigned short UInt16;
typedef unsigned int UInt32;
typedef unsigned long long UInt64;
typedef signed char SInt8;
typedef short SInt16;
typedef int SInt32;
typedef long long SInt64;
typedef UInt64 AbsoluteTime;
typedef UInt32 OptionBits;
