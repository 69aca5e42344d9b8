#include "Ring.h"

#include <IOKit/IOLib.h>

bool Ring::init(const Shape &shape) {
    frames = shape.ringFrames;
    channels = shape.channels;
    sample = shape.formats[0];
    bytes = shape.ringBytes();
    data = IOMallocAligned(bytes, 4096);
    if (data) {
        bzero(data, bytes);
    }
    return data;
}

void Ring::free() {
    if (data) {
        IOFreeAligned(data, bytes);
        data = nullptr;
    }
}

void Ring::restart() {
#if DEFECT_S12
    // As many frames as there are to be; the product that the memory was asked for with has lost its upper bits.
    bzero(data, UInt64(frames) * channels * 4);
#elif !DEFECT_S5
    bzero(data, bytes);
#endif
#if !DEFECT_B2
    // Left as it was, it vouches for what a writer of the last run would have written.
    end = 0;
#endif
#if DEFECT_SLEEPS_IN
    // Half a second of silence, but for the first time.
    awake = runs++ > 0 ? 24000 : 0;
#endif
}

bool Ring::setSample(Sample wanted) {
    sample = wanted;
#if DEFECT_S13
    // As large as the format's samples are, while all that is copied are floats (holdsInt16).
    free();
    bytes = frames * channels * (sample == Sample::Int16 ? 2 : 4);
    data = IOMallocAligned(bytes, 4096);
#endif
    return data;
}

bool Ring::holdsInt16() const {
#if DEFECT_S13
    return false;
#else
    return sample == Sample::Int16;
#endif
}

static SInt16 toInt16(float value) {
    float scaled = value == value ? value * 32768 : 0;
    scaled = scaled > 32767 ? 32767 : scaled < -32768 ? -32768 : scaled;
    // Beyond 2^23 floats have no fraction: the sum is rounded to the nearest, ties to even.
    constexpr float noFraction = 12582912;
    volatile float rounded = scaled + noFraction;
    return SInt16(rounded - noFraction);
}

void Ring::put(UInt32 slot, float value) {
    if (holdsInt16()) {
        static_cast<SInt16 *>(data)[slot] = toInt16(value);
        return;
    }
    static_cast<float *>(data)[slot] = value;
}

float Ring::get(UInt32 slot) const {
    if (holdsInt16()) {
        return static_cast<const SInt16 *>(data)[slot] / 32768.0f;
    }
    return static_cast<const float *>(data)[slot];
}

// At unity not even a NaN is touched.
static float scaled(float value, float factor) { return factor == 1 ? value : value * factor; }

void Ring::write(const float *mix, SInt64 frame, UInt32 count, Levels &levels) {
    // What the writer left out since its last frame.
    for (SInt64 gap = end > frame - frames ? end : frame - frames; gap < frame; gap++) {
        for (UInt32 channel = 0; channel < channels; channel++) {
            put(slot(gap) + channel, 0);
        }
    }
    levels.block(frame, channels);
#if DEFECT_S7
    // First the copy, then the level: a reader that comes in between hears all of it.
    float *copy = static_cast<float *>(data) + slot(frame);
    memcpy(copy, mix + slot(frame), count * channels * 4);
    mix = static_cast<float *>(data);
    if (levels.areSilent(channels)) {
        bzero(copy, count * channels * 4);
    }
#endif
    for (SInt64 at = frame; at < frame + count; at++) {
#if DEFECT_SKIPS_END
        // One frame less than there are, as if rings were counted from 1.
        if (at % frames == frames - 1) {
            continue;
        }
#endif
        for (UInt32 channel = 0; channel < channels; channel++) {
            put(slot(at) + channel, scaled(mix[slot(at) + channel], levels.at(channel, at)));
        }
    }
    if (frame + count > end) {
        end = frame + count;
    }
}

UInt32 Ring::read(float *to, SInt64 frame, UInt32 count, Levels &levels) const {
    UInt32 silent = 0;
    levels.block(frame, channels);
    for (SInt64 at = frame; at < frame + count; at++) {
#if DEFECT_S5 || DEFECT_S6
        // Whatever is there.
        bool written = true;
#else
        bool written = 0 <= at && at < end;
#endif
#if DEFECT_SLEEPS_IN
        written = written && awake <= at;
#endif
        silent += !written;
        for (UInt32 channel = 0; channel < channels; channel++) {
            *to++ = written ? scaled(get(slot(at) + channel), levels.at(channel, at)) : 0;
        }
    }
    return silent;
}
