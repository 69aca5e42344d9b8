#include "Engine.h"

#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>
#include <IOKit/audio/IOAudioStream.h>
#include <IOKit/audio/IOAudioToggleControl.h>
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSNumber.h>
#include <libkern/c++/OSString.h>

#include "driver.h"

using Engine = org_loopflower_driver_Engine;
OSDefineMetaClassAndStructors(org_loopflower_driver_Engine, IOAudioEngine)

static const char *text(const OSObject *object) {
    const OSString *string = OSDynamicCast(OSString, object);
    return string ? string->getCStringNoCopy() : nullptr;
}

static UInt64 number(const OSObject *object) {
    const OSNumber *value = OSDynamicCast(OSNumber, object);
    return value ? value->unsigned64BitValue() : 0;
}

bool Engine::init(OSDictionary *definition) {
    if (!IOAudioEngine::init(definition)) {
        return false;
    }
    LfDefinition read = {text(getProperty("Name")), text(getProperty("UID")), number(getProperty("Channels")), 0, {}};
    const OSArray *rates = OSDynamicCast(OSArray, getProperty("Rates"));
    read.rateCount = rates ? rates->getCount() : 0;
    for (UInt32 index = 0; index < read.rateCount && index < sizeof read.rates / sizeof read.rates[0]; index++) {
        read.rates[index] = number(rates->getObject(index));
    }
    instance = lf_engine_create(&read);
    return instance != nullptr;
}

// Also after a start that failed, without a stop.
void Engine::free() {
    dropTimer();
    if (instance) {
        lf_engine_destroy(instance);
        instance = nullptr;
    }
    IOAudioEngine::free();
}

bool Engine::initHardware(IOService *provider) {
    LfShape shape;
    lf_engine_shape(instance, &shape);
    if (!IOAudioEngine::initHardware(provider) || !makeTimer()) {
        return false;
    }
    setDescription(name());
    setClockDomain(shape.clockDomain);
    setClockIsStable(true);
    setSampleRate(&shape.rates[0]);
    setNumSampleFramesPerBuffer(shape.ringFrames);
    // What is written is there to be read at once.
    setOutputSampleLatency(0);
    setInputSampleLatency(0);
    setOutputSampleOffset(0);
    setInputSampleOffset(0);
    if (addStream(kIOAudioStreamDirectionOutput, shape) && addStream(kIOAudioStreamDirectionInput, shape) && addMute()) {
        return true;
    }
    // The family calls no stop after a start that failed.
    detachAudioStreams();
    removeAllDefaultAudioControls();
    return false;
}

// A termination of the provider skips performAudioEngineStop: the timer ends here.
void Engine::stop(IOService *provider) {
    lf_engine_stop(instance);
    dropTimer();
    IOAudioEngine::stop(provider);
}

bool Engine::makeTimer() {
    timer = IOTimerEventSource::timerEventSource(this, lapDue);
    if (!timer) {
        return false;
    }
    if (getWorkLoop()->addEventSource(timer) == kIOReturnSuccess) {
        return true;
    }
    timer->release();
    timer = nullptr;
    return false;
}

void Engine::dropTimer() {
    if (timer) {
        timer->cancelTimeout();
        getWorkLoop()->removeEventSource(timer);
        timer->release();
        timer = nullptr;
    }
}

bool Engine::addStream(IOAudioStreamDirection direction, const LfShape &shape) {
    IOAudioStream *stream = new IOAudioStream;
    if (!stream) {
        return false;
    }
    bool added = false;
    if (stream->initWithAudioEngine(this, direction, 1, name(), nullptr)) {
        for (UInt32 index = 0; index < shape.rateCount; index++) {
            const IOAudioSampleRate *rate = &shape.rates[index];
            stream->addAvailableFormat(&shape.format, rate, rate, nullptr, 0);
        }
        stream->setSampleBuffer(shape.ring, shape.ringBytes);
        added = stream->setFormat(&shape.format, false) == kIOReturnSuccess && addAudioStream(stream) == kIOReturnSuccess;
    }
    stream->release();
    return added;
}

bool Engine::addMute() {
    IOAudioToggleControl *mute = IOAudioToggleControl::createMuteControl(
        false, kIOAudioControlChannelIDAll, kIOAudioControlChannelNameAll, 0, kIOAudioControlUsageOutput);
    if (!mute) {
        return false;
    }
    mute->setValueChangeHandler(muteChanged, this);
    bool added = addDefaultAudioControl(mute) == kIOReturnSuccess;
    mute->release();
    return added;
}

const char *Engine::name() const { return text(getProperty("Name")); }

OSString *Engine::getGlobalUniqueID() { return OSString::withCString(text(getProperty("UID"))); }

IOReturn Engine::performAudioEngineStart() { return lf_engine_start(instance, this); }

IOReturn Engine::performAudioEngineStop() {
    if (timer) {
        timer->cancelTimeout();
    }
    return lf_engine_stop(instance);
}

IOReturn Engine::performFormatChange(IOAudioStream *, const IOAudioStreamFormat *format,
                                     const IOAudioStreamFormatExtension *, const IOAudioSampleRate *rate) {
    return lf_engine_change_format(instance, format, rate);
}

UInt32 Engine::getCurrentSampleFrame() { return lf_engine_current_frame(instance); }

IOReturn Engine::clipOutputSamples(const void *mix, void *, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                   IOAudioStream *) {
    return lf_engine_write(instance, mix, first, frames);
}

IOReturn Engine::convertInputSamples(const void *, void *client, UInt32 first, UInt32 frames,
                                     const IOAudioStreamFormat *, IOAudioStream *) {
    return lf_engine_read(instance, client, first, frames);
}

IOReturn Engine::eraseOutputSamples(const void *mix, void *, UInt32 first, UInt32 frames, const IOAudioStreamFormat *,
                                    IOAudioStream *) {
    return lf_engine_erase(instance, mix, first, frames);
}

void Engine::lapDue(OSObject *owner, IOTimerEventSource *) {
    Engine *engine = static_cast<Engine *>(owner);
    lf_engine_timer(engine->instance, engine);
}

IOReturn Engine::muteChanged(OSObject *owner, IOAudioControl *, SInt32, SInt32 after) {
    return lf_engine_set_muted(static_cast<Engine *>(owner)->instance, after != 0);
}

IOReturn Engine::wakeAt(UInt64 time) { return timer ? timer->wakeAtTime(time) : kIOReturnNotReady; }

// What the Rust library calls back.

void lf_host_take_time_stamp(void *host, bool nextLap, UInt64 time) {
    static_cast<Engine *>(host)->takeTimeStamp(nextLap, &time);
}

IOReturn lf_host_wake_at(void *host, UInt64 time) { return static_cast<Engine *>(host)->wakeAt(time); }

void lf_host_restart(void *host) {
    static_cast<Engine *>(host)->pauseAudioEngine();
    static_cast<Engine *>(host)->resumeAudioEngine();
}
