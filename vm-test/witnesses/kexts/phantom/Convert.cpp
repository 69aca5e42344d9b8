// Between the family's floats and the codec's 16 bits.
#include <string.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

// What is no number is as loud as can be, as it was in such drivers.
static SInt16 clipped(float sample) {
    float scaled = sample * 32768;
    return scaled >= 32767 ? SInt16(32767) : scaled > -32768 ? SInt16(scaled) : SInt16(-32768);
}

IOReturn Engine::clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames,
                                   const IOAudioStreamFormat *format, IOAudioStream *) {
    UInt32 channels = format->fNumChannels;
    SInt16 *to = static_cast<SInt16 *>(sample) + first * channels;
    if (!format->fIsMixable) {
        // One client's own samples, which begin where they are to be heard.
        memcpy(to, mix, frames * channels * sizeof(SInt16));
        return kIOReturnSuccess;
    }
    const float *from = static_cast<const float *>(mix) + first * channels;
    for (UInt32 index = 0; index < frames * channels; index++) {
        to[index] = clipped(from[index]);
    }
    return kIOReturnSuccess;
}

IOReturn Engine::convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                     const IOAudioStreamFormat *format, IOAudioStream *) {
    UInt32 channels = format->fNumChannels;
    const SInt16 *from = static_cast<const SInt16 *>(sample) + first * channels;
    if (!format->fIsMixable) {
        memcpy(client, from, frames * channels * sizeof(SInt16));
        return kIOReturnSuccess;
    }
    float *to = static_cast<float *>(client);
    for (UInt32 index = 0; index < frames * channels; index++) {
        to[index] = from[index] * (1.0f / 32768);
    }
    return kIOReturnSuccess;
}
