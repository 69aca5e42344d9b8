// Sizes and the null pointer, as the x86_64 kernel has them.
#pragma once
typedef unsigned long size_t;
typedef long ptrdiff_t;
#ifndef NULL
#ifdef __cplusplus
#define NULL nullptr
#else
#define NULL ((void *)0)
#endif
#endif
