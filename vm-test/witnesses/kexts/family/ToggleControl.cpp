// IOAudioToggleControl: off and on.
#include <IOKit/audio/IOAudioToggleControl.h>

#include "Control.h"

DEFINE_CONCRETE_CLASS(IOAudioToggleControl, IOAudioControl)

IOAudioToggleControl *IOAudioToggleControl::create(bool initialValue, UInt32 channelID, const char *channelName,
                                                   UInt32 controlID, UInt32 subType, UInt32 usage) {
    IOAudioToggleControl *control = new IOAudioToggleControl;
    return ifInitialised(control, control && control->init(initialValue, channelID, channelName, controlID, subType,
                                                           usage, nullptr));
}

IOAudioToggleControl *IOAudioToggleControl::createMuteControl(bool initialValue, UInt32 channelID,
                                                              const char *channelName, UInt32 controlID,
                                                              UInt32 usage) {
    return create(initialValue, channelID, channelName, controlID, kIOAudioToggleControlSubTypeMute, usage);
}

IOAudioToggleControl *IOAudioToggleControl::createPassThruMuteControl(bool initialValue, UInt32 channelID,
                                                                      const char *channelName, UInt32 controlID) {
    return createMuteControl(initialValue, channelID, channelName, controlID, kIOAudioControlUsagePassThru);
}

bool IOAudioToggleControl::init(bool initialValue, UInt32 channelID, const char *channelName, UInt32 controlID,
                                UInt32 subType, UInt32 usage, OSDictionary *properties) {
    OSNumber *number = OSNumber::withNumber(initialValue ? 1 : 0, 8);
    const bool made = number && IOAudioControl::init(kIOAudioControlTypeToggle, number, channelID, channelName,
                                                     controlID, subType, usage, properties);
    OSSafeReleaseNULL(number);
    return made;
}
