#include "Telling.h"

#if TELLS
#include <IOKit/IOLib.h>

DEFINE_CLASS(TELLING_DEVICE, DEVICE_CLASS)
DEFINE_CLASS(TELLING_ENGINE, ENGINE_CLASS)

// What the device writes.
#define DEVICE_TELLS(...) IOLog("call: device " __VA_ARGS__)

bool TELLING_DEVICE::start(IOService *provider) {
    DEVICE_TELLS("start\n");
    return DEVICE_CLASS::start(provider);
}

bool TELLING_DEVICE::initHardware(IOService *provider) {
    DEVICE_TELLS("initHardware\n");
    return DEVICE_CLASS::initHardware(provider);
}

void TELLING_DEVICE::stop(IOService *provider) {
    DEVICE_TELLS("stop\n");
    DEVICE_CLASS::stop(provider);
}

bool TELLING_DEVICE::willTerminate(IOService *provider, IOOptionBits options) {
    DEVICE_TELLS("willTerminate\n");
    return DEVICE_CLASS::willTerminate(provider, options);
}

IOReturn TELLING_DEVICE::performPowerStateChange(IOAudioDevicePowerState from, IOAudioDevicePowerState to,
                                                 UInt32 *time) {
    DEVICE_TELLS("performPowerStateChange %u to %u\n", from, to);
    return DEVICE_CLASS::performPowerStateChange(from, to, time);
}

void TELLING_ENGINE::tell(const char *call) {
    told = 0;
    IOLog("call: %s %s in state %u\n", name(), call, getState());
}

void TELLING_ENGINE::tellOnce(UInt32 which, const char *call) {
    if (!(told & which)) {
        told |= which;
        IOLog("cycle: %s %s\n", name(), call);
    }
}

bool TELLING_ENGINE::start(IOService *provider) {
    tell("start");
    return ENGINE_CLASS::start(provider);
}

bool TELLING_ENGINE::initHardware(IOService *provider) {
    tell("initHardware");
    return ENGINE_CLASS::initHardware(provider);
}

void TELLING_ENGINE::stop(IOService *provider) {
    tell("stop");
    ENGINE_CLASS::stop(provider);
}

OSString *TELLING_ENGINE::getGlobalUniqueID() {
    tell("getGlobalUniqueID");
    return ENGINE_CLASS::getGlobalUniqueID();
}

IOReturn TELLING_ENGINE::newUserClient(task *task, void *token, UInt32 type, OSDictionary *properties,
                                       IOUserClient **client) {
    tell("newUserClient");
    return ENGINE_CLASS::newUserClient(task, token, type, properties, client);
}

IOReturn TELLING_ENGINE::startAudioEngine() {
    tell("startAudioEngine");
    return ENGINE_CLASS::startAudioEngine();
}

IOReturn TELLING_ENGINE::stopAudioEngine() {
    tell("stopAudioEngine");
    return ENGINE_CLASS::stopAudioEngine();
}

IOReturn TELLING_ENGINE::pauseAudioEngine() {
    tell("pauseAudioEngine");
    return ENGINE_CLASS::pauseAudioEngine();
}

IOReturn TELLING_ENGINE::resumeAudioEngine() {
    tell("resumeAudioEngine");
    return ENGINE_CLASS::resumeAudioEngine();
}

IOReturn TELLING_ENGINE::performAudioEngineStart() {
    tell("performAudioEngineStart");
    return ENGINE_CLASS::performAudioEngineStart();
}

IOReturn TELLING_ENGINE::performAudioEngineStop() {
    tell("performAudioEngineStop");
    return ENGINE_CLASS::performAudioEngineStop();
}

IOReturn TELLING_ENGINE::performFormatChange(IOAudioStream *stream, const IOAudioStreamFormat *format,
                                             const IOAudioStreamFormatExtension *extension,
                                             const IOAudioSampleRate *rate) {
    tell(rate ? "performFormatChange with a rate" : "performFormatChange");
    return ENGINE_CLASS::performFormatChange(stream, format, extension, rate);
}

void TELLING_ENGINE::resetClipPosition(IOAudioStream *stream, UInt32 frame) {
    tellOnce(1, "resetClipPosition");
    ENGINE_CLASS::resetClipPosition(stream, frame);
}

UInt32 TELLING_ENGINE::getCurrentSampleFrame() {
    tellOnce(2, "getCurrentSampleFrame");
    return ENGINE_CLASS::getCurrentSampleFrame();
}

IOReturn TELLING_ENGINE::mixOutputSamples(const void *client, void *mix, UInt32 first, UInt32 frames,
                                          const IOAudioStreamFormat *format, IOAudioStream *stream) {
    tellOnce(4, "mixOutputSamples");
    return ENGINE_CLASS::mixOutputSamples(client, mix, first, frames, format, stream);
}

IOReturn TELLING_ENGINE::clipOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames,
                                           const IOAudioStreamFormat *format, IOAudioStream *stream) {
    tellOnce(8, "clipOutputSamples");
    return ENGINE_CLASS::clipOutputSamples(mix, sample, first, frames, format, stream);
}

IOReturn TELLING_ENGINE::convertInputSamples(const void *sample, void *client, UInt32 first, UInt32 frames,
                                             const IOAudioStreamFormat *format, IOAudioStream *stream) {
    tellOnce(16, "convertInputSamples");
    return ENGINE_CLASS::convertInputSamples(sample, client, first, frames, format, stream);
}

IOReturn TELLING_ENGINE::eraseOutputSamples(const void *mix, void *sample, UInt32 first, UInt32 frames,
                                            const IOAudioStreamFormat *format, IOAudioStream *stream) {
    tellOnce(32, "eraseOutputSamples");
    return ENGINE_CLASS::eraseOutputSamples(mix, sample, first, frames, format, stream);
}
#endif
