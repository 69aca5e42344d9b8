// What the kernel calls when the kext comes and goes: the keys that drivers share live as long as it does.
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioStream.h>

#include "Support.h"

extern "C" int family_start(void *, void *) {
    IOAudioEngine::initKeys();
    IOAudioStream::initKeys();
    return 0;
}

extern "C" int family_stop(void *, void *) {
    const OSSymbol **keys[] = {
        &IOAudioEngine::gSampleRateWholeNumberKey,
        &IOAudioEngine::gSampleRateFractionKey,
        &IOAudioStream::gDirectionKey,
        &IOAudioStream::gNumChannelsKey,
        &IOAudioStream::gSampleFormatKey,
        &IOAudioStream::gNumericRepresentationKey,
        &IOAudioStream::gBitDepthKey,
        &IOAudioStream::gBitWidthKey,
        &IOAudioStream::gAlignmentKey,
        &IOAudioStream::gByteOrderKey,
        &IOAudioStream::gIsMixableKey,
        &IOAudioStream::gDriverTagKey,
        &IOAudioStream::gMinimumSampleRateKey,
        &IOAudioStream::gMaximumSampleRateKey,
    };
    for (const OSSymbol **key : keys) {
        OSSafeReleaseNULL(*key);
    }
    return 0;
}
