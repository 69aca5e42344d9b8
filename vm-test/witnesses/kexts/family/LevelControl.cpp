// IOAudioLevelControl: a value between two ends, with their levels in dB.
#include <IOKit/audio/IOAudioLevelControl.h>

#include "Control.h"

DEFINE_CONCRETE_CLASS(IOAudioLevelControl, IOAudioControl)

IOAudioLevelControl *IOAudioLevelControl::create(SInt32 initialValue, SInt32 lowest, SInt32 highest, IOFixed lowestDB,
                                                 IOFixed highestDB, UInt32 channelID, const char *channelName,
                                                 UInt32 controlID, UInt32 subType, UInt32 usage) {
    IOAudioLevelControl *control = new IOAudioLevelControl;
    return ifInitialised(control, control && control->init(initialValue, lowest, highest, lowestDB, highestDB,
                                                           channelID, channelName, controlID, subType, usage,
                                                           nullptr));
}

IOAudioLevelControl *IOAudioLevelControl::createVolumeControl(SInt32 initialValue, SInt32 lowest, SInt32 highest,
                                                              IOFixed lowestDB, IOFixed highestDB, UInt32 channelID,
                                                              const char *channelName, UInt32 controlID,
                                                              UInt32 usage) {
    return create(initialValue, lowest, highest, lowestDB, highestDB, channelID, channelName, controlID,
                  kIOAudioLevelControlSubTypeVolume, usage);
}

IOAudioLevelControl *IOAudioLevelControl::createPassThruVolumeControl(SInt32 initialValue, SInt32 lowest,
                                                                      SInt32 highest, IOFixed lowestDB,
                                                                      IOFixed highestDB, UInt32 channelID,
                                                                      const char *channelName, UInt32 controlID) {
    return createVolumeControl(initialValue, lowest, highest, lowestDB, highestDB, channelID, channelName, controlID,
                               kIOAudioControlUsagePassThru);
}

bool IOAudioLevelControl::init(SInt32 initialValue, SInt32 lowest, SInt32 highest, IOFixed lowestDB,
                               IOFixed highestDB, UInt32 channelID, const char *channelName, UInt32 controlID,
                               UInt32 subType, UInt32 usage, OSDictionary *properties) {
    OSNumber *number = OSNumber::withNumber(UInt32(initialValue), 32);
    const bool made = number && IOAudioControl::init(kIOAudioControlTypeLevel, number, channelID, channelName,
                                                     controlID, subType, usage, properties);
    OSSafeReleaseNULL(number);
    if (made) {
        setMinValue(lowest);
        setMaxValue(highest);
        setMinDB(lowestDB);
        setMaxDB(highestDB);
    }
    return made;
}

void IOAudioLevelControl::free() {
    OSSafeReleaseNULL(ranges);
    IOAudioControl::free();
}

void IOAudioLevelControl::setMinValue(SInt32 lowest) {
    minValue = lowest;
    setProperty(kIOAudioLevelControlMinValueKey, UInt32(minValue), 32);
    sendChangeNotification(kIOAudioControlRangeChangeNotification);
}

SInt32 IOAudioLevelControl::getMinValue() { return minValue; }

void IOAudioLevelControl::setMaxValue(SInt32 highest) {
    maxValue = highest;
    setProperty(kIOAudioLevelControlMaxValueKey, UInt32(maxValue), 32);
    sendChangeNotification(kIOAudioControlRangeChangeNotification);
}

SInt32 IOAudioLevelControl::getMaxValue() { return maxValue; }

void IOAudioLevelControl::setMinDB(IOFixed lowest) {
    minDB = lowest;
    setProperty(kIOAudioLevelControlMinDBKey, UInt32(minDB), 32);
    sendChangeNotification(kIOAudioControlRangeChangeNotification);
}

IOFixed IOAudioLevelControl::getMinDB() { return minDB; }

// The registry is told, the object is not: the family has always been so.
void IOAudioLevelControl::setMaxDB(IOFixed highest) {
    setProperty(kIOAudioLevelControlMaxDBKey, UInt32(highest), 32);
    sendChangeNotification(kIOAudioControlRangeChangeNotification);
}

IOFixed IOAudioLevelControl::getMaxDB() { return maxDB; }

void IOAudioLevelControl::setLinearScale(bool linear) {
    setProperty(kIOAudioLevelControlUseLinearScale, linear, 8);
}

static bool putNumber(OSDictionary *dictionary, const char *key, UInt32 value) {
    OSNumber *number = OSNumber::withNumber(value, 32);
    const bool put = number && dictionary->setObject(key, number);
    OSSafeReleaseNULL(number);
    return put;
}

IOReturn IOAudioLevelControl::addRange(SInt32 lowest, SInt32 highest, IOFixed lowestDB, IOFixed highestDB) {
    OSDictionary *range = OSDictionary::withCapacity(4);
    // A new list each time: somebody may be reading the old one.
    OSArray *all = ranges ? OSArray::withArray(ranges, ranges->getCount() + 1) : OSArray::withCapacity(1);
    const bool made = range && all && putNumber(range, kIOAudioLevelControlMinValueKey, UInt32(lowest)) &&
                      putNumber(range, kIOAudioLevelControlMaxValueKey, UInt32(highest)) &&
                      putNumber(range, kIOAudioLevelControlMinDBKey, UInt32(lowestDB)) &&
                      putNumber(range, kIOAudioLevelControlMaxDBKey, UInt32(highestDB)) && all->setObject(range);
    OSSafeReleaseNULL(range);
    if (!made) {
        OSSafeReleaseNULL(all);
        return kIOReturnNoMemory;
    }
    OSSafeReleaseNULL(ranges);
    ranges = all;
    setProperty(kIOAudioLevelControlRangesKey, ranges);
    return kIOReturnSuccess;
}

IOReturn IOAudioLevelControl::addNegativeInfinity(SInt32 silence) {
    return addRange(silence, silence, IOFixed(kIOAudioLevelControlNegativeInfinity),
                    IOFixed(kIOAudioLevelControlNegativeInfinity));
}

// Ranges do not count: a value for silence outside of the two ends can never be set.
IOReturn IOAudioLevelControl::validateValue(OSObject *newValue) {
    OSNumber *number = OSDynamicCast(OSNumber, newValue);
    if (!number) {
        return kIOReturnBadArgument;
    }
    const SInt32 wanted = SInt32(number->unsigned32BitValue());
    return wanted >= minValue && wanted <= maxValue ? kIOReturnSuccess : kIOReturnError;
}
