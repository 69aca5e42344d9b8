// What an engine is to be, read from its definition in the personality and checked.
#pragma once
#include <IOKit/audio/IOAudioTypes.h>

class OSDictionary;

struct Setup {
    static constexpr UInt32 maxText = 64, maxRates = 8;
    // Left and right.
    static constexpr UInt32 channels = 2;

    char name[maxText];
    UInt32 ringFrames;
    UInt32 rateCount, rates[maxRates];

    // False, with a line in the log, if the definition cannot be.
    bool read(const OSDictionary *definition);
    bool hasRate(UInt32 rate) const;
    UInt32 ringBytes() const { return ringFrames * channels * sizeof(SInt16); }

    // What the codec takes and gives: 16 bits, mixed by the family or by one client alone.
    static IOAudioStreamFormat format(bool mixable);
};
