// What the C driver of the tests needs of the system's interfaces: our own declarations of published names.
#pragma once
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef const void *CFTypeRef;
typedef struct { uint8_t bytes[16]; } CFUUIDBytes;
typedef struct { uint32_t selector, scope, element; } Address;
typedef struct { double sample; uint64_t host; double scalar; uint64_t word; uint8_t smpte[24]; uint32_t flags, reserved; } Time;
typedef struct { uint64_t counter; uint32_t frames; Time now, input, output; double main, device; } Cycle;
typedef struct { double rate; uint32_t id, flags, packet, frames, frame, channels, bits, reserved; } Format;

extern CFTypeRef kCFBooleanTrue, kCFBooleanFalse;
extern int __CFConstantStringClassReference[];
CFTypeRef CFRetain(CFTypeRef);
void CFRelease(CFTypeRef);
size_t CFGetTypeID(CFTypeRef);
unsigned char CFEqual(CFTypeRef, CFTypeRef);
size_t CFStringGetTypeID(void);
size_t CFBooleanGetTypeID(void);
size_t CFNumberGetTypeID(void);
unsigned char CFBooleanGetValue(CFTypeRef);
unsigned char CFNumberGetValue(CFTypeRef, long, void *);
CFTypeRef CFNumberCreate(CFTypeRef, long, const void *);
CFTypeRef CFStringCreateWithCString(CFTypeRef, const char *, uint32_t);
CFTypeRef CFStringCreateWithFormat(CFTypeRef, CFTypeRef, CFTypeRef, ...);
long CFStringCompare(CFTypeRef, CFTypeRef, unsigned long);
CFTypeRef CFUUIDCreateFromUUIDBytes(CFTypeRef, CFUUIDBytes);
CFTypeRef CFUUIDGetConstantUUIDWithBytes(CFTypeRef, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t,
                                         uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t, uint8_t,
                                         uint8_t);
CFTypeRef CFBundleGetBundleWithIdentifier(CFTypeRef);
CFTypeRef CFBundleGetValueForInfoDictionaryKey(CFTypeRef, CFTypeRef);
CFTypeRef CFBundleCopyResourceURL(CFTypeRef, CFTypeRef, CFTypeRef, CFTypeRef);
#define STRING(text) ((CFTypeRef)__builtin___CFStringMakeConstantString(text))

typedef struct { uint32_t numer, denom; } Timebase;
typedef struct { long signature; char opaque[56]; } Mutex;
typedef void (^Block)(void);
void *calloc(size_t, size_t);
void free(void *);
void *memcpy(void *, const void *, size_t);
void *memset(void *, int, size_t);
uint64_t mach_absolute_time(void);
int mach_timebase_info(Timebase *);
int pthread_mutex_lock(Mutex *);
int pthread_mutex_unlock(Mutex *);
void syslog(int, const char *, ...);
float log10f(float);
float powf(float, float);
void *dispatch_get_global_queue(long, unsigned long);
uint64_t dispatch_time(uint64_t, int64_t);
void dispatch_async(void *, Block);
void dispatch_after(uint64_t, void *, Block);
void vDSP_vclr(float *, long, unsigned long);
void vDSP_vsmul(const float *, long, const float *, float *, long, unsigned long);

typedef struct Host Host;
struct Host {
	int (*changed)(Host *, uint32_t, uint32_t, const Address *);
	int (*copy)(Host *, CFTypeRef, CFTypeRef *);
	int (*write)(Host *, CFTypeRef, CFTypeRef);
	int (*erase)(Host *, CFTypeRef);
	int (*request)(Host *, uint32_t, uint64_t, void *);
};

// The driver's functions in the order of their table.
typedef struct {
	void *reserved;
	int (*query)(void *, CFUUIDBytes, void **);
	uint32_t (*hold)(void *);
	uint32_t (*release)(void *);
	int (*initialize)(void *, Host *);
	int (*create)(void *, CFTypeRef, const void *, uint32_t *);
	int (*destroy)(void *, uint32_t);
	int (*add)(void *, uint32_t, const void *);
	int (*remove)(void *, uint32_t, const void *);
	int (*perform)(void *, uint32_t, uint64_t, void *);
	int (*abort)(void *, uint32_t, uint64_t, void *);
	uint8_t (*has)(void *, uint32_t, int, const Address *);
	int (*settable)(void *, uint32_t, int, const Address *, uint8_t *);
	int (*size)(void *, uint32_t, int, const Address *, uint32_t, const void *, uint32_t *);
	int (*get)(void *, uint32_t, int, const Address *, uint32_t, const void *, uint32_t, uint32_t *, void *);
	int (*set)(void *, uint32_t, int, const Address *, uint32_t, const void *, uint32_t, const void *);
	int (*start)(void *, uint32_t, uint32_t);
	int (*stop)(void *, uint32_t, uint32_t);
	int (*stamp)(void *, uint32_t, uint32_t, double *, uint64_t *, uint64_t *);
	int (*will)(void *, uint32_t, uint32_t, uint32_t, uint8_t *, uint8_t *);
	int (*begin)(void *, uint32_t, uint32_t, uint32_t, uint32_t, const Cycle *);
	int (*io)(void *, uint32_t, uint32_t, uint32_t, uint32_t, uint32_t, const Cycle *, void *, void *);
	int (*end)(void *, uint32_t, uint32_t, uint32_t, uint32_t, const Cycle *);
} Table;
