#include "Setup.h"

#include <IOKit/IOLib.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSNumber.h>
#include <libkern/c++/OSString.h>

static bool refuse(const char *key, const char *limit) {
    IOLog("Phantom: engine refused: %s must be %s\n", key, limit);
    return false;
}

// A number from `least` to `most`; false if there is none.
static bool number(const OSObject *object, UInt64 least, UInt64 most, UInt32 *to) {
    const OSNumber *value = OSDynamicCast(OSNumber, object);
    UInt64 read = value ? value->unsigned64BitValue() : 0;
    *to = UInt32(read);
    return value && least <= read && read <= most;
}

bool Setup::read(const OSDictionary *definition) {
    if (!definition) {
        return refuse("each of AudioEngines", "a dictionary");
    }
    const OSString *text = OSDynamicCast(OSString, definition->getObject("Name"));
    if (!text || text->getLength() == 0 || text->getLength() >= maxText) {
        return refuse("Name", "a string of 1 to 63 bytes");
    }
    strlcpy(name, text->getCStringNoCopy(), maxText);
    if (!number(definition->getObject("RingFrames"), 4096, 65536, &ringFrames)) {
        return refuse("RingFrames", "4096 to 65536");
    }
    const OSArray *list = OSDynamicCast(OSArray, definition->getObject("Rates"));
    UInt32 count = list ? list->getCount() : 0;
    if (count == 0 || count > maxRates) {
        return refuse("Rates", "1 to 8 numbers");
    }
    for (rateCount = 0; rateCount < count; rateCount++) {
        if (!number(list->getObject(rateCount), 8000, 192000, &rates[rateCount])) {
            return refuse("each of Rates", "8000 to 192000");
        }
    }
    return true;
}

bool Setup::hasRate(UInt32 rate) const {
    for (UInt32 index = 0; index < rateCount; index++) {
        if (rates[index] == rate) {
            return true;
        }
    }
    return false;
}

IOAudioStreamFormat Setup::format(bool mixable) {
    return {channels,
            kIOAudioStreamSampleFormatLinearPCM,
            kIOAudioStreamNumericRepresentationSignedInt,
            16,
            16,
            UInt8(kIOAudioStreamAlignmentLowByte),
            UInt8(kIOAudioStreamByteOrderLittleEndian),
            mixable,
            0};
}
