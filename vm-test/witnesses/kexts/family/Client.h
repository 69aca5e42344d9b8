// What the files of the engine's user client share.
#pragma once
#include <IOKit/audio/IOAudioEngineUserClient.h>

#include "Stream.h"
#include "Support.h"

// In front of the samples in every client's buffer.
static constexpr UInt32 descriptorBytes = 16;

// How many frames a buffer can hold.
UInt32 capacityOf(const IOAudioClientBuffer *buffer);

// How many frames the watchdog plays in a client's stead.
UInt32 nominalFramesOf(const IOAudioClientBuffer *buffer);

// Gives a connection the number that it keeps, where connections have one.
void numberConnection(IOAudioEngineUserClient *client);

// Fills a client's table of methods, where it has one.
void fillMethods(IOAudioEngineUserClient *client);

// When a client's samples for `start` must be there, with the interval that it says in the unit that the engine wants.
IOReturn whenDue(IOAudioEngine *engine, AbsoluteTime interval, UInt32 frames, IOAudioEnginePosition *start,
                 AbsoluteTime *wakeTime);

// Calls `body` with each buffer of a list as the streams see it.
template <typename Body> void forEachBuffer(IOAudioClientBuffer64 *list, Body body) {
    while (list) {
        IOAudioClientBuffer64 *next = list->mNextBuffer64;
        body(&list->mAudioClientBuffer32);
        list = next;
    }
}
