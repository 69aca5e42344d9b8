// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *, const void *, unsigned long);
void *memmove(void *, const void *, unsigned long);
void *memset(void *, int, unsigned long);
int memcmp(const void *, const void *, unsigned long);
void bzero(void *, unsigned long);
unsigned long strlen(const char *);
unsigned long strlcpy(char *, const char *, unsigned long);
int strncmp(const char *, const char *, unsigned long);

#ifdef __cplusplus
}
#endif
