// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct mach_timebase_info {
    uint32_t numer;
    uint32_t denom;
};

typedef struct mach_timebase_info mach_timebase_info_data_t;
typedef struct mach_timebase_info *mach_timebase_info_t;

uint64_t mach_absolute_time(void);

#ifdef __cplusplus
}
#endif
