#include "Shape.h"

#include <IOKit/IOLib.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSNumber.h>
#include <libkern/c++/OSString.h>

static bool refuse(const char *key, const char *limit) {
    IOLog("Witness: device refused: %s must be %s\n", key, limit);
    return false;
}

static bool readText(OSDictionary *definition, const char *key, char *to) {
    const OSString *text = OSDynamicCast(OSString, definition->getObject(key));
    if (!text || text->getLength() == 0 || text->getLength() >= Shape::maxText) {
        return refuse(key, "a string of 1 to 63 bytes");
    }
    strlcpy(to, text->getCStringNoCopy(), Shape::maxText);
    return true;
}

// A number from `least` to `most`; false if there is none.
static bool number(const OSObject *object, UInt64 least, UInt64 most, UInt32 *to) {
    const OSNumber *value = OSDynamicCast(OSNumber, object);
    UInt64 read = value ? value->unsigned64BitValue() : 0;
    *to = UInt32(read);
    return value && least <= read && read <= most;
}

bool Shape::read(OSDictionary *definition) {
    if (!definition) {
        return refuse("each of Devices", "a dictionary");
    }
    if (!readText(definition, "Name", name) || !readText(definition, "UID", uid)) {
        return false;
    }
#if DEFECT_S11
    // As many channels as anybody asks for: the controls' arrays have room for maxChannels.
    if (!number(definition->getObject("Channels"), 1, 4096, &channels)) {
#else
    if (!number(definition->getObject("Channels"), 1, maxChannels, &channels)) {
#endif
        return refuse("Channels", "1 to 16");
    }
#if DEFECT_S12
    // Any size: its product with the channels is computed in 32 bits.
    if (!number(definition->getObject("RingFrames"), 0, ~0u, &ringFrames)) {
#else
    if (!number(definition->getObject("RingFrames"), 8192, 65536, &ringFrames)) {
#endif
        return refuse("RingFrames", "8192 to 65536");
    }
#if DEFECT_B9
    // What is promised can be later than the ring is long.
    UInt32 longest = ~0u;
#else
    UInt32 longest = ringFrames / 4;
#endif
    if (!number(definition->getObject("Latency"), 0, longest, &latency)) {
        return refuse("Latency", "at most a quarter of the ring");
    }
    if (!number(definition->getObject("SafetyOffset"), 0, longest, &safetyOffset)) {
        return refuse("SafetyOffset", "at most a quarter of the ring");
    }
    return readRates(definition) && readFormats(definition);
}

bool Shape::readRates(OSDictionary *definition) {
    const OSArray *list = OSDynamicCast(OSArray, definition->getObject("Rates"));
    UInt32 count = list ? list->getCount() : 0;
    if (count == 0 || count > maxRates) {
        return refuse("Rates", "1 to 8 numbers");
    }
    for (rateCount = 0; rateCount < count; rateCount++) {
        UInt32 rate;
        if (!number(list->getObject(rateCount), 8000, 192000, &rate) || hasRate(rate)) {
            return refuse("each of Rates", "8000 to 192000, none twice");
        }
        rates[rateCount] = rate;
    }
    return true;
}

bool Shape::readFormats(OSDictionary *definition) {
    const OSArray *list = OSDynamicCast(OSArray, definition->getObject("Formats"));
    UInt32 count = list ? list->getCount() : 0;
    if (count == 0 || count > maxFormats) {
        return refuse("Formats", "1 or 2 names");
    }
    for (formatCount = 0; formatCount < count; formatCount++) {
        const OSString *text = OSDynamicCast(OSString, list->getObject(formatCount));
        if (text && text->isEqualTo("Float32")) {
            formats[formatCount] = Sample::Float32;
        } else if (text && text->isEqualTo("Int16")) {
            formats[formatCount] = Sample::Int16;
        } else {
            return refuse("each of Formats", "Float32 or Int16");
        }
    }
    return true;
}

bool Shape::hasRate(UInt32 rate) const {
    for (UInt32 index = 0; index < rateCount; index++) {
        if (rates[index] == rate) {
            return true;
        }
    }
    return false;
}

const Sample *Shape::find(const IOAudioStreamFormat *wanted) const {
    for (UInt32 index = 0; index < formatCount; index++) {
        IOAudioStreamFormat ours = format(formats[index]);
        if (wanted->fNumChannels == ours.fNumChannels && wanted->fSampleFormat == ours.fSampleFormat &&
            wanted->fNumericRepresentation == ours.fNumericRepresentation && wanted->fBitDepth == ours.fBitDepth &&
            wanted->fBitWidth == ours.fBitWidth && wanted->fByteOrder == ours.fByteOrder && wanted->fIsMixable) {
            return &formats[index];
        }
    }
    return nullptr;
}

IOAudioStreamFormat Shape::format(Sample sample) const {
    bool isFloat = sample == Sample::Float32;
    UInt8 bits = isFloat ? 32 : 16;
    return {channels,
            kIOAudioStreamSampleFormatLinearPCM,
            isFloat ? kIOAudioStreamNumericRepresentationIEEE754Float : kIOAudioStreamNumericRepresentationSignedInt,
            bits,
            bits,
            UInt8(kIOAudioStreamAlignmentLowByte),
            UInt8(kIOAudioStreamByteOrderLittleEndian),
            true,
            0};
}

// Room for the widest samples, whatever the format is. With the limits above it is at most 4 MiB.
UInt32 Shape::ringBytes() const { return ringFrames * channels * 4; }
