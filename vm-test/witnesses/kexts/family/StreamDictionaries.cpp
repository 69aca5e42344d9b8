// IOAudioStream: formats as dictionaries, which is how user space sees and sets them.
#include "Stream.h"
#include "Support.h"

const OSSymbol *IOAudioStream::gDirectionKey = nullptr;
const OSSymbol *IOAudioStream::gNumChannelsKey = nullptr;
const OSSymbol *IOAudioStream::gSampleFormatKey = nullptr;
const OSSymbol *IOAudioStream::gNumericRepresentationKey = nullptr;
const OSSymbol *IOAudioStream::gBitDepthKey = nullptr;
const OSSymbol *IOAudioStream::gBitWidthKey = nullptr;
const OSSymbol *IOAudioStream::gAlignmentKey = nullptr;
const OSSymbol *IOAudioStream::gByteOrderKey = nullptr;
const OSSymbol *IOAudioStream::gIsMixableKey = nullptr;
const OSSymbol *IOAudioStream::gDriverTagKey = nullptr;
const OSSymbol *IOAudioStream::gMinimumSampleRateKey = nullptr;
const OSSymbol *IOAudioStream::gMaximumSampleRateKey = nullptr;

void IOAudioStream::initKeys() {
    makeKey(gDirectionKey, kIOAudioStreamDirectionKey);
    makeKey(gNumChannelsKey, kIOAudioStreamNumChannelsKey);
    makeKey(gSampleFormatKey, kIOAudioStreamSampleFormatKey);
    makeKey(gNumericRepresentationKey, kIOAudioStreamNumericRepresentationKey);
    makeKey(gBitDepthKey, kIOAudioStreamBitDepthKey);
    makeKey(gBitWidthKey, kIOAudioStreamBitWidthKey);
    makeKey(gAlignmentKey, kIOAudioStreamAlignmentKey);
    makeKey(gByteOrderKey, kIOAudioStreamByteOrderKey);
    makeKey(gIsMixableKey, kIOAudioStreamIsMixableKey);
    makeKey(gDriverTagKey, kIOAudioStreamDriverTagKey);
    makeKey(gMinimumSampleRateKey, kIOAudioStreamMinimumSampleRateKey);
    makeKey(gMaximumSampleRateKey, kIOAudioStreamMaximumSampleRateKey);
}

static void put(OSDictionary *dictionary, const OSSymbol *key, UInt32 value, UInt32 bits) {
    if (OSNumber *number = OSNumber::withNumber(value, bits)) {
        dictionary->setObject(key, number);
        number->release();
    }
}

static void put(OSDictionary *dictionary, const char *key, UInt32 value) {
    if (OSNumber *number = OSNumber::withNumber(value, 32)) {
        dictionary->setObject(key, number);
        number->release();
    }
}

// Adds the format to `dictionary`, or to a new one, which the caller then owns.
OSDictionary *IOAudioStream::createDictionaryFromFormat(const IOAudioStreamFormat *format,
                                                        const IOAudioStreamFormatExtension *extension,
                                                        OSDictionary *dictionary) {
    OSDictionary *to = dictionary ? dictionary : format ? OSDictionary::withCapacity(12) : nullptr;
    if (!format || !to) {
        return nullptr;
    }
    put(to, gNumChannelsKey, format->fNumChannels, 32);
    put(to, gSampleFormatKey, format->fSampleFormat, 32);
    put(to, gNumericRepresentationKey, format->fNumericRepresentation, 32);
    put(to, gBitDepthKey, format->fBitDepth, 8);
    put(to, gBitWidthKey, format->fBitWidth, 8);
    put(to, gAlignmentKey, format->fAlignment, 8);
    put(to, gByteOrderKey, format->fByteOrder, 8);
    put(to, gIsMixableKey, format->fIsMixable, 8);
    put(to, gDriverTagKey, format->fDriverTag, 32);
    if (extension) {
        put(to, kIOAudioStreamFormatFlagsKey, extension->fFlags);
        put(to, kIOAudioStreamFramesPerPacketKey, extension->fFramesPerPacket);
        put(to, kIOAudioStreamBytesPerPacketKey, extension->fBytesPerPacket);
    }
    return to;
}

// A number in a dictionary; 0 where there is none.
template <typename Key> static UInt32 take(const OSDictionary *dictionary, Key key) {
    OSNumber *number = OSDynamicCast(OSNumber, dictionary->getObject(key));
    return number ? number->unsigned32BitValue() : 0;
}

// The format in a dictionary; without a place for it there is one for all, good until the next call. What the dictionary
// does not say is 0, in the extension too.
IOAudioStreamFormat *IOAudioStream::createFormatFromDictionary(const OSDictionary *dictionary,
                                                               IOAudioStreamFormat *format,
                                                               IOAudioStreamFormatExtension *extension) {
    static IOAudioStreamFormat shared;
    if (!dictionary) {
        return nullptr;
    }
    IOAudioStreamFormat *to = format ? format : &shared;
    bzero(to, sizeof(*to));
    to->fNumChannels = take(dictionary, gNumChannelsKey);
    to->fSampleFormat = take(dictionary, gSampleFormatKey);
    to->fNumericRepresentation = take(dictionary, gNumericRepresentationKey);
    to->fBitDepth = UInt8(take(dictionary, gBitDepthKey));
    to->fBitWidth = UInt8(take(dictionary, gBitWidthKey));
    to->fAlignment = UInt8(take(dictionary, gAlignmentKey));
    to->fByteOrder = UInt8(take(dictionary, gByteOrderKey));
    to->fIsMixable = UInt8(take(dictionary, gIsMixableKey));
    to->fDriverTag = take(dictionary, gDriverTagKey);
    if (extension) {
        extension->fVersion = kFormatExtensionCurrentVersion;
        extension->fFlags = take(dictionary, kIOAudioStreamFormatFlagsKey);
        extension->fFramesPerPacket = take(dictionary, kIOAudioStreamFramesPerPacketKey);
        extension->fBytesPerPacket = take(dictionary, kIOAudioStreamBytesPerPacketKey);
    }
    return to;
}

IOAudioStreamFormatExtension plainExtension(const IOAudioStreamFormat &format) {
    return {kFormatExtensionCurrentVersion, 0, 1, sampleFrameBytes(format)};
}
