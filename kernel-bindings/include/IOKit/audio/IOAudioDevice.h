// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioEngine;
class IOAudioPort;
class IOCommandGate;
struct IORegistryPlane;
class IOTimerEventSource;
class IOWorkLoop;
class OSArray;
class OSDictionary;
class OSSet;

enum _IOAudioDevicePowerState {
    kIOAudioDeviceSleep = 0,
    kIOAudioDeviceIdle = 1,
    kIOAudioDeviceActive = 2,
};

typedef enum _IOAudioDevicePowerState IOAudioDevicePowerState;

// 224 bytes, 324 slots.
class IOAudioDevice : public IOService {
public:
    struct ExpansionData;
    typedef void (*TimerEvent)(OSObject *, IOAudioDevice *);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const IORegistryPlane *gIOAudioPlane;
    static const OSMetaClass *const metaClass;
protected:
    static void timerFired(OSObject *, IOTimerEventSource *);
public:
    static IOReturn setPowerStateAction(OSObject *, void *, void *, void *, void *);
    static IOReturn _setPowerStateAction(OSObject *, void *, void *, void *, void *);
    static void idleAudioSleepHandlerTimer(OSObject *, IOTimerEventSource *);
    static IOReturn completePowerStateChangeAction(OSObject *, void *, void *, void *, void *);
protected:
    explicit IOAudioDevice(const OSMetaClass *);
public:
    IOAudioDevice();
protected:
    virtual ~IOAudioDevice();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual bool init(OSDictionary *) override;
    virtual bool willTerminate(IOService *, IOOptionBits) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual IOReturn setAggressiveness(unsigned long, unsigned long) override;
    virtual IOReturn setPowerState(unsigned long, IOService *) override;
    virtual void setDeviceTransportType(const UInt32);
    virtual void setIdleAudioSleepTime(unsigned long long);
    virtual void scheduleIdleAudioSleep();
    virtual void setConfigurationApplicationBundle(const char *);
    virtual void setDeviceCanBeDefault(UInt32);
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
    virtual IOReturn activateAudioEngine(IOAudioEngine *);
    virtual IOReturn activateAudioEngine(IOAudioEngine *, bool);
    virtual void deactivateAllAudioEngines();
    virtual void setFamilyManagePower(bool);
    virtual IOReturn protectedSetPowerState(unsigned long, IOService *);
    virtual IOReturn performPowerStateChange(IOAudioDevicePowerState, IOAudioDevicePowerState, UInt32 *);
    virtual IOReturn completePowerStateChange();
    virtual IOReturn protectedCompletePowerStateChange();
    virtual IOAudioDevicePowerState getPowerState();
    virtual IOAudioDevicePowerState getPendingPowerState();
    virtual void waitForPendingPowerStateChange();
    virtual IOReturn initiatePowerStateChange(UInt32 *);
    virtual void flushAudioControls();
    virtual IOReturn addTimerEvent(OSObject *, TimerEvent, AbsoluteTime);
    virtual void removeTimerEvent(OSObject *);
    virtual void removeAllTimerEvents();
    virtual IOReturn attachAudioPort(IOAudioPort *, IORegistryEntry *, IORegistryEntry *);
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
    UInt32 numRunningAudioEngines;
    IOAudioDevicePowerState currentPowerState;
    IOAudioDevicePowerState pendingPowerState;
    OSArray *audioEngines;
    OSDictionary *timerEvents;
    OSSet *audioPorts;
    AbsoluteTime minimumInterval;
    AbsoluteTime previousTimerFire;
    ExpansionData *reserved;
};

class IOAudioDevice::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
