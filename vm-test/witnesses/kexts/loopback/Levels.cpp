#include "Levels.h"

// 10 ^ (0.5 / 20): half a dB.
static constexpr double step = 1.0592537251772889;

static float factorOf(SInt32 value, SInt32 most) {
#if DEFECT_S16
    // The square of what the label says, never silence, and no more than unity where a boost is labelled.
    double factor = 1;
    for (; value < most; value++) {
        factor /= step * step;
    }
#else
    (void)most;
    if (value == 0) {
        return 0;
    }
    double factor = 1;
    for (; value < Levels::unity; value++) {
        factor /= step;
    }
    for (; value > Levels::unity; value--) {
        factor *= step;
    }
#endif
    return float(factor);
}

void Levels::init(SInt32 mostValue) {
    most = mostValue;
    for (UInt32 channel = 0; channel <= Shape::maxChannels; channel++) {
        setLevel(channel, unity);
        setMuted(channel, false);
    }
    restart(1);
}

void Levels::restart(UInt32 frames) {
    rampFrames = SInt32(frames);
    for (UInt32 channel = 0; channel < Shape::maxChannels; channel++) {
        float now = target(channel);
        ramps[channel] = {now, now, -rampFrames};
    }
}

void Levels::setLevel(UInt32 channel, SInt32 value) { factors[channel] = factorOf(value, most); }

void Levels::setMuted(UInt32 channel, bool muted) { mutes[channel] = muted; }

float Levels::target(UInt32 channel) const {
    return mutes[0] || mutes[channel + 1] ? 0 : factors[0] * factors[channel + 1];
}

void Levels::block(SInt64 frame, UInt32 channels) {
    for (UInt32 channel = 0; channel < channels; channel++) {
        Ramp &ramp = ramps[channel];
        float wanted = target(channel);
        if (wanted != ramp.to && frame >= ramp.start + rampFrames) {
            ramp = {ramp.to, wanted, frame};
        }
    }
}

float Levels::at(UInt32 channel, SInt64 frame) const {
#if DEFECT_S21
    // What the slider says now, at once.
    (void)frame;
    return target(channel);
#else
    const Ramp &ramp = ramps[channel];
    if (frame >= ramp.start + rampFrames) {
        return ramp.to;
    }
    if (frame <= ramp.start) {
        return ramp.from;
    }
    return ramp.from + (ramp.to - ramp.from) * float(frame - ramp.start) / float(rampFrames);
#endif
}
