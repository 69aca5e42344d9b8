// The codec's registers as controls: level and mute of left and right, for what goes out and what comes in, and the input.
#include <IOKit/audio/IOAudioLevelControl.h>
#include <IOKit/audio/IOAudioSelectorControl.h>
#include <IOKit/audio/IOAudioToggleControl.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

// A register of 16 bits, for -48 to 0 dB in 16.16 fixed point.
static constexpr SInt32 loudest = 65535;
static constexpr IOFixed quietest = -48 * 65536;

static const char *channelName(UInt32 channel) {
    return channel == kIOAudioControlChannelIDDefaultLeft ? kIOAudioControlChannelNameLeft
                                                          : kIOAudioControlChannelNameRight;
}

bool Engine::addControls() {
    const UInt32 usages[] = {kIOAudioControlUsageOutput, kIOAudioControlUsageInput};
    for (UInt32 usage : usages) {
        for (UInt32 channel = kIOAudioControlChannelIDDefaultLeft; channel <= Setup::channels; channel++) {
            if (!addLevel(usage, channel) || !addMute(usage, channel)) {
                return false;
            }
        }
    }
    return addSelector();
}

bool Engine::addLevel(UInt32 usage, UInt32 channel) {
    return addControl(IOAudioLevelControl::createVolumeControl(loudest, 0, loudest, quietest, 0, channel,
                                                               channelName(channel), channel, usage));
}

bool Engine::addMute(UInt32 usage, UInt32 channel) {
    return addControl(IOAudioToggleControl::createMuteControl(false, channel, channelName(channel), channel, usage));
}

bool Engine::addSelector() {
    IOAudioSelectorControl *selector = IOAudioSelectorControl::createInputSelector(
        kIOAudioSelectorControlSelectionValueLine, kIOAudioControlChannelIDAll, kIOAudioControlChannelNameAll, 0);
    if (selector) {
        selector->addAvailableSelection(kIOAudioSelectorControlSelectionValueLine, "Line In");
        selector->addAvailableSelection(kIOAudioSelectorControlSelectionValueExternalMicrophone, "Microphone");
    }
    return addControl(selector);
}

// Takes the caller's reference.
bool Engine::addControl(IOAudioControl *control) {
    if (!control) {
        return false;
    }
    control->setValueChangeHandler(registerChanged, this);
    bool added = addDefaultAudioControl(control) == kIOReturnSuccess;
    control->release();
    return added;
}

IOReturn Engine::registerChanged(OSObject *owner, IOAudioControl *control, SInt32, SInt32 after) {
    Engine *engine = static_cast<Engine *>(owner);
    UInt32 direction = control->getUsage() == kIOAudioControlUsageInput, channel = control->getChannelID();
    if (control->getType() == kIOAudioControlTypeLevel) {
        engine->codec.level[direction][channel] = after;
    } else if (control->getType() == kIOAudioControlTypeToggle) {
        engine->codec.mute[direction][channel] = after;
    } else {
        engine->codec.input = after;
    }
    return kIOReturnSuccess;
}
