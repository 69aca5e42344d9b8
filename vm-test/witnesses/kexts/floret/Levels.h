// Levels and mutes of the device, one set for all of its engines, by channel; 0 is the master.
#pragma once
#include <libkern/OSTypes.h>

struct Levels {
    // Whatever a personality asks for.
    static constexpr UInt32 maxChannels = 16;
    // Values of all level controls: from nearly silent (0) to unity.
    static constexpr SInt32 most = 99;

    SInt32 volume[maxChannels + 1], gain[maxChannels + 1];
    SInt32 outputMute[maxChannels + 1], inputMute[maxChannels + 1];
};

// The factor that each value stands for: 80 dB in even steps, which is not what the controls' labels say.
struct Factors {
    float of[Levels::most + 1];

    constexpr Factors() : of() {
        float factor = 1;
        for (SInt32 value = Levels::most; value >= 0; value--) {
            of[value] = factor;
            factor *= 0.911162756f;
        }
    }
};

static constexpr Factors factors;
