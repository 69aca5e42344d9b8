// IOAudioStream: the formats that it offers, the one that it has, and how that changes.
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Stream.h"
#include "Support.h"

const IOAudioStreamFormat *IOAudioStream::getFormat() { return &format; }

const IOAudioStreamFormatExtension *IOAudioStream::getFormatExtension() { return &reserved->streamFormatExtension; }

void IOAudioStream::addAvailableFormat(const IOAudioStreamFormat *newFormat, const IOAudioSampleRate *lowest,
                                       const IOAudioSampleRate *highest, const AudioIOFunction *functions,
                                       UInt32 numFunctions) {
    addAvailableFormat(newFormat, nullptr, lowest, highest, functions, numFunctions);
}

void IOAudioStream::addAvailableFormat(const IOAudioStreamFormat *newFormat, const IOAudioSampleRate *lowest,
                                       const IOAudioSampleRate *highest, AudioIOFunction function) {
    addAvailableFormat(newFormat, nullptr, lowest, highest, &function, function ? 1 : 0);
}

void IOAudioStream::addAvailableFormat(const IOAudioStreamFormat *newFormat,
                                       const IOAudioStreamFormatExtension *extension, const IOAudioSampleRate *lowest,
                                       const IOAudioSampleRate *highest, AudioIOFunction function) {
    addAvailableFormat(newFormat, extension, lowest, highest, &function, function ? 1 : 0);
}

void IOAudioStream::addAvailableFormat(const IOAudioStreamFormat *newFormat,
                                       const IOAudioStreamFormatExtension *extension, const IOAudioSampleRate *lowest,
                                       const IOAudioSampleRate *highest, const AudioIOFunction *functions,
                                       UInt32 numFunctions) {
    if (!newFormat || !lowest || !highest) {
        return;
    }
    const UInt32 count = numAvailableFormats;
    auto *formats =
        static_cast<IOAudioStreamFormatDesc *>(IOMalloc((count + 1) * sizeof(IOAudioStreamFormatDesc)));
    OSArray *dictionaries = OSArray::withArray(availableFormatDictionaries, count + 1);
    const IOAudioStreamFormatExtension plain = plainExtension(*newFormat);
    OSDictionary *dictionary = createDictionaryFromFormat(newFormat, extension ? extension : &plain, nullptr);
    OSDictionary *low = IOAudioEngine::createDictionaryFromSampleRate(lowest, nullptr);
    OSDictionary *high = IOAudioEngine::createDictionaryFromSampleRate(highest, nullptr);
    const bool made = formats && dictionaries && dictionary && low && high &&
                      dictionary->setObject(gMinimumSampleRateKey, low) &&
                      dictionary->setObject(gMaximumSampleRateKey, high) && dictionaries->setObject(dictionary);
    if (made) {
        IOAudioStreamFormatDesc &added = formats[count];
        added = {*newFormat, extension ? *extension : plain, *lowest, *highest, nullptr, 0};
        replaceFunctions(added.functions, added.numFunctions, functions, numFunctions);
        if (availableFormats) {
            memcpy(formats, availableFormats, count * sizeof(*formats));
            IOFree(availableFormats, count * sizeof(*formats));
        }
        availableFormats = formats;
        numAvailableFormats = count + 1;
        maxNumChannels = newFormat->fNumChannels > maxNumChannels ? newFormat->fNumChannels : maxNumChannels;
        // A new list each time: somebody may be reading the old one.
        availableFormatDictionaries->release();
        availableFormatDictionaries = dictionaries;
        setProperty(kIOAudioStreamAvailableFormatsKey, dictionaries);
    } else {
        if (formats) {
            IOFree(formats, (count + 1) * sizeof(*formats));
        }
        OSSafeReleaseNULL(dictionaries);
    }
    OSSafeReleaseNULL(dictionary);
    OSSafeReleaseNULL(low);
    OSSafeReleaseNULL(high);
}

void dropFormats(IOAudioStream *stream) {
    if (stream->availableFormats) {
        for (UInt32 index = 0; index < stream->numAvailableFormats; index++) {
            IOAudioStreamFormatDesc &known = stream->availableFormats[index];
            replaceFunctions(known.functions, known.numFunctions, nullptr, 0);
        }
        IOFree(stream->availableFormats, stream->numAvailableFormats * sizeof(IOAudioStreamFormatDesc));
    }
    stream->availableFormats = nullptr;
    stream->numAvailableFormats = 0;
}

void IOAudioStream::clearAvailableFormats() {
    dropFormats(this);
    if (OSArray *none = OSArray::withCapacity(1)) {
        OSSafeReleaseNULL(availableFormatDictionaries);
        availableFormatDictionaries = none;
        setProperty(kIOAudioStreamAvailableFormatsKey, none);
    }
}

bool IOAudioStream::validateFormat(IOAudioStreamFormat *wanted, IOAudioStreamFormatDesc *entry) {
    return validateFormat(wanted, nullptr, entry, audioEngine ? audioEngine->getSampleRate() : nullptr);
}

bool IOAudioStream::validateFormat(IOAudioStreamFormat *wanted, IOAudioStreamFormatExtension *extension,
                                   IOAudioStreamFormatDesc *entry) {
    return validateFormat(wanted, extension, entry, audioEngine ? audioEngine->getSampleRate() : nullptr);
}

// Below, equal or above. Of two rates with one whole part the first is never above: the family has always compared so.
static SInt32 compare(const IOAudioSampleRate &one, const IOAudioSampleRate &other) {
    if (one.whole != other.whole) {
        return one.whole < other.whole ? -1 : 1;
    }
    return one.fraction < other.fraction ? -1 : 0;
}

// Equal in all that makes the samples; the tag is the driver's business.
static bool isSameFormat(const IOAudioStreamFormat &one, const IOAudioStreamFormat &other) {
    return one.fNumChannels == other.fNumChannels && one.fSampleFormat == other.fSampleFormat &&
           one.fNumericRepresentation == other.fNumericRepresentation && one.fBitDepth == other.fBitDepth &&
           one.fBitWidth == other.fBitWidth && one.fAlignment == other.fAlignment &&
           one.fByteOrder == other.fByteOrder && one.fIsMixable == other.fIsMixable;
}

bool IOAudioStream::validateFormat(IOAudioStreamFormat *wanted, IOAudioStreamFormatExtension *,
                                   IOAudioStreamFormatDesc *entry, const IOAudioSampleRate *rate) {
    if (!wanted) {
        return false;
    }
    for (UInt32 index = 0; index < numAvailableFormats; index++) {
        const IOAudioStreamFormatDesc &known = availableFormats[index];
        // A rate of 0 is none: drivers set formats before the engine has a rate.
        const bool fits = !rate || rate->whole == 0 ||
                          (compare(known.lowest, *rate) <= 0 && compare(*rate, known.highest) <= 0);
        if (fits && isSameFormat(*wanted, known.format)) {
            wanted->fDriverTag = known.format.fDriverTag;
            if (entry) {
                *entry = known;
            }
            return true;
        }
    }
    return false;
}

IOReturn IOAudioStream::setFormat(const IOAudioStreamFormat *newFormat, bool callDriver) {
    return setFormat(newFormat, nullptr, nullptr, callDriver);
}

IOReturn IOAudioStream::setFormat(const IOAudioStreamFormat *newFormat, const IOAudioStreamFormatExtension *extension,
                                  bool callDriver) {
    return setFormat(newFormat, extension, nullptr, callDriver);
}

IOReturn IOAudioStream::setFormat(const IOAudioStreamFormat *newFormat, OSDictionary *dictionary, bool callDriver) {
    return setFormat(newFormat, nullptr, dictionary, callDriver);
}

IOReturn IOAudioStream::setFormat(OSDictionary *dictionary) {
    IOAudioStreamFormat newFormat;
    IOAudioStreamFormatExtension extension;
    if (!createFormatFromDictionary(dictionary, &newFormat, &extension)) {
        return kIOReturnBadArgument;
    }
    return setFormat(&newFormat, &extension, dictionary, true);
}

IOReturn IOAudioStream::hardwareFormatChanged(const IOAudioStreamFormat *newFormat) {
    return setFormat(newFormat, false);
}

IOReturn IOAudioStream::setProperties(OSObject *properties) {
    OSDictionary *dictionary = OSDynamicCast(OSDictionary, properties);
    if (!dictionary) {
        return kIOReturnBadArgument;
    }
    OSDictionary *wanted = OSDynamicCast(OSDictionary, dictionary->getObject(kIOAudioStreamFormatKey));
    if (!wanted) {
        return kIOReturnSuccess;
    }
    return workLoop ? workLoop->runAction(setFormatAction, this, wanted, nullptr, nullptr, nullptr) : kIOReturnError;
}

#if FAMILY_RELEASE >= 7
IOReturn IOAudioStream::setFormatAction(OSObject *owner, void *dictionary, void *, void *, void *) {
    IOAudioStream *stream = OSDynamicCast(IOAudioStream, owner);
    return stream && stream->commandGate
               ? stream->commandGate->runAction(_setFormatAction, dictionary, nullptr, nullptr, nullptr)
               : kIOReturnError;
}

IOReturn IOAudioStream::_setFormatAction(OSObject *owner, void *dictionary, void *, void *, void *) {
    IOAudioStream *stream = OSDynamicCast(IOAudioStream, owner);
    return stream ? stream->setFormat(static_cast<OSDictionary *>(dictionary)) : kIOReturnBadArgument;
}
#else
// The loop's gate is enough: nobody sleeps in the stream's.
IOReturn IOAudioStream::setFormatAction(OSObject *owner, void *dictionary, void *, void *, void *) {
    IOAudioStream *stream = OSDynamicCast(IOAudioStream, owner);
    return stream ? stream->setFormat(static_cast<OSDictionary *>(dictionary)) : kIOReturnBadArgument;
}
#endif

// Asks the driver by the form with an extension, and by the older one if it does not know that.
static IOReturn askDriver(IOAudioEngine *engine, IOAudioStream *stream, const IOAudioStreamFormat *format,
                          const IOAudioStreamFormatExtension *extension, const IOAudioSampleRate *rate) {
    IOReturn result = engine->performFormatChange(stream, format, extension, rate);
    return result == kIOReturnUnsupported ? engine->performFormatChange(stream, format, rate) : result;
}

// Makes a format that the driver agreed to the stream's own.
static void adopt(IOAudioStream *stream, const IOAudioStreamFormat &format,
                  const IOAudioStreamFormatExtension &extension, const IOAudioStreamFormatDesc &entry) {
    stream->lockStreamForIO();
    if (entry.numFunctions) {
        stream->setIOFunctionList(entry.functions, entry.numFunctions);
    }
    const bool otherChannels = stream->format.fNumChannels != format.fNumChannels;
    stream->format = format;
    stream->reserved->streamFormatExtension = extension;
    if (!format.fIsMixable) {
        stream->setMixBuffer(nullptr, 0);
    } else if (stream->streamAllocatedMixBuffer && otherChannels) {
        allocateMixBuffer(stream);
    }
    stream->unlockStreamForIO();
    if (OSDictionary *dictionary = IOAudioStream::createDictionaryFromFormat(&format, &extension, nullptr)) {
        stream->setProperty(kIOAudioStreamFormatKey, dictionary);
        dictionary->release();
    }
    if (otherChannels) {
        stream->audioEngine->updateChannelNumbers();
    }
}

IOReturn IOAudioStream::setFormat(const IOAudioStreamFormat *newFormat, const IOAudioStreamFormatExtension *extension,
                                  OSDictionary *dictionary, bool callDriver) {
    if (!newFormat) {
        return kIOReturnBadArgument;
    }
    IOAudioEngine *engine = audioEngine;
    if (!engine) {
        return kIOReturnNotReady;
    }
    const IOAudioSampleRate *current = engine->getSampleRate();
    OSDictionary *rateDictionary =
        dictionary ? OSDynamicCast(OSDictionary, dictionary->getObject(kIOAudioSampleRateKey)) : nullptr;
    IOAudioSampleRate wantedRate = *current;
    if (rateDictionary) {
        IOAudioEngine::createSampleRateFromDictionary(rateDictionary, &wantedRate);
    }
    IOAudioStreamFormat wanted = *newFormat;
    IOAudioStreamFormatExtension wantedExtension = extension ? *extension : plainExtension(wanted);
    IOAudioStreamFormatDesc entry;
    if (!validateFormat(&wanted, &wantedExtension, &entry, &wantedRate)) {
        IOLog("IOAudioStream: a format was asked for that the stream does not offer\n");
        return kIOReturnBadArgument;
    }
    const bool otherRate = wantedRate.whole != current->whole || wantedRate.fraction != current->fraction;
    const IOAudioSampleRate *newRate = otherRate ? &wantedRate : nullptr;

    // Their IO has to wait; the set keeps them until they are let go on.
    OSSet *clients = OSSet::withCapacity(1);
    for (IOAudioClientBuffer *buffer = userClientList; clients && buffer; buffer = buffer->nextClient) {
        clients->setObject(buffer->userClient);
    }
    forEach<IOAudioEngineUserClient>(clients, [](IOAudioEngineUserClient *client) { client->lockBuffers(); });
    engine->pauseAudioEngine();
    IOReturn result = callDriver ? askDriver(engine, this, &wanted, &wantedExtension, newRate) : kIOReturnSuccess;
    if (result == kIOReturnSuccess) {
        adopt(this, wanted, wantedExtension, entry);
        if (newRate) {
            engine->setSampleRate(newRate);
        }
        engine->sendFormatChangeNotification(this);
    } else if (result != kIOReturnNotReady) {
        IOLog("IOAudioStream: the driver refused a format (0x%x)\n", result);
    }
    engine->resumeAudioEngine();
    forEach<IOAudioEngineUserClient>(clients, [](IOAudioEngineUserClient *client) { client->unlockBuffers(); });
    OSSafeReleaseNULL(clients);
    return result;
}
