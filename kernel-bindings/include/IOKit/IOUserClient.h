// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>

struct IOExternalAsyncMethod;
struct IOExternalMethod;
struct IOExternalMethodArguments;
struct IOExternalMethodDispatch;
struct IOExternalTrap;
class IOMemoryDescriptor;
class IOMemoryMap;
class OSDictionary;
struct ipc_port;
struct semaphore;
struct task;

// 300 slots. The layout differs between releases: no fields, and no superclass.
class IOUserClient : public IOService {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
private:
    IOUserClient();
protected:
    static IOReturn sendAsyncResult(natural_t *, IOReturn, void **, UInt32);
    static IOReturn sendAsyncResult64(unsigned long long *, IOReturn, unsigned long long *, UInt32);
    static void setAsyncReference(natural_t *, ipc_port *, void *, void *);
public:
    static IOReturn clientHasPrivilege(void *, const char *);
protected:
    static void setAsyncReference64(unsigned long long *, ipc_port *, unsigned long long, unsigned long long);
public:
    static IOReturn releaseAsyncReference64(unsigned long long *);
    static IOReturn releaseNotificationPort(ipc_port *);
    IOMemoryMap *removeMappingForDescriptor(IOMemoryDescriptor *);
protected:
    virtual ~IOUserClient();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool init() override;
    virtual void free() override;
    virtual bool init(OSDictionary *) override;
    virtual IOReturn externalMethod(uint32_t, IOExternalMethodArguments *, IOExternalMethodDispatch *, OSObject *, void *);
    virtual IOReturn registerNotificationPort(ipc_port *, UInt32, unsigned long long);
private:
    virtual void _RESERVEDIOUserClient0();
    virtual void _RESERVEDIOUserClient1();
    virtual void _RESERVEDIOUserClient2();
    virtual void _RESERVEDIOUserClient3();
    virtual void _RESERVEDIOUserClient4();
    virtual void _RESERVEDIOUserClient5();
    virtual void _RESERVEDIOUserClient6();
    virtual void _RESERVEDIOUserClient7();
    virtual void _RESERVEDIOUserClient8();
    virtual void _RESERVEDIOUserClient9();
    virtual void _RESERVEDIOUserClient10();
    virtual void _RESERVEDIOUserClient11();
    virtual void _RESERVEDIOUserClient12();
    virtual void _RESERVEDIOUserClient13();
    virtual void _RESERVEDIOUserClient14();
    virtual void _RESERVEDIOUserClient15();
public:
    virtual bool initWithTask(task *, void *, UInt32, OSDictionary *);
    virtual bool initWithTask(task *, void *, UInt32);
    virtual IOReturn clientClose();
    virtual IOReturn clientDied();
    virtual IOService *getService();
    virtual IOReturn registerNotificationPort(ipc_port *, UInt32, UInt32);
    virtual IOReturn getNotificationSemaphore(UInt32, semaphore **);
    virtual IOReturn connectClient(IOUserClient *);
    virtual IOReturn clientMemoryForType(UInt32, IOOptionBits *, IOMemoryDescriptor **);
    virtual IOReturn exportObjectToClient(task *, OSObject *, OSObject **);
    virtual IOExternalMethod *getExternalMethodForIndex(UInt32);
    virtual IOExternalAsyncMethod *getExternalAsyncMethodForIndex(UInt32);
    virtual IOExternalMethod *getTargetAndMethodForIndex(IOService **, UInt32);
    virtual IOExternalAsyncMethod *getAsyncTargetAndMethodForIndex(IOService **, UInt32);
    virtual IOExternalTrap *getExternalTrapForIndex(UInt32);
    virtual IOExternalTrap *getTargetAndTrapForIndex(IOService **, UInt32);
};

class IOUserClient::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
