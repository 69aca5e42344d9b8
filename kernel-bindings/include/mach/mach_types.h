// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stdint.h>

typedef int boolean_t;
typedef unsigned int natural_t;
typedef unsigned long vm_size_t;
typedef unsigned long vm_offset_t;
