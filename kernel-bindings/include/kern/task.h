// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <mach/mach_types.h>

struct task;

#ifdef __cplusplus
extern "C" {
#endif

struct task *current_task(void);

#ifdef __cplusplus
}
#endif
