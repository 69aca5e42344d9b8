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
void *IOMalloc(unsigned long);
void IOFree(void *, unsigned long);
void *IOMallocAligned(unsigned long, unsigned long);
void IOFreeAligned(void *, unsigned long);
void IOSleep(unsigned int);

#ifdef __cplusplus
}
#endif
