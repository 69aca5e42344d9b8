// What the files of controls share.
#pragma once
#include <IOKit/audio/IOAudioControl.h>
#include <IOKit/audio/IOAudioControlUserClient.h>

#include "Support.h"

// A control that was made, if its init succeeded; else it is given up.
template <typename Class> Class *ifInitialised(Class *control, bool initialised) {
    if (control && !initialised) {
        control->release();
        return nullptr;
    }
    return control;
}
