// A kext without classes.
#include <IOKit/IOLib.h>

extern "C" int corpus_start(void *, void *);
extern "C" int corpus_stop(void *, void *);

#ifdef FUTURE
// From 10.12 on.
extern "C" int os_log_info_enabled(void *);
#endif
#ifdef REMOVED
// Up to 10.10.
extern "C" void IOKitResetTime(void);
#endif
#ifdef PRIVATE
// Of com.apple.kpi.private.
extern "C" int add_fsevent(int, void *);
#endif
#ifdef RENAMED
// A pad up to 10.8, from then on configureReport.
extern "C" void renamed(void *) __asm("__ZN9IOService19_RESERVEDIOService0Ev");
#endif
#ifdef WEAK
// Of no release.
extern "C" int corpus_nowhere(void) __attribute__((weak_import));
#endif
#ifdef TESTED
extern "C" const void *const gOSKextUnresolved;
#endif
#ifdef NOWHERE
extern "C" int corpus_nowhere(void);
#endif
#ifdef UNWINDER
// Of no kernel: what calls it was made for one that unwinds.
extern "C" void _Unwind_Resume(void *);
#endif
#ifdef TAKEN
// A name that com.apple.kpi.iokit has.
extern "C" __attribute__((visibility("default"))) void IOSleep(unsigned int) {}
#endif

extern "C" int corpus_start(void *, void *) {
    IOLog("corpus: started\n");
#ifdef FUTURE
    volatile bool never = false;
    if (never) {
        os_log_info_enabled(nullptr);
    }
#endif
#ifdef REMOVED
    volatile bool never = false;
    if (never) {
        IOKitResetTime();
    }
#endif
#ifdef PRIVATE
    volatile bool never = false;
    if (never) {
        add_fsevent(0, nullptr);
    }
#endif
#ifdef RENAMED
    volatile bool never = false;
    if (never) {
        renamed(nullptr);
    }
#endif
#ifdef TESTED
    // Else the compiler takes it for certain that the function is there.
    const void *volatile found = reinterpret_cast<const void *>(&corpus_nowhere);
    IOLog("corpus: %s\n", found == gOSKextUnresolved ? "unresolved" : "resolved");
#elif defined(WEAK)
    const void *volatile found = reinterpret_cast<const void *>(&corpus_nowhere);
    (void)found;
#endif
#ifdef NOWHERE
    corpus_nowhere();
#endif
#ifdef UNWINDER
    volatile bool never = false;
    if (never) {
        _Unwind_Resume(nullptr);
    }
#endif
#ifdef RED_ZONE
    asm volatile("movl $1, -8(%%rsp)" ::: "memory");
#endif
#ifdef FAILS
    return 5;
#else
    return 0;
#endif
}

extern "C" int corpus_stop(void *, void *) { return 0; }
