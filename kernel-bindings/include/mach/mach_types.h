// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stdint.h>

typedef int boolean_t;
typedef unsigned int natural_t;
typedef uintptr_t vm_size_t;
typedef uintptr_t vm_offset_t;
