// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioControlUserClient;
class IOCommandGate;
class IOService;
class IOUserClient;
class IOWorkLoop;
class OSDictionary;
class OSMetaClass;
class OSObject;
class OSSet;
struct task;

class IOAudioControl : public IOService {
public:
    typedef int (*DataValueChangeHandler)(OSObject *, IOAudioControl *, const void *, unsigned int, const void *, unsigned int);
    typedef int (*IntValueChangeHandler)(OSObject *, IOAudioControl *, int, int);
    typedef int (*ObjectValueChangeHandler)(OSObject *, IOAudioControl *, OSObject *, OSObject *);
    enum ValueChangeHandlerType {
        kIntValueChangeHandler = 0,
        kDataValueChangeHandler = 1,
        kObjectValueChangeHandler = 2,
    };
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
protected:
    explicit IOAudioControl(const OSMetaClass *);
public:
    IOAudioControl();
    static IOAudioControl *withAttributes(unsigned int, OSObject *, unsigned int, const char *, unsigned int, unsigned int, unsigned int);
    static int setValueAction(OSObject *, void *, void *, void *, void *);
    static int _setValueAction(OSObject *, void *, void *, void *, void *);
    void setWorkLoop(IOWorkLoop *);
protected:
    static int addUserClientAction(OSObject *, void *, void *, void *, void *);
    static int _addUserClientAction(OSObject *, void *, void *, void *, void *);
    static int removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static int _removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static int detachUserClientsAction(OSObject *, void *, void *, void *, void *);
    virtual ~IOAudioControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual int setProperties(OSObject *) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual int newUserClient(task *, void *, unsigned int, OSDictionary *, IOUserClient **) override;
    virtual int newUserClient(task *, void *, unsigned int, IOUserClient **) override;
    virtual void sendChangeNotification(unsigned int);
    virtual void setReadOnlyFlag();
    virtual void sendQueuedNotifications();
    virtual int createUserClient(task *, void *, unsigned int, IOAudioControlUserClient **, OSDictionary *);
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
    virtual bool init(unsigned int, OSObject *, unsigned int, const char *, unsigned int, unsigned int, unsigned int, OSDictionary *);
    virtual bool attachAndStart(IOService *);
    virtual bool getIsStarted();
    virtual IOWorkLoop *getWorkLoop();
    virtual IOCommandGate *getCommandGate();
    virtual int createUserClient(task *, void *, unsigned int, IOAudioControlUserClient **);
    virtual void clientClosed(IOAudioControlUserClient *);
    virtual void setValueChangeHandler(int (*)(OSObject *, IOAudioControl *, int, int), OSObject *);
    virtual void setValueChangeHandler(int (*)(OSObject *, IOAudioControl *, const void *, unsigned int, const void *, unsigned int), OSObject *);
    virtual void setValueChangeHandler(int (*)(OSObject *, IOAudioControl *, OSObject *, OSObject *), OSObject *);
    virtual void setValueChangeTarget(OSObject *);
    virtual int flushValue();
    virtual int setValue(OSObject *);
    virtual int setValue(int);
    virtual int hardwareValueChanged(OSObject *);
    virtual OSObject *getValue();
    virtual int getIntValue();
    virtual const void *getDataBytes();
    virtual unsigned int getDataLength();
    virtual unsigned int getControlID();
    virtual unsigned int getChannelID();
    virtual unsigned int getType();
    virtual unsigned int getSubType();
    virtual unsigned int getUsage();
    virtual void setCoreAudioPropertyID(unsigned int);
protected:
    virtual void sendValueChangeNotification();
    virtual void setChannelName(const char *);
    virtual void setChannelID(unsigned int);
    virtual void setChannelNumber(int);
    virtual void setType(unsigned int);
    virtual void setSubType(unsigned int);
    virtual void setUsage(unsigned int);
    virtual void setControlID(unsigned int);
    virtual int validateValue(OSObject *);
    virtual int updateValue(OSObject *);
    virtual int _setValue(OSObject *);
    virtual int performValueChange(OSObject *);
    virtual int addUserClient(IOAudioControlUserClient *);
    virtual int removeUserClient(IOAudioControlUserClient *);
    virtual int detachUserClients();
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    bool isStarted;
    unsigned int controlID;
    unsigned int channelID;
    unsigned int type;
    unsigned int subType;
    unsigned int usage;
    OSObject *value;
    IOAudioControl::ValueChangeHandlerType valueChangeHandlerType;
    union {
        int (*intHandler)(OSObject *, IOAudioControl *, int, int);
        int (*dataHandler)(OSObject *, IOAudioControl *, const void *, unsigned int, const void *, unsigned int);
        int (*objectHandler)(OSObject *, IOAudioControl *, OSObject *, OSObject *);
    } valueChangeHandler;
    OSObject *valueChangeTarget;
    OSSet *userClients;
    IOAudioControl::ExpansionData *reserved;
};

class IOAudioControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
