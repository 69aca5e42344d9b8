// The engines' controls: all of them act on the device's one set of levels.
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/audio/IOAudioLevelControl.h>
#include <IOKit/audio/IOAudioToggleControl.h>

#include "Device.h"

using Device = DEVICE_CLASS;

// Half a dB, in 16.16 fixed point.
static constexpr IOFixed halfDb = 0x8000;
// Labels of the volumes' lowest value and the gains' highest.
static constexpr IOFixed lowest = -79 * halfDb, highest = 81 * halfDb;

// Takes the caller's reference. What failed is missing, and nobody hears of it.
static void add(IOAudioEngine *engine, IOAudioControl *control, IOAudioControl::IntValueChangeHandler handler,
                OSObject *device) {
    if (control) {
        control->setValueChangeHandler(handler, device);
        engine->addDefaultAudioControl(control);
        control->release();
    }
}

// As many channels as any engine can have, whatever this one has. The values that all engines share begin anew with each.
void Device::addControls(IOAudioEngine *engine) {
    for (UInt32 channel = 0; channel <= Levels::maxChannels; channel++) {
        const char *name = channel == 0 ? kIOAudioControlChannelNameAll : "Channel";
        levels.volume[channel] = levels.gain[channel] = Levels::most;
        levels.outputMute[channel] = levels.inputMute[channel] = 0;
        add(engine,
            IOAudioLevelControl::createVolumeControl(Levels::most, 0, Levels::most, lowest, 0, channel, name, channel,
                                                     kIOAudioControlUsageOutput),
            volumeChanged, this);
        add(engine,
            IOAudioLevelControl::createVolumeControl(Levels::most, 0, Levels::most, 0, highest, channel, name, channel,
                                                     kIOAudioControlUsageInput),
            gainChanged, this);
    }
    add(engine,
        IOAudioToggleControl::createMuteControl(false, 0, kIOAudioControlChannelNameAll, 0, kIOAudioControlUsageOutput),
        outputMuteChanged, this);
    add(engine,
        IOAudioToggleControl::createMuteControl(false, 0, kIOAudioControlChannelNameAll, 0, kIOAudioControlUsageInput),
        inputMuteChanged, this);
}

IOReturn Device::volumeChanged(OSObject *device, IOAudioControl *control, SInt32, SInt32 after) {
    static_cast<Device *>(device)->levels.volume[control->getChannelID()] = after;
    return kIOReturnSuccess;
}

IOReturn Device::gainChanged(OSObject *device, IOAudioControl *control, SInt32, SInt32 after) {
    static_cast<Device *>(device)->levels.gain[control->getChannelID()] = after;
    return kIOReturnSuccess;
}

IOReturn Device::outputMuteChanged(OSObject *device, IOAudioControl *control, SInt32, SInt32 after) {
    static_cast<Device *>(device)->levels.outputMute[control->getChannelID()] = after;
    return kIOReturnSuccess;
}

IOReturn Device::inputMuteChanged(OSObject *device, IOAudioControl *control, SInt32, SInt32 after) {
    static_cast<Device *>(device)->levels.inputMute[control->getChannelID()] = after;
    return kIOReturnSuccess;
}
