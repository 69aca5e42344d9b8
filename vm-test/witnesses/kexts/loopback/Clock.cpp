#include "Clock.h"

#include <kern/clock.h>

static UInt64 greatestDivisor(UInt64 a, UInt64 b) {
    while (b != 0) {
        UInt64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

bool Clock::start(UInt32 rate, UInt32 ringFrames, AbsoluteTime time) {
    mach_timebase_info_data_t base;
    clock_timebase_info(&base);
    // rate frames last 10^9 ns, and a tick numer / denom ns.
    frames = UInt64(rate) * base.numer;
#if DEFECT_DRIFTS
    // A second is 100 µs too long.
    ticks = 1000100000ull * base.denom;
#else
    ticks = 1000000000ull * base.denom;
#endif
#if DEFECT_DRIFTS_APART
    // Every other clock that starts is slower, by 1 µs in a second.
    static UInt32 starts;
    ticks += starts++ % 2 * 1000ull * base.denom;
#endif
    UInt64 divisor = greatestDivisor(frames, ticks);
    if (divisor == 0) {
        return false;
    }
    frames /= divisor;
    ticks /= divisor;
    anchor = time;
    ring = ringFrames;
    UInt64 product;
    return frames != 0 && ticks != 0 && !__builtin_mul_overflow(frames, ticks, &product);
}

SInt64 Clock::frameAt(AbsoluteTime time) const {
    if (ticks == 0) {
        return 0;
    }
    UInt64 passed = time > anchor ? time - anchor : 0;
    return SInt64(passed / ticks * frames + passed % ticks * frames / ticks);
}

AbsoluteTime Clock::lapTime(UInt64 lap) const {
#if DEFECT_S4
    // The lap's length is rounded down once and for all.
    return anchor + lap * (ring * ticks / frames);
#else
    // Rounded up to whole ticks, so that the lap's first frame is due then.
    UInt64 frame = lap * ring;
    return anchor + frame / frames * ticks + (frame % frames * ticks + frames - 1) / frames;
#endif
}
