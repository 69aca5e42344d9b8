// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <stdint.h>

typedef int OSReturn;
