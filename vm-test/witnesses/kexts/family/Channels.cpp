// The numbers of channels: those of streams, which follow each other, and by them those of controls.
#include <IOKit/audio/IOAudioControl.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Support.h"

// The number of a channel ID among a direction's streams: channels that are there count from 1.
static SInt32 numberOf(UInt32 channelID, OSOrderedSet *streams) {
    SInt32 number = kIOAudioControlChannelNumberInactive;
    SInt32 next = 1;
    forEach<IOAudioStream>(streams, [&](IOAudioStream *stream) {
        const UInt32 channels = stream->getStreamAvailable() ? stream->getFormat()->fNumChannels : 0;
        const UInt32 first = stream->getStartingChannelID();
        if (channelID >= first && channelID - first < channels) {
            number = next + SInt32(channelID - first);
        }
        next += SInt32(channels);
    });
    return number;
}

static void numberStreams(OSOrderedSet *streams) {
    UInt32 next = 1;
    forEach<IOAudioStream>(streams, [&](IOAudioStream *stream) {
        const bool available = stream->getStreamAvailable();
        stream->setStartingChannelNumber(available ? next : 0);
        next += available ? stream->getFormat()->fNumChannels : 0;
    });
}

void IOAudioEngine::updateChannelNumbers() {
    numberStreams(outputStreams);
    numberStreams(inputStreams);
    forEach<IOAudioControl>(defaultAudioControls, [this](IOAudioControl *control) {
        const UInt32 channelID = control->getChannelID();
        if (channelID == kIOAudioControlChannelIDAll) {
            control->setChannelNumber(0);
            return;
        }
        OSOrderedSet *streams = nullptr;
        switch (control->getUsage()) {
        case kIOAudioControlUsageOutput:
            streams = outputStreams;
            break;
        case kIOAudioControlUsageInput:
            streams = inputStreams;
            break;
        case kIOAudioControlUsagePassThru:
            streams = inputStreams->getCount() ? inputStreams : outputStreams;
            break;
        default:
            // No direction, no number.
            return;
        }
        control->setChannelNumber(numberOf(channelID, streams));
    });
}
