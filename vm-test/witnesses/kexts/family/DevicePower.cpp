// IOAudioDevice: sleep, wake, and what its engines do to its power state.
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>
#include <IOKit/pwr_mgt/IOPM.h>

#include "Support.h"

// How long a change waits for one that the driver has not completed.
static constexpr UInt64 pendingWait = 1000000000;
// The delay that means "never become idle".
static constexpr unsigned long long neverIdle = ~0ull;

// The event that a driver has completed a change, and the event that the state has changed: addresses, as the kernel has it.
static void *completionOf(IOAudioDevice *device) { return &device->asyncPowerStateChangeInProgress; }
static void *stateOf(IOAudioDevice *device) { return &device->currentPowerState; }

IOReturn IOAudioDevice::setPowerState(unsigned long ordinal, IOService *) {
    // The first call says what state the device is in, before anybody has asked for any.
    if (duringStartup) {
        duringStartup = false;
        return IOPMAckImplied;
    }
    if (ordinal > 1) {
        return IOPMNoSuchState;
    }
    if (workLoop) {
        workLoop->runAction(setPowerStateAction, this, reinterpret_cast<void *>(ordinal), nullptr, nullptr, nullptr);
    }
    return IOPMAckImplied;
}

IOReturn IOAudioDevice::setPowerStateAction(OSObject *owner, void *ordinal, void *whom, void *, void *) {
    IOAudioDevice *device = OSDynamicCast(IOAudioDevice, owner);
    if (!device || !device->commandGate) {
        return kIOReturnBadArgument;
    }
    return device->commandGate->runAction(_setPowerStateAction, ordinal, whom, nullptr, nullptr);
}

IOReturn IOAudioDevice::_setPowerStateAction(OSObject *owner, void *ordinal, void *whom, void *, void *) {
    IOAudioDevice *device = OSDynamicCast(IOAudioDevice, owner);
    if (!device) {
        return kIOReturnBadArgument;
    }
    return device->protectedSetPowerState(reinterpret_cast<unsigned long>(ordinal), static_cast<IOService *>(whom));
}

IOReturn IOAudioDevice::protectedSetPowerState(unsigned long ordinal, IOService *) {
    waitForPendingPowerStateChange();
    if (ordinal == 0) {
        if (currentPowerState != kIOAudioDeviceSleep) {
            pendingPowerState = kIOAudioDeviceSleep;
            if (numRunningAudioEngines > 0) {
                forEach<IOAudioEngine>(audioEngines, [](IOAudioEngine *engine) {
                    if (engine->getState() == kIOAudioEngineRunning) {
                        engine->pauseAudioEngine();
                    }
                });
            }
        }
    } else if (currentPowerState == kIOAudioDeviceSleep) {
        pendingPowerState = numRunningAudioEngines == 0 ? kIOAudioDeviceIdle : kIOAudioDeviceActive;
    }
    if (currentPowerState == pendingPowerState) {
        return kIOReturnSuccess;
    }
    UInt32 microseconds = 0;
    return initiatePowerStateChange(&microseconds);
}

void IOAudioDevice::waitForPendingPowerStateChange() {
    while (asyncPowerStateChangeInProgress) {
        if (sleepInGate(commandGate, completionOf(this), limitsWaits ? pendingWait : 0) != THREAD_AWAKENED) {
            return;
        }
    }
}

IOReturn IOAudioDevice::initiatePowerStateChange(UInt32 *microsecondsUntilComplete) {
    UInt32 own = 0;
    UInt32 *microseconds = microsecondsUntilComplete ? microsecondsUntilComplete : &own;
    *microseconds = 0;
    asyncPowerStateChangeInProgress = true;
    IOReturn result = performPowerStateChange(currentPowerState, pendingPowerState, microseconds);
    if (result == kIOReturnSuccess && *microseconds == 0) {
        asyncPowerStateChangeInProgress = false;
        return protectedCompletePowerStateChange();
    }
    if (result == kIOReturnSuccess || result == IOReturn(IOPMWillAckLater)) {
        // The driver says when it is done: completePowerStateChange.
        return kIOReturnSuccess;
    }
    asyncPowerStateChangeInProgress = false;
    return result;
}

IOReturn IOAudioDevice::performPowerStateChange(IOAudioDevicePowerState, IOAudioDevicePowerState, UInt32 *) {
    return kIOReturnSuccess;
}

IOReturn IOAudioDevice::completePowerStateChange() {
    return commandGate ? commandGate->runAction(completePowerStateChangeAction, nullptr, nullptr, nullptr, nullptr)
                       : kIOReturnError;
}

IOReturn IOAudioDevice::completePowerStateChangeAction(OSObject *owner, void *, void *, void *, void *) {
    IOAudioDevice *device = OSDynamicCast(IOAudioDevice, owner);
    return device ? device->protectedCompletePowerStateChange() : kIOReturnBadArgument;
}

IOReturn IOAudioDevice::protectedCompletePowerStateChange() {
    if (currentPowerState == kIOAudioDeviceSleep) {
        // Ticks stopped with the sleep; one now starts them again.
        AbsoluteTime now = 0;
        clock_get_uptime(&now);
        previousTimerFire = now - minimumInterval;
        dispatchTimerEvents(true);
        if (numRunningAudioEngines > 0) {
            forEach<IOAudioEngine>(audioEngines, [](IOAudioEngine *engine) {
                if (engine->getState() == kIOAudioEnginePaused) {
                    engine->resumeAudioEngine();
                }
            });
        }
    }
    if (asyncPowerStateChangeInProgress) {
        acknowledgeSetPowerState();
        asyncPowerStateChangeInProgress = false;
        commandGate->commandWakeup(completionOf(this), false);
    }
    currentPowerState = pendingPowerState;
    if (commandGate) {
        commandGate->commandWakeup(stateOf(this), false);
    }
    return kIOReturnSuccess;
}

IOAudioDevicePowerState IOAudioDevice::getPowerState() { return currentPowerState; }

IOAudioDevicePowerState IOAudioDevice::getPendingPowerState() { return pendingPowerState; }

void IOAudioDevice::setFamilyManagePower(bool manage) { familyManagePower = manage; }

IOReturn IOAudioDevice::setAggressiveness(unsigned long type, unsigned long level) {
    return IOService::setAggressiveness(type, level);
}

void IOAudioDevice::audioEngineStarting() {
    if (++numRunningAudioEngines != 1) {
        return;
    }
    if (currentPowerState == kIOAudioDeviceIdle) {
        waitForPendingPowerStateChange();
        pendingPowerState = kIOAudioDeviceActive;
        UInt32 microseconds = 0;
        initiatePowerStateChange(&microseconds);
        waitForPendingPowerStateChange();
    } else if (pendingPowerState != kIOAudioDeviceSleep) {
        pendingPowerState = kIOAudioDeviceActive;
    }
}

void IOAudioDevice::audioEngineStopped() {
    if (numRunningAudioEngines > 0) {
        numRunningAudioEngines--;
    }
    if (numRunningAudioEngines == 0 && currentPowerState == kIOAudioDeviceActive) {
        pendingPowerState = kIOAudioDeviceIdle;
        scheduleIdleAudioSleep();
    }
}

// From Active to Idle, which nobody waits for.
static void becomeIdle(IOAudioDevice *device) {
    device->waitForPendingPowerStateChange();
    UInt32 microseconds = 0;
    device->initiatePowerStateChange(&microseconds);
}

void IOAudioDevice::scheduleIdleAudioSleep() {
    if (reserved->idleSleepDelayTime == 0) {
        becomeIdle(this);
        return;
    }
    if (reserved->idleSleepDelayTime == neverIdle) {
        return;
    }
    if (!reserved->idleTimer) {
        reserved->idleTimer = IOTimerEventSource::timerEventSource(this, idleAudioSleepHandlerTimer);
        if (!reserved->idleTimer) {
            return;
        }
        workLoop->addEventSource(reserved->idleTimer);
    }
    reserved->idleTimer->wakeAtTime(deadlineIn(reserved->idleSleepDelayTime));
}

void IOAudioDevice::idleAudioSleepHandlerTimer(OSObject *owner, IOTimerEventSource *) {
    IOAudioDevice *device = OSDynamicCast(IOAudioDevice, owner);
    if (device && device->pendingPowerState == kIOAudioDeviceIdle &&
        device->currentPowerState == kIOAudioDeviceActive) {
        becomeIdle(device);
    }
}

void IOAudioDevice::setIdleAudioSleepTime(unsigned long long delay) {
    if (reserved->idleSleepDelayTime == delay) {
        return;
    }
    reserved->idleSleepDelayTime = delay;
    if (reserved->idleTimer) {
        reserved->idleTimer->cancelTimeout();
    }
    if (pendingPowerState == kIOAudioDeviceIdle && currentPowerState == kIOAudioDeviceActive) {
        scheduleIdleAudioSleep();
    }
}
