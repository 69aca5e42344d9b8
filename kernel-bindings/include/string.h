// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *, const void *, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);
void bzero(void *, size_t);
size_t strlen(const char *);
size_t strlcpy(char *, const char *, size_t);
int strncmp(const char *, const char *, size_t);

#ifdef __cplusplus
}
#endif
