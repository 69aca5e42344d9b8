// IOAudioSelectorControl: one of several selections.
#include <IOKit/audio/IOAudioSelectorControl.h>

#include "Control.h"

DEFINE_CONCRETE_CLASS(IOAudioSelectorControl, IOAudioControl)

IOAudioSelectorControl *IOAudioSelectorControl::create(SInt32 initialValue, UInt32 channelID, const char *channelName,
                                                       UInt32 controlID, UInt32 subType, UInt32 usage) {
    IOAudioSelectorControl *control = new IOAudioSelectorControl;
    return ifInitialised(control, control && control->init(initialValue, channelID, channelName, controlID, subType,
                                                           usage, nullptr));
}

IOAudioSelectorControl *IOAudioSelectorControl::createInputSelector(SInt32 initialValue, UInt32 channelID,
                                                                    const char *channelName, UInt32 controlID) {
    return create(initialValue, channelID, channelName, controlID, kIOAudioSelectorControlSubTypeInput,
                  kIOAudioControlUsageInput);
}

IOAudioSelectorControl *IOAudioSelectorControl::createOutputSelector(SInt32 initialValue, UInt32 channelID,
                                                                     const char *channelName, UInt32 controlID) {
    return create(initialValue, channelID, channelName, controlID, kIOAudioSelectorControlSubTypeOutput,
                  kIOAudioControlUsageOutput);
}

static IOAudioSelectorControl *withClockSource(IOAudioSelectorControl *control, UInt32 source) {
    if (control) {
        control->setProperty(kIOAudioSelectorControlClockSourceKey, source, 32);
    }
    return control;
}

IOAudioSelectorControl *IOAudioSelectorControl::createInputClockSelector(SInt32 initialValue, UInt32 source,
                                                                         UInt32 channelID, const char *channelName,
                                                                         UInt32 controlID) {
    return withClockSource(create(initialValue, channelID, channelName, controlID,
                                  kIOAudioSelectorControlSubTypeClockSource, kIOAudioControlUsageInput),
                           source);
}

IOAudioSelectorControl *IOAudioSelectorControl::createOutputClockSelector(SInt32 initialValue, UInt32 source,
                                                                          UInt32 channelID, const char *channelName,
                                                                          UInt32 controlID) {
    return withClockSource(create(initialValue, channelID, channelName, controlID,
                                  kIOAudioSelectorControlSubTypeClockSource, kIOAudioControlUsageOutput),
                           source);
}

bool IOAudioSelectorControl::init(SInt32 initialValue, UInt32 channelID, const char *channelName, UInt32 controlID,
                                  UInt32 subType, UInt32 usage, OSDictionary *properties) {
    OSNumber *number = OSNumber::withNumber(UInt32(initialValue), 32);
    const bool made = number && IOAudioControl::init(kIOAudioControlTypeSelector, number, channelID, channelName,
                                                     controlID, subType, usage, properties);
    OSSafeReleaseNULL(number);
    availableSelections = made ? OSArray::withCapacity(1) : nullptr;
    if (!availableSelections) {
        return false;
    }
    setProperty(kIOAudioSelectorControlAvailableSelectionsKey, availableSelections);
    return true;
}

void IOAudioSelectorControl::free() {
    OSSafeReleaseNULL(availableSelections);
    IOAudioControl::free();
}

// A copy of the list to be changed: somebody may be reading the one in the registry.
static OSArray *copyOfSelections(IOAudioSelectorControl *control) {
    return OSArray::withArray(control->availableSelections, control->availableSelections->getCount() + 1);
}

// Makes a changed list the control's.
static IOReturn publishSelections(IOAudioSelectorControl *control, OSArray *selections) {
    if (!selections) {
        return kIOReturnNoMemory;
    }
    control->availableSelections->release();
    control->availableSelections = selections;
    control->setProperty(kIOAudioSelectorControlAvailableSelectionsKey, selections);
    control->sendChangeNotification(kIOAudioControlRangeChangeNotification);
    return kIOReturnSuccess;
}

// Where the selection with a value is in the list; the list's length if nowhere.
static UInt32 placeOf(IOAudioSelectorControl *control, SInt32 selection) {
    const UInt32 count = control->availableSelections->getCount();
    for (UInt32 place = 0; place < count; place++) {
        OSDictionary *entry = OSDynamicCast(OSDictionary, control->availableSelections->getObject(place));
        OSNumber *number =
            entry ? OSDynamicCast(OSNumber, entry->getObject(kIOAudioSelectorControlSelectionValueKey)) : nullptr;
        if (number && SInt32(number->unsigned32BitValue()) == selection) {
            return place;
        }
    }
    return count;
}

bool IOAudioSelectorControl::valueExists(SInt32 selection) {
    return placeOf(this, selection) < availableSelections->getCount();
}

IOReturn IOAudioSelectorControl::addAvailableSelection(SInt32 selection, const char *description) {
    OSString *text = description ? OSString::withCString(description) : nullptr;
    if (!text) {
        return kIOReturnBadArgument;
    }
    const IOReturn result = addAvailableSelection(selection, text);
    text->release();
    return result;
}

IOReturn IOAudioSelectorControl::addAvailableSelection(SInt32 selection, OSString *description) {
    return addAvailableSelection(selection, description, nullptr, nullptr);
}

IOReturn IOAudioSelectorControl::addAvailableSelection(SInt32 selection, OSString *description, const char *tagName,
                                                       OSObject *tag) {
    if (!description) {
        return kIOReturnBadArgument;
    }
    if (valueExists(selection)) {
        return kIOReturnError;
    }
    OSDictionary *entry = OSDictionary::withCapacity(3);
    OSNumber *number = OSNumber::withNumber(UInt32(selection), 32);
    OSArray *all = copyOfSelections(this);
    const bool made = entry && number && all && entry->setObject(kIOAudioSelectorControlSelectionValueKey, number) &&
                      entry->setObject(kIOAudioSelectorControlSelectionDescriptionKey, description) &&
                      (!tagName || !tag || entry->setObject(tagName, tag)) && all->setObject(entry);
    OSSafeReleaseNULL(number);
    OSSafeReleaseNULL(entry);
    if (!made) {
        OSSafeReleaseNULL(all);
    }
    return publishSelections(this, all);
}

IOReturn IOAudioSelectorControl::removeAvailableSelection(SInt32 selection) {
    const UInt32 place = placeOf(this, selection);
    if (place == availableSelections->getCount()) {
        return kIOReturnNotFound;
    }
    OSArray *all = copyOfSelections(this);
    if (all) {
        all->removeObject(place);
    }
    return publishSelections(this, all);
}

IOReturn IOAudioSelectorControl::replaceAvailableSelection(SInt32 selection, const char *description) {
    OSString *text = description ? OSString::withCString(description) : nullptr;
    if (!text) {
        return kIOReturnBadArgument;
    }
    const IOReturn result = replaceAvailableSelection(selection, text);
    text->release();
    return result;
}

// The description takes the place of the whole selection: the family has always been so.
IOReturn IOAudioSelectorControl::replaceAvailableSelection(SInt32 selection, OSString *description) {
    const UInt32 place = placeOf(this, selection);
    OSArray *all = copyOfSelections(this);
    if (all && description && place < all->getCount()) {
        all->replaceObject(place, description);
    }
    return publishSelections(this, all);
}

IOReturn IOAudioSelectorControl::validateValue(OSObject *newValue) {
    OSNumber *number = OSDynamicCast(OSNumber, newValue);
    if (!number) {
        return kIOReturnBadArgument;
    }
    return valueExists(SInt32(number->unsigned32BitValue())) ? kIOReturnSuccess : kIOReturnNotFound;
}
