// What a stream's files share with each other and with the engine's.
#pragma once
#include <IOKit/audio/IOAudioStream.h>

// A format that a stream offers, with the rates that it can have.
struct IOAudioStreamFormatDesc {
    IOAudioStreamFormat format;
    IOAudioStreamFormatExtension extension;
    IOAudioSampleRate lowest, highest;
    // Functions that convert it in the engine's place; copies, with their number.
    IOAudioStream::AudioIOFunction *functions;
    UInt32 numFunctions;
};

// Takes from a stream all that its engine and its clients lent it.
void detachFromEngine(IOAudioStream *stream);

// Gives a stream a mix buffer of its own for its format and its engine's ring.
void allocateMixBuffer(IOAudioStream *stream);

// What an extension says of a format whose driver gave none: packets of one frame.
IOAudioStreamFormatExtension plainExtension(const IOAudioStreamFormat &format);

// Copies a list of functions into `to`, which held `count` others before; without functions both become nothing.
void replaceFunctions(IOAudioStream::AudioIOFunction *&to, UInt32 &count,
                      const IOAudioStream::AudioIOFunction *functions, UInt32 newCount);

// Forgets the formats that a stream offers.
void dropFormats(IOAudioStream *stream);

// What a stream counts of its output, by the family's numbers.
enum StreamError {
    clientFarAhead = 0,
    clientBehind = 2,
    alreadyClipped = 3,
    noBuffers = 4,
    clipRefused = 5,
};

// Counts one, where the family counts them.
void countError(IOAudioStream *stream, StreamError which);
