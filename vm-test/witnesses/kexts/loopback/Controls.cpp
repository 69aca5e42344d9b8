// The engine's controls: level and mute of the master and each channel, for what goes out and for what comes in.
#include <IOKit/audio/IOAudioLevelControl.h>
#include <IOKit/audio/IOAudioToggleControl.h>

#include "Engine.h"

using Engine = ENGINE_CLASS;

// Half a dB, in 16.16 fixed point.
static constexpr IOFixed halfDb = 0x8000;

bool Engine::addControls() {
    const UInt32 usages[] = {kIOAudioControlUsageOutput, kIOAudioControlUsageInput};
    for (UInt32 channel = 0; channel <= shape.channels; channel++) {
        for (UInt32 usage : usages) {
            bool added = addLevel(usage, channel) && addMute(usage, channel);
#if DEFECT_S22
            // What failed is missing, and nobody hears of it.
            (void)added;
#else
            if (!added) {
                return false;
            }
#endif
        }
    }
#if DEFECT_OPENS
    // One that nothing needs and any process can set.
    return addMute(kIOAudioControlUsagePassThru, 0);
#else
    return true;
#endif
}

bool Engine::addLevel(UInt32 usage, UInt32 channel) {
    SInt32 most = usage == kIOAudioControlUsageOutput ? Levels::mostVolume : Levels::mostGain;
    IOAudioLevelControl *level = IOAudioLevelControl::createVolumeControl(
        Levels::unity, 0, most, -Levels::unity * halfDb, (most - Levels::unity) * halfDb, channel, channelName(channel),
        channel, usage);
    if (!level) {
        return false;
    }
    level->addNegativeInfinity(0);
    level->setValueChangeHandler(levelChanged, this);
    return addControl(level);
}

bool Engine::addMute(UInt32 usage, UInt32 channel) {
#if DEFECT_S18
    // The channels have none.
    if (channel > 0) {
        return true;
    }
#endif
    IOAudioToggleControl *mute =
        IOAudioToggleControl::createMuteControl(false, channel, channelName(channel), channel, usage);
    if (!mute) {
        return false;
    }
    mute->setValueChangeHandler(muteChanged, this);
    return addControl(mute);
}

// Takes the caller's reference.
bool Engine::addControl(IOAudioControl *control) {
    bool added = addDefaultAudioControl(control) == kIOReturnSuccess;
    control->release();
    return added;
}

const char *Engine::channelName(UInt32 channel) {
    return channel == 0 ? kIOAudioControlChannelNameAll : "Channel";
}

Levels *Engine::levelsOf(IOAudioControl *control) {
    return control->getUsage() == kIOAudioControlUsageOutput ? output : input;
}

IOReturn Engine::levelChanged(OSObject *owner, IOAudioControl *control, SInt32, SInt32 after) {
    static_cast<Engine *>(owner)->levelsOf(control)->setLevel(control->getChannelID(), after);
    return kIOReturnSuccess;
}

IOReturn Engine::muteChanged(OSObject *owner, IOAudioControl *control, SInt32, SInt32 after) {
#if !DEFECT_TAKES_ANY
    // The family takes any number for a switch.
    if (UInt32(after) > 1) {
        return kIOReturnBadArgument;
    }
#endif
    Levels *levels = static_cast<Engine *>(owner)->levelsOf(control);
#if DEFECT_S18
    // The wrong way round: the input's mute keeps what is written, the output's what is read.
    Engine *engine = static_cast<Engine *>(owner);
    levels = levels == engine->output ? engine->input : engine->output;
#endif
    levels->setMuted(control->getChannelID(), after != 0);
#if DEFECT_MUMBLES
    // What is muted goes another way, which has another latency; nobody is told.
    static_cast<Engine *>(owner)->setOutputSampleLatency(after != 0 ? 64 : 0);
#endif
    return kIOReturnSuccess;
}
