// What a device is to be, read from its definition in the personality and checked.
#pragma once
#include <IOKit/audio/IOAudioTypes.h>

class OSDictionary;

enum class Sample { Float32, Int16 };

struct Shape {
    static constexpr UInt32 maxText = 64, maxChannels = 16, maxRates = 8, maxFormats = 2;

    char name[maxText], uid[maxText];
    UInt32 channels;
    UInt32 ringFrames;
    UInt32 latency, safetyOffset;
    UInt32 rateCount, rates[maxRates];
    UInt32 formatCount;
    Sample formats[maxFormats];

    // False, with a line in the log, if the definition cannot be.
    bool read(OSDictionary *definition);
    bool hasRate(UInt32 rate) const;
    // Which of the formats this one is; null if it is none of them.
    const Sample *find(const IOAudioStreamFormat *format) const;
    IOAudioStreamFormat format(Sample sample) const;
    UInt32 ringBytes() const;

private:
    bool readRates(OSDictionary *definition);
    bool readFormats(OSDictionary *definition);
};
