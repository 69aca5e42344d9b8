// What all witnesses are: a driver on IOResources whose start does one thing. Each source's first comment says what the
// bench must then see (src/expect.rs has the words).
#pragma once
#include <IOKit/IOLib.h>
#include <IOKit/IOService.h>

// Declares the class; its start calls `act`, which is the source's own.
#define WITNESS(Class)                                                                                                 \
    class Class : public IOService {                                                                                   \
        OSDeclareDefaultStructors(Class)                                                                               \
    public:                                                                                                            \
        bool start(IOService *provider) override;                                                                      \
        __attribute__((noinline)) void act(IOService *provider);                                                       \
    };                                                                                                                 \
    OSDefineMetaClassAndStructors(Class, IOService)                                                                    \
    bool Class::start(IOService *provider) {                                                                           \
        if (!IOService::start(provider)) {                                                                             \
            return false;                                                                                              \
        }                                                                                                              \
        act(provider);                                                                                                 \
        return true;                                                                                                   \
    }

// Writes to address after address, upwards (step 1) or downwards (step -1), until something stops it.
static inline void scribble(const void *from, long step) {
    volatile unsigned long *at = reinterpret_cast<volatile unsigned long *>(reinterpret_cast<unsigned long>(from) & ~7ul);
    for (;; at += step) {
        *at = 0x7265776f6c66706ful;
    }
}

// Writes over `bytes` bytes, upwards.
static inline void smash(void *from, unsigned long bytes) {
    volatile unsigned char *at = static_cast<volatile unsigned char *>(from);
    for (unsigned long place = 0; place < bytes; place++) {
        at[place] = 0x6f;
    }
}
