// What was written and not yet overwritten, by absolute frame; a frame that nobody wrote is silence.
#pragma once
#include "Levels.h"
#include "Shape.h"

class Ring {
public:
    bool init(const Shape &shape);
    void free();
    // A new run, at frame 0: nothing is written.
    void restart();
    bool setSample(Sample sample);
    void *memory() const { return data; }

    // `mix` is the family's mix buffer: a ring of floats with the same frames.
    void write(const float *mix, SInt64 frame, UInt32 count, Levels &levels);
    // Returns how many frames were silence for want of a writer.
    UInt32 read(float *to, SInt64 frame, UInt32 count, Levels &levels) const;

private:
    bool holdsInt16() const;
    void put(UInt32 slot, float value);
    float get(UInt32 slot) const;
    UInt32 slot(SInt64 frame) const { return UInt32(frame % frames) * channels; }

    void *data;
    UInt32 bytes;
    UInt32 frames, channels;
    Sample sample;
    // The frame after the last one written.
    volatile SInt64 end;
#if DEFECT_SLEEPS_IN
    // The first frame that is heard, and how often this was started.
    SInt64 awake;
    UInt32 runs;
#endif
};
