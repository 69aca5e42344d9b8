// IOAudioDevice: functions that are called again and again on its work loop, by one timer for all.
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <libkern/c++/OSData.h>

#include "Support.h"

namespace {
// Who wants to be called, how, and how often.
struct TimerEntry {
    OSObject *target;
    IOAudioDevice::TimerEvent event;
    AbsoluteTime interval;
};

// The key of a target among the entries: its address in digits.
const OSSymbol *keyOf(OSObject *target) {
    char text[17];
    UInt64 address = reinterpret_cast<UInt64>(target);
    for (int digit = 15; digit >= 0; digit--, address >>= 4) {
        text[digit] = "0123456789abcdef"[address & 15];
    }
    text[16] = 0;
    return OSSymbol::withCString(text);
}

// An entry as an object: the target, which is retained by that, and the structure.
OSArray *objectOf(const TimerEntry &entry) {
    OSArray *object = OSArray::withCapacity(2);
    OSData *data = OSData::withBytes(&entry, sizeof(entry));
    if (object && !(data && object->setObject(data) && object->setObject(entry.target))) {
        OSSafeReleaseNULL(object);
    }
    OSSafeReleaseNULL(data);
    return object;
}

const TimerEntry *entryIn(const OSDictionary *entries, const OSSymbol *key) {
    OSArray *object = OSDynamicCast(OSArray, entries->getObject(key));
    OSData *data = object ? OSDynamicCast(OSData, object->getObject(0)) : nullptr;
    return data ? static_cast<const TimerEntry *>(data->getBytesNoCopy()) : nullptr;
}

// The shortest interval of all entries; 0 if there are none.
AbsoluteTime shortest(const OSDictionary *entries) {
    AbsoluteTime least = 0;
    forEach<OSSymbol>(entries, [&](OSSymbol *key) {
        const TimerEntry *entry = entryIn(entries, key);
        if (entry && (least == 0 || entry->interval < least)) {
            least = entry->interval;
        }
    });
    return least;
}
} // namespace

IOReturn IOAudioDevice::addTimerEvent(OSObject *target, TimerEvent event, AbsoluteTime interval) {
    if (!target || !event) {
        return kIOReturnBadArgument;
    }
    if (!timerEvents) {
        timerEvents = OSDictionary::withCapacity(1);
    }
    if (!timerEventSource) {
        timerEventSource = IOTimerEventSource::timerEventSource(this, timerFired);
        if (timerEventSource && workLoop->addEventSource(timerEventSource) != kIOReturnSuccess) {
            OSSafeReleaseNULL(timerEventSource);
        }
    }
    OSArray *entry = objectOf({target, event, interval});
    const OSSymbol *key = keyOf(target);
    bool added = timerEvents && timerEventSource && entry && key && timerEvents->setObject(key, entry);
    OSSafeReleaseNULL(entry);
    OSSafeReleaseNULL(key);
    if (!added) {
        return kIOReturnError;
    }
    AbsoluteTime now = 0;
    clock_get_uptime(&now);
    if (timerEvents->getCount() == 1) {
        minimumInterval = interval;
        previousTimerFire = now;
        timerEventSource->wakeAtTime(now + interval);
    } else if (interval < minimumInterval) {
        AbsoluteTime pending = previousTimerFire + minimumInterval;
        minimumInterval = interval;
        if (now + interval < pending) {
            previousTimerFire = now;
            timerEventSource->wakeAtTime(now + interval);
        }
    }
    return kIOReturnSuccess;
}

void IOAudioDevice::removeTimerEvent(OSObject *target) {
    const OSSymbol *key = timerEvents ? keyOf(target) : nullptr;
    if (!key) {
        return;
    }
    timerEvents->removeObject(key);
    key->release();
    if (timerEvents->getCount() == 0) {
        if (timerEventSource) {
            timerEventSource->cancelTimeout();
        }
        return;
    }
    minimumInterval = shortest(timerEvents);
}

void IOAudioDevice::removeAllTimerEvents() {
    if (timerEventSource) {
        timerEventSource->cancelTimeout();
    }
    if (timerEvents) {
        timerEvents->flushCollection();
    }
}

void IOAudioDevice::timerFired(OSObject *owner, IOTimerEventSource *) {
    if (IOAudioDevice *device = OSDynamicCast(IOAudioDevice, owner)) {
        device->dispatchTimerEvents(false);
    }
}

// Every function is called at every tick, whatever its own interval is. In a sleep there is no tick, and none after it
// until the wake forces one.
void IOAudioDevice::dispatchTimerEvents(bool force) {
    if (!timerEvents || (currentPowerState == kIOAudioDeviceSleep && !force)) {
        return;
    }
    AbsoluteTime interval = minimumInterval;
    // A function that removes its entry makes the iterator invalid: those behind it miss this tick.
    forEach<OSSymbol>(timerEvents, [this](OSSymbol *key) {
        if (const TimerEntry *entry = entryIn(timerEvents, key)) {
            entry->event(entry->target, this);
        }
    });
    if (timerEvents->getCount() > 0 && timerEventSource) {
        // From tick to tick, not from now on: a late one does not make the others late.
        previousTimerFire += interval;
        timerEventSource->wakeAtTime(previousTimerFire + minimumInterval);
    }
}
