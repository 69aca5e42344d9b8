// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOTypes.h>
#include <kern/clock.h>
#include <kern/debug.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

void IOLog(const char *, ...);
void *IOMalloc(vm_size_t);
void IOFree(void *, vm_size_t);
void *IOMallocAligned(vm_size_t, vm_offset_t);
void IOFreeAligned(void *, vm_size_t);
void IOSleep(unsigned int);

#ifdef __cplusplus
}
#endif
