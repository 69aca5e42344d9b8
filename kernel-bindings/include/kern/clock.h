// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <mach/mach_time.h>

#ifdef __cplusplus
extern "C" {
#endif

void clock_get_uptime(unsigned long long *);
void clock_timebase_info(struct mach_timebase_info *);
void nanoseconds_to_absolutetime(unsigned long long, unsigned long long *);
void absolutetime_to_nanoseconds(unsigned long long, unsigned long long *);

#ifdef __cplusplus
}
#endif
