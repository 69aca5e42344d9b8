// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <mach/mach_types.h>

#ifdef __cplusplus
extern "C" {
#endif

boolean_t PE_parse_boot_argn(const char *, void *, int);

#ifdef __cplusplus
}
#endif
