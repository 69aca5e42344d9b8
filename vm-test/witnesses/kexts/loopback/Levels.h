// Volume or gain, and mute, of one direction of a device: master and channels.
#pragma once
#include "Shape.h"

class Levels {
public:
    // Values of a level control from silence (0) on, half a dB each.
    static constexpr SInt32 unity = 100, mostVolume = unity, mostGain = unity + 24;

    void init(SInt32 most);
    // Frames that a change takes; what is under way is over.
    void restart(UInt32 rampFrames);
    // Channel 0 is the master.
    void setLevel(UInt32 channel, SInt32 value);
    void setMuted(UInt32 channel, bool muted);
    // A block begins at `frame`: what was changed since the last one goes there from here on.
    void block(SInt64 frame, UInt32 channels);
    // Factor of a channel, counted from 0, at a frame.
    float at(UInt32 channel, SInt64 frame) const;
#if DEFECT_S7
    bool areSilent(UInt32 channels) const {
        for (UInt32 channel = 0; channel < channels; channel++) {
            if (target(channel) != 0) {
                return false;
            }
        }
        return true;
    }
#endif

private:
    float target(UInt32 channel) const;

    SInt32 most;
    SInt32 rampFrames;
    struct Ramp {
        float from, to;
        SInt64 start;
    };
    Ramp ramps[Shape::maxChannels];
    float factors[Shape::maxChannels + 1];
    bool mutes[Shape::maxChannels + 1];
};
