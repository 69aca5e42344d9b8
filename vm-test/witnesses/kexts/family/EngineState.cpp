// IOAudioEngine: Stopped, Running, Paused, Resumed.
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioEngine.h>

#include "Support.h"

IOAudioEngineState IOAudioEngine::getState() { return state; }

IOAudioEngineState IOAudioEngine::setState(IOAudioEngineState next) {
    const IOAudioEngineState last = state;
    state = next;
    if (next == kIOAudioEngineRunning) {
        if (last != kIOAudioEngineRunning) {
            addTimer();
        }
    } else if (next == kIOAudioEngineStopped) {
        if (last == kIOAudioEngineRunning) {
            removeTimer();
            // Erases nothing, since the engine does not run any more; the family has always done it.
            performErase();
        } else if (last == kIOAudioEnginePaused && commandGate) {
            commandGate->commandWakeup(&state, false);
        }
    }
    setProperty(kIOAudioEngineStateKey, next, 32);
    return last;
}

IOReturn IOAudioEngine::startAudioEngine() {
    const IOAudioEngineState last = state;
    if (last == kIOAudioEnginePaused) {
        return resumeAudioEngine();
    }
    if (last == kIOAudioEngineRunning) {
        return kIOReturnSuccess;
    }
    if (last == kIOAudioEngineStopped) {
        audioDevice->audioEngineStarting();
    }
    resetStatusBuffer();
    audioEngineStopPosition = {0, 0};
    reserved->pauseCount = 0;
    IOReturn result = performAudioEngineStart();
    if (result == kIOReturnSuccess) {
        setState(kIOAudioEngineRunning);
        sendNotification(kIOAudioEngineStartedNotification);
    } else if (last == kIOAudioEngineStopped) {
        audioDevice->audioEngineStopped();
    }
    return result;
}

IOReturn IOAudioEngine::stopAudioEngine() {
    if (state != kIOAudioEngineRunning && state != kIOAudioEngineResumed) {
        return kIOReturnSuccess;
    }
    // A resumed engine has been stopped already, by the pause.
    IOReturn result = state == kIOAudioEngineRunning ? performAudioEngineStop() : kIOReturnSuccess;
    if (result == kIOReturnSuccess) {
        setState(kIOAudioEngineStopped);
        sendNotification(kIOAudioEngineStoppedNotification);
        audioDevice->audioEngineStopped();
    }
    return result;
}

IOReturn IOAudioEngine::pauseAudioEngine() {
    // Counted whatever the state, so that each pause has its resume.
    reserved->pauseCount++;
    if (state != kIOAudioEngineRunning && state != kIOAudioEngineResumed) {
        return kIOReturnSuccess;
    }
    IOReturn result = performAudioEngineStop();
    if (result == kIOReturnSuccess) {
        if (pauseClearsFirst) {
            setState(kIOAudioEnginePaused);
            clearAllSampleBuffers();
            sendNotification(kIOAudioEnginePausedNotification);
        } else {
            lockAllStreams();
            setState(kIOAudioEnginePaused);
            unlockAllStreams();
            sendNotification(kIOAudioEnginePausedNotification);
            clearAllSampleBuffers();
        }
    }
    return result;
}

IOReturn IOAudioEngine::resumeAudioEngine() {
    if (reserved->pauseCount == 0 || --reserved->pauseCount != 0 || state != kIOAudioEnginePaused) {
        return kIOReturnSuccess;
    }
    setState(kIOAudioEngineResumed);
    sendNotification(kIOAudioEngineResumedNotification);
    if (commandGate) {
        commandGate->commandWakeup(&state, false);
    }
    // Nobody will start it again who could also stop it.
    if (numActiveUserClients == 0 && isSet(audioEngineStopPosition) &&
        audioDevice->getPowerState() != kIOAudioDeviceSleep) {
        return stopAudioEngine();
    }
    return kIOReturnSuccess;
}

IOReturn IOAudioEngine::hardwareSampleRateChanged(const IOAudioSampleRate *rate) {
    if (!rate || (rate->whole == sampleRate.whole && rate->fraction == sampleRate.fraction)) {
        return kIOReturnSuccess;
    }
    const bool wasRunning = state == kIOAudioEngineRunning;
    if (wasRunning) {
        pauseAudioEngine();
    }
    setSampleRate(rate);
    if (!configurationChangeInProgress) {
        sendNotification(kIOAudioEngineChangeNotification);
    }
    if (wasRunning) {
        resumeAudioEngine();
    }
    return kIOReturnSuccess;
}
