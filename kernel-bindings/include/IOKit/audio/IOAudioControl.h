// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioControlUserClient;
class IOCommandGate;
class IOUserClient;
class IOWorkLoop;
class OSDictionary;
class OSSet;
struct task;

// 224 bytes, 330 slots.
class IOAudioControl : public IOService {
public:
    struct ExpansionData;
    typedef IOReturn (*DataValueChangeHandler)(OSObject *, IOAudioControl *, const void *, UInt32, const void *, UInt32);
    typedef IOReturn (*IntValueChangeHandler)(OSObject *, IOAudioControl *, SInt32, SInt32);
    typedef IOReturn (*ObjectValueChangeHandler)(OSObject *, IOAudioControl *, OSObject *, OSObject *);
    enum ValueChangeHandlerType {
        kIntValueChangeHandler = 0,
        kDataValueChangeHandler = 1,
        kObjectValueChangeHandler = 2,
    };
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    void setWorkLoop(IOWorkLoop *);
    static IOReturn setValueAction(OSObject *, void *, void *, void *, void *);
    static IOAudioControl *withAttributes(UInt32, OSObject *, UInt32, const char *, UInt32, UInt32, UInt32);
    static IOReturn _setValueAction(OSObject *, void *, void *, void *, void *);
protected:
    static IOReturn addUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn _addUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn _removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn detachUserClientsAction(OSObject *, void *, void *, void *, void *);
    explicit IOAudioControl(const OSMetaClass *);
public:
    IOAudioControl();
protected:
    virtual ~IOAudioControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual IOReturn setProperties(OSObject *) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual IOReturn newUserClient(task *, void *, UInt32, OSDictionary *, IOUserClient **) override;
    virtual IOReturn newUserClient(task *, void *, UInt32, IOUserClient **) override;
    virtual void sendChangeNotification(UInt32);
    virtual void setReadOnlyFlag();
    virtual void sendQueuedNotifications();
    virtual IOReturn createUserClient(task *, void *, UInt32, IOAudioControlUserClient **, OSDictionary *);
private:
    virtual void _RESERVEDIOAudioControl4();
    virtual void _RESERVEDIOAudioControl5();
    virtual void _RESERVEDIOAudioControl6();
    virtual void _RESERVEDIOAudioControl7();
    virtual void _RESERVEDIOAudioControl8();
    virtual void _RESERVEDIOAudioControl9();
    virtual void _RESERVEDIOAudioControl10();
    virtual void _RESERVEDIOAudioControl11();
    virtual void _RESERVEDIOAudioControl12();
    virtual void _RESERVEDIOAudioControl13();
    virtual void _RESERVEDIOAudioControl14();
    virtual void _RESERVEDIOAudioControl15();
    virtual void _RESERVEDIOAudioControl16();
    virtual void _RESERVEDIOAudioControl17();
    virtual void _RESERVEDIOAudioControl18();
    virtual void _RESERVEDIOAudioControl19();
    virtual void _RESERVEDIOAudioControl20();
    virtual void _RESERVEDIOAudioControl21();
    virtual void _RESERVEDIOAudioControl22();
    virtual void _RESERVEDIOAudioControl23();
public:
    virtual bool init(UInt32, OSObject *, UInt32, const char *, UInt32, UInt32, UInt32, OSDictionary *);
    virtual bool attachAndStart(IOService *);
    virtual bool getIsStarted();
    virtual IOWorkLoop *getWorkLoop();
    virtual IOCommandGate *getCommandGate();
    virtual IOReturn createUserClient(task *, void *, UInt32, IOAudioControlUserClient **);
    virtual void clientClosed(IOAudioControlUserClient *);
    virtual void setValueChangeHandler(IntValueChangeHandler, OSObject *);
    virtual void setValueChangeHandler(DataValueChangeHandler, OSObject *);
    virtual void setValueChangeHandler(ObjectValueChangeHandler, OSObject *);
    virtual void setValueChangeTarget(OSObject *);
    virtual IOReturn flushValue();
    virtual IOReturn setValue(OSObject *);
    virtual IOReturn setValue(SInt32);
    virtual IOReturn hardwareValueChanged(OSObject *);
    virtual OSObject *getValue();
    virtual SInt32 getIntValue();
    virtual const void *getDataBytes();
    virtual UInt32 getDataLength();
    virtual UInt32 getControlID();
    virtual UInt32 getChannelID();
    virtual UInt32 getType();
    virtual UInt32 getSubType();
    virtual UInt32 getUsage();
    virtual void setCoreAudioPropertyID(UInt32);
protected:
    virtual void sendValueChangeNotification();
    virtual void setChannelName(const char *);
    virtual void setChannelID(UInt32);
    virtual void setChannelNumber(SInt32);
    virtual void setType(UInt32);
    virtual void setSubType(UInt32);
    virtual void setUsage(UInt32);
    virtual void setControlID(UInt32);
    virtual IOReturn validateValue(OSObject *);
    virtual IOReturn updateValue(OSObject *);
    virtual IOReturn _setValue(OSObject *);
    virtual IOReturn performValueChange(OSObject *);
    virtual IOReturn addUserClient(IOAudioControlUserClient *);
    virtual IOReturn removeUserClient(IOAudioControlUserClient *);
    virtual IOReturn detachUserClients();
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    bool isStarted;
    UInt32 controlID;
    UInt32 channelID;
    UInt32 type;
    UInt32 subType;
    UInt32 usage;
    OSObject *value;
    ValueChangeHandlerType valueChangeHandlerType;
    union {
        IntValueChangeHandler intHandler;
        DataValueChangeHandler dataHandler;
        ObjectValueChangeHandler objectHandler;
    } valueChangeHandler;
    OSObject *valueChangeTarget;
    OSSet *userClients;
    ExpansionData *reserved;
};

class IOAudioControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
