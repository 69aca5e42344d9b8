// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <mach/mach_time.h>

#ifdef __cplusplus
extern "C" {
#endif

void clock_get_uptime(uint64_t *);
void clock_timebase_info(mach_timebase_info_t);
void nanoseconds_to_absolutetime(uint64_t, uint64_t *);
void absolutetime_to_nanoseconds(uint64_t, uint64_t *);

#ifdef __cplusplus
}
#endif
