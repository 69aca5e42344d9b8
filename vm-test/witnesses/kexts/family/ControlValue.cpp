// IOAudioControl: the value. User space changes it after the driver agreed; the hardware changes it itself.
#include <libkern/c++/OSData.h>

#include "Control.h"

void IOAudioControl::setValueChangeHandler(IntValueChangeHandler handler, OSObject *target) {
    valueChangeHandlerType = kIntValueChangeHandler;
    valueChangeHandler.intHandler = handler;
    setValueChangeTarget(target);
}

void IOAudioControl::setValueChangeHandler(DataValueChangeHandler handler, OSObject *target) {
    valueChangeHandlerType = kDataValueChangeHandler;
    valueChangeHandler.dataHandler = handler;
    setValueChangeTarget(target);
}

void IOAudioControl::setValueChangeHandler(ObjectValueChangeHandler handler, OSObject *target) {
    valueChangeHandlerType = kObjectValueChangeHandler;
    valueChangeHandler.objectHandler = handler;
    setValueChangeTarget(target);
}

void IOAudioControl::setValueChangeTarget(OSObject *target) { valueChangeTarget = target; }

// User space sets numbers only; what is no number is passed over.
IOReturn IOAudioControl::setProperties(OSObject *properties) {
    OSDictionary *dictionary = OSDynamicCast(OSDictionary, properties);
    if (!dictionary) {
        return kIOReturnBadArgument;
    }
    OSNumber *number = OSDynamicCast(OSNumber, dictionary->getObject(kIOAudioControlValueKey));
    if (!number) {
        return kIOReturnSuccess;
    }
    return workLoop ? workLoop->runAction(setValueAction, this, number, nullptr, nullptr, nullptr) : kIOReturnError;
}

IOReturn IOAudioControl::setValueAction(OSObject *owner, void *newValue, void *, void *, void *) {
    return throughGate<IOAudioControl>(owner, _setValueAction, newValue);
}

IOReturn IOAudioControl::_setValueAction(OSObject *owner, void *newValue, void *, void *, void *) {
    IOAudioControl *control = OSDynamicCast(IOAudioControl, owner);
    return control ? control->_setValue(static_cast<OSObject *>(newValue)) : kIOReturnBadArgument;
}

IOReturn IOAudioControl::_setValue(OSObject *newValue) { return setValue(newValue); }

IOReturn IOAudioControl::setValue(SInt32 newValue) {
    OSNumber *number = OSNumber::withNumber(UInt32(newValue), 32);
    if (!number) {
        return kIOReturnNoMemory;
    }
    const IOReturn result = setValue(number);
    number->release();
    return result;
}

// Whether a value is what the control has already. Numbers are, whatever their widths.
static bool isSame(OSObject *one, OSObject *other) {
    OSNumber *first = OSDynamicCast(OSNumber, one), *second = OSDynamicCast(OSNumber, other);
    if (first && second) {
        return first->unsigned64BitValue() == second->unsigned64BitValue();
    }
    return one && one->isEqualTo(other);
}

IOReturn IOAudioControl::setValue(OSObject *newValue) {
    if (!newValue) {
        return kIOReturnBadArgument;
    }
    if (isSame(value, newValue)) {
        return kIOReturnSuccess;
    }
    IOReturn result = validateValue(newValue);
    if (result == kIOReturnSuccess) {
        result = performValueChange(newValue);
    }
    return result == kIOReturnSuccess ? updateValue(newValue) : result;
}

IOReturn IOAudioControl::hardwareValueChanged(OSObject *newValue) {
    if (!newValue) {
        return kIOReturnBadArgument;
    }
    if (isSame(value, newValue)) {
        return kIOReturnSuccess;
    }
    const IOReturn result = validateValue(newValue);
    return result == kIOReturnSuccess ? updateValue(newValue) : result;
}

IOReturn IOAudioControl::flushValue() { return performValueChange(value); }

IOReturn IOAudioControl::validateValue(OSObject *) { return kIOReturnSuccess; }

IOReturn IOAudioControl::updateValue(OSObject *newValue) {
    OSObject *last = value;
    value = newValue;
    value->retain();
    OSSafeReleaseNULL(last);
    setProperty(kIOAudioControlValueKey, value);
    sendValueChangeNotification();
    return kIOReturnSuccess;
}

// Asks the driver. A control that nobody handles cannot be changed.
IOReturn IOAudioControl::performValueChange(OSObject *newValue) {
    if (!valueChangeHandler.intHandler) {
        return kIOReturnError;
    }
    if (valueChangeHandlerType == kIntValueChangeHandler) {
        OSNumber *last = OSDynamicCast(OSNumber, value), *next = OSDynamicCast(OSNumber, newValue);
        return last && next ? valueChangeHandler.intHandler(valueChangeTarget, this, SInt32(last->unsigned32BitValue()),
                                                            SInt32(next->unsigned32BitValue()))
                            : kIOReturnError;
    }
    if (valueChangeHandlerType == kDataValueChangeHandler) {
        OSData *last = OSDynamicCast(OSData, value), *next = OSDynamicCast(OSData, newValue);
        return last && next ? valueChangeHandler.dataHandler(valueChangeTarget, this, last->getBytesNoCopy(),
                                                             last->getLength(), next->getBytesNoCopy(),
                                                             next->getLength())
                            : kIOReturnError;
    }
    return valueChangeHandler.objectHandler(valueChangeTarget, this, value, newValue);
}

OSObject *IOAudioControl::getValue() { return value; }

SInt32 IOAudioControl::getIntValue() {
    OSNumber *number = OSDynamicCast(OSNumber, value);
    return number ? SInt32(number->unsigned32BitValue()) : 0;
}

const void *IOAudioControl::getDataBytes() {
    OSData *data = OSDynamicCast(OSData, value);
    return data ? data->getBytesNoCopy() : nullptr;
}

UInt32 IOAudioControl::getDataLength() {
    OSData *data = OSDynamicCast(OSData, value);
    return data ? data->getLength() : 0;
}
