// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

void panic(const char *, ...) __attribute__((noreturn));

#ifdef __cplusplus
}
#endif
