// What the Rust library has done to the engine that called it.
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/audio/IOAudioDevice.h>
#include <IOKit/audio/IOAudioLevelControl.h>
#include <IOKit/audio/IOAudioSelectorControl.h>
#include <IOKit/audio/IOAudioToggleControl.h>

#include "Engine.h"

using Engine = org_loopflower_driver_Engine;

void Engine::describe(const LfDescription *as) {
    audioDevice->setDeviceName(as->name);
    audioDevice->setManufacturerName("Loopflower");
    audioDevice->setDeviceTransportType(kIOAudioDeviceTransportTypeVirtual);
    audioDevice->setDeviceCanBeDefault(as->defaults);
    setDescription(as->name);
    setProperty(kIOAudioEngineIsHiddenKey, as->hidden);
    setSampleRate(&as->rate);
    setNumSampleFramesPerBuffer(as->ringFrames);
    setOutputSampleLatency(as->latency);
    setInputSampleLatency(as->latency);
    setOutputSampleOffset(as->safetyOffset);
    setInputSampleOffset(as->safetyOffset);
}

extern "C" {
void lf_host_describe(Engine *engine, const LfDescription *as) { engine->describe(as); }

void lf_host_set_clock(Engine *engine, UInt32 domain, bool stable) {
    engine->beginConfigurationChange();
    engine->setClockDomain(domain);
    engine->setClockIsStable(stable);
    engine->completeConfigurationChange();
}

bool lf_host_add_stream(Engine *engine, const LfStream *as) {
    IOAudioStream *stream = new IOAudioStream;
    if (!stream) {
        return false;
    }
    bool added = stream->initWithAudioEngine(engine, as->direction, 1, nullptr, nullptr);
    for (UInt32 at = 0; added && at < as->formatCount * as->rateCount; at++) {
        const IOAudioSampleRate *rate = &as->rates[at % as->rateCount];
        stream->addAvailableFormat(&as->formats[at / as->rateCount], rate, rate, nullptr, 0);
    }
    if (added) {
        stream->setSampleBuffer(as->ring, as->ringBytes);
        added = stream->setFormat(as->formats, false) == kIOReturnSuccess &&
                engine->addAudioStream(stream) == kIOReturnSuccess;
    }
    stream->release();
    return added;
}

static IOAudioControl *make(const LfControl *as) {
    if (as->type == kIOAudioControlTypeToggle) {
        return IOAudioToggleControl::create(as->value, as->channel, as->name, as->id, as->subType, as->usage);
    }
    if (as->type == kIOAudioControlTypeLevel) {
        auto *level = IOAudioLevelControl::create(as->value, 0, as->most, as->leastDB, as->mostDB, as->channel, as->name,
                                                  as->id, as->subType, as->usage);
        if (level && as->silent) {
            level->addNegativeInfinity(0);
        }
        return level;
    }
    auto *selector = IOAudioSelectorControl::create(as->value, as->channel, as->name, as->id, as->subType, as->usage);
    for (SInt32 value = 0; selector && value <= as->most; value++) {
        // The family's form for a C string leaks.
        if (OSString *text = OSString::withCString(as->selections[value])) {
            selector->addAvailableSelection(value, text);
            text->release();
        }
    }
    return selector;
}

bool lf_host_add_control(Engine *engine, const LfControl *as) {
    IOAudioControl *control = make(as);
    if (!control) {
        return false;
    }
    control->setValueChangeHandler(Engine::controlChanged, engine);
    bool added = engine->addDefaultAudioControl(control) == kIOReturnSuccess;
    control->release();
    return added;
}

IOReturn lf_host_follow_format(Engine *engine, IOAudioStreamDirection direction, const IOAudioStreamFormat *format) {
    IOAudioStream *stream = engine->getAudioStream(direction, 1);
    return stream ? stream->hardwareFormatChanged(format) : kIOReturnNotFound;
}

void lf_host_take_time_stamp(Engine *engine, bool nextLap, UInt64 time) { engine->takeTimeStamp(nextLap, &time); }

IOReturn lf_host_wake_at(Engine *engine, UInt64 time) {
    return engine->timer ? engine->timer->wakeAtTime(time) : kIOReturnNotReady;
}

void lf_host_cancel(Engine *engine) {
    if (engine->timer) {
        engine->timer->cancelTimeout();
    }
}

void lf_host_restart(Engine *engine) {
    engine->pauseAudioEngine();
    engine->resumeAudioEngine();
}

void lf_host_publish(Engine *engine, const char *key, OSObject *value) { engine->setProperty(key, value); }
}
