// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioDevice;
class IOAudioEngine;
class IOAudioPort;
class IOCommandGate;
class IORegistryEntry;
struct IORegistryPlane;
class IOService;
class IOTimerEventSource;
class IOWorkLoop;
class OSArray;
class OSDictionary;
class OSMetaClass;
class OSObject;
class OSSet;

enum _IOAudioDevicePowerState {
    kIOAudioDeviceSleep = 0,
    kIOAudioDeviceIdle = 1,
    kIOAudioDeviceActive = 2,
};

typedef enum _IOAudioDevicePowerState IOAudioDevicePowerState;

class IOAudioDevice : public IOService {
public:
    typedef void (*TimerEvent)(OSObject *, IOAudioDevice *);
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
    static const IORegistryPlane *gIOAudioPlane;
protected:
    explicit IOAudioDevice(const OSMetaClass *);
public:
    IOAudioDevice();
    static void idleAudioSleepHandlerTimer(OSObject *, IOTimerEventSource *);
    static int setPowerStateAction(OSObject *, void *, void *, void *, void *);
    static int _setPowerStateAction(OSObject *, void *, void *, void *, void *);
    static int completePowerStateChangeAction(OSObject *, void *, void *, void *, void *);
protected:
    static void timerFired(OSObject *, IOTimerEventSource *);
    virtual ~IOAudioDevice();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual bool init(OSDictionary *) override;
    virtual bool willTerminate(IOService *, unsigned int) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual int setAggressiveness(unsigned long, unsigned long) override;
    virtual int setPowerState(unsigned long, IOService *) override;
    virtual void setDeviceTransportType(const unsigned int);
    virtual void setIdleAudioSleepTime(unsigned long long);
    virtual void scheduleIdleAudioSleep();
    virtual void setConfigurationApplicationBundle(const char *);
    virtual void setDeviceCanBeDefault(unsigned int);
    virtual void setDeviceModelName(const char *);
private:
    virtual void _RESERVEDIOAudioDevice6();
    virtual void _RESERVEDIOAudioDevice7();
    virtual void _RESERVEDIOAudioDevice8();
    virtual void _RESERVEDIOAudioDevice9();
    virtual void _RESERVEDIOAudioDevice10();
    virtual void _RESERVEDIOAudioDevice11();
    virtual void _RESERVEDIOAudioDevice12();
    virtual void _RESERVEDIOAudioDevice13();
    virtual void _RESERVEDIOAudioDevice14();
    virtual void _RESERVEDIOAudioDevice15();
    virtual void _RESERVEDIOAudioDevice16();
    virtual void _RESERVEDIOAudioDevice17();
    virtual void _RESERVEDIOAudioDevice18();
    virtual void _RESERVEDIOAudioDevice19();
    virtual void _RESERVEDIOAudioDevice20();
    virtual void _RESERVEDIOAudioDevice21();
    virtual void _RESERVEDIOAudioDevice22();
    virtual void _RESERVEDIOAudioDevice23();
    virtual void _RESERVEDIOAudioDevice24();
    virtual void _RESERVEDIOAudioDevice25();
    virtual void _RESERVEDIOAudioDevice26();
    virtual void _RESERVEDIOAudioDevice27();
    virtual void _RESERVEDIOAudioDevice28();
    virtual void _RESERVEDIOAudioDevice29();
    virtual void _RESERVEDIOAudioDevice30();
    virtual void _RESERVEDIOAudioDevice31();
public:
    virtual bool initHardware(IOService *);
    virtual void setDeviceName(const char *);
    virtual void setDeviceShortName(const char *);
    virtual void setManufacturerName(const char *);
    virtual IOCommandGate *getCommandGate() const;
    virtual int activateAudioEngine(IOAudioEngine *);
    virtual int activateAudioEngine(IOAudioEngine *, bool);
    virtual void deactivateAllAudioEngines();
    virtual void setFamilyManagePower(bool);
    virtual int protectedSetPowerState(unsigned long, IOService *);
    virtual int performPowerStateChange(_IOAudioDevicePowerState, _IOAudioDevicePowerState, unsigned int *);
    virtual int completePowerStateChange();
    virtual int protectedCompletePowerStateChange();
    virtual _IOAudioDevicePowerState getPowerState();
    virtual _IOAudioDevicePowerState getPendingPowerState();
    virtual void waitForPendingPowerStateChange();
    virtual int initiatePowerStateChange(unsigned int *);
    virtual void flushAudioControls();
    virtual int addTimerEvent(OSObject *, void (*)(OSObject *, IOAudioDevice *), unsigned long long);
    virtual void removeTimerEvent(OSObject *);
    virtual void removeAllTimerEvents();
    virtual int attachAudioPort(IOAudioPort *, IORegistryEntry *, IORegistryEntry *);
    virtual void detachAllAudioPorts();
protected:
    virtual void dispatchTimerEvents(bool);
    virtual void audioEngineStarting();
    virtual void audioEngineStopped();
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    IOTimerEventSource *timerEventSource;
    bool duringStartup;
    bool familyManagePower;
    bool asyncPowerStateChangeInProgress;
    unsigned int numRunningAudioEngines;
    _IOAudioDevicePowerState currentPowerState;
    _IOAudioDevicePowerState pendingPowerState;
    OSArray *audioEngines;
    OSDictionary *timerEvents;
    OSSet *audioPorts;
    unsigned long long minimumInterval;
    unsigned long long previousTimerFire;
    IOAudioDevice::ExpansionData *reserved;
};

class IOAudioDevice::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
