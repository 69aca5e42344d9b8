// The way of the sound: from the mix into the engine's buffer and out of it, in the client's thread.
#include <IOKit/IOLib.h>

#include "Device.h"
#include "Engine.h"

using Engine = ENGINE_CLASS;

IOReturn Engine::clipOutputSamples(const void *mix, void *, UInt32 first, UInt32 frames,
                                   const IOAudioStreamFormat *format, IOAudioStream *) {
    const Levels &levels = device()->levels;
    UInt32 channels = format->fNumChannels;
    UInt32 start = first * channels, bytes = frames * channels * sizeof(float);
    float *to = static_cast<float *>(through) + start;
    if (levels.inputMute[0]) {
        bzero(to, bytes);
        return kIOReturnSuccess;
    }
    memcpy(to, static_cast<const float *>(mix) + start, bytes);
    float master = factors.of[levels.gain[0]] * factors.of[levels.volume[0]];
    for (UInt32 channel = 0; channel < channels; channel++) {
        float factor = master * factors.of[levels.gain[channel + 1]] * factors.of[levels.volume[channel + 1]];
        if (levels.inputMute[channel + 1]) {
            factor = 0;
        }
        for (UInt32 frame = 0; frame < frames; frame++) {
            to[frame * channels + channel] *= factor;
        }
    }
    return kIOReturnSuccess;
}

IOReturn Engine::convertInputSamples(const void *, void *client, UInt32 first, UInt32 frames,
                                     const IOAudioStreamFormat *format, IOAudioStream *) {
    UInt32 channels = format->fNumChannels;
    UInt32 bytes = frames * channels * sizeof(float);
    if (device()->levels.outputMute[0]) {
        bzero(client, bytes);
    } else {
        memcpy(client, static_cast<const float *>(through) + first * channels, bytes);
    }
    return kIOReturnSuccess;
}
