// The schedule of a run: frames to times and back, without rounding that adds up.
#pragma once
#include <libkern/OSTypes.h>

class Clock {
public:
    // Frame 0 is at `time`. False if this machine's timebase cannot carry the rate.
    bool start(UInt32 rate, UInt32 ringFrames, AbsoluteTime time);
    // The frame that is due at a time.
    SInt64 frameAt(AbsoluteTime time) const;
    // When a lap of the ring begins.
    AbsoluteTime lapTime(UInt64 lap) const;

private:
    AbsoluteTime anchor;
    UInt32 ring;
    // `frames` frames in `ticks` ticks, both as small as can be.
    UInt64 frames, ticks;
};
