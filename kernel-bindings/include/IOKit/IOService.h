// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IORegistryEntry.h>

class IODeviceMemory;
struct IOInterruptSource;
class IOMemoryMap;
class IONotifier;
struct IOPMPowerState;
class IOPMrootDomain;
class IOPlatformExpert;
struct IOPowerConnection;
struct IOServicePM;
class IOUserClient;
class IOWorkLoop;
class OSArray;
class OSCollection;
class OSDictionary;
class OSIterator;
class OSSerialize;
class OSString;
class OSSymbol;
struct mach_timespec;
struct task;

static const UInt32 kIOServiceSynchronous = 2;

// 136 bytes, 266 slots.
class IOService : public IORegistryEntry {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    IOReturn makeUsable();
    static OSDictionary *addLocation(OSDictionary *);
    static IOPlatformExpert *getPlatform();
    static OSDictionary *nameMatching(const OSString *, OSDictionary *);
    static OSDictionary *nameMatching(const char *, OSDictionary *);
    UInt32 getPowerState();
    static IOService *getServiceRoot();
    static IOService *waitForService(OSDictionary *, mach_timespec *);
    static IONotifier *addNotification(const OSSymbol *, OSDictionary *, bool (*)(void *, void *, IOService *), void *, void *, SInt32);
    static class IOPMrootDomain *getPMRootDomain();
    static void publishResource(const OSSymbol *, OSObject *);
    static void publishResource(const char *, OSObject *);
    static OSDictionary *serviceMatching(const OSString *, OSDictionary *);
    static OSDictionary *serviceMatching(const char *, OSDictionary *);
    static OSDictionary *propertyMatching(const OSSymbol *, const OSObject *, OSDictionary *);
    static OSDictionary *resourceMatching(const OSString *, OSDictionary *);
    static OSDictionary *resourceMatching(const char *, OSDictionary *);
    unsigned long currentCapability();
    IOReturn changePowerStateTo(unsigned long);
    static IOService *getResourceService();
    void requireMaxBusStall(UInt32);
    static OSIterator *getMatchingServices(OSDictionary *);
protected:
    IOReturn powerOverrideOnPriv();
public:
    void start_PM_idle_timer();
protected:
    IOReturn powerOverrideOffPriv();
public:
    IOService *getClientWithCategory(const OSSymbol *);
    IOReturn temporaryPowerClampOn();
    IOReturn acknowledgePowerChange(IOService *);
protected:
    IOReturn changePowerStateToPriv(unsigned long);
public:
    static IOService *waitForMatchingService(OSDictionary *, uint64_t);
    static IONotifier *addMatchingNotification(const OSSymbol *, OSDictionary *, bool (*)(void *, void *, IOService *, IONotifier *), void *, void *, SInt32);
    unsigned long currentPowerConsumption();
    static OSDictionary *registryEntryIDMatching(uint64_t, OSDictionary *);
    IOReturn acknowledgeSetPowerState();
    unsigned long registerInterestedDriver(IOService *);
    void requireMaxInterruptDelay(uint32_t);
    IOReturn deRegisterInterestedDriver(IOService *);
    IOReturn waitQuiet(mach_timespec *);
    IOReturn waitQuiet(uint64_t);
protected:
    explicit IOService(const OSMetaClass *);
public:
    IOService();
    bool isInactive() const;
protected:
    virtual ~IOService();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual bool serializeProperties(OSSerialize *) const override;
    virtual bool requestTerminate(IOService *, IOOptionBits);
    virtual bool willTerminate(IOService *, IOOptionBits);
    virtual bool didTerminate(IOService *, IOOptionBits, bool *);
    virtual SInt32 nextIdleTimeout(AbsoluteTime, AbsoluteTime, unsigned int);
    virtual void systemWillShutdown(IOOptionBits);
    virtual IOService *copyClientWithCategory(const OSSymbol *);
private:
    virtual void _RESERVEDIOService0();
    virtual void _RESERVEDIOService1();
    virtual void _RESERVEDIOService2();
    virtual void _RESERVEDIOService3();
    virtual void _RESERVEDIOService4();
    virtual void _RESERVEDIOService5();
    virtual void _RESERVEDIOService6();
    virtual void _RESERVEDIOService7();
    virtual void _RESERVEDIOService8();
    virtual void _RESERVEDIOService9();
    virtual void _RESERVEDIOService10();
    virtual void _RESERVEDIOService11();
    virtual void _RESERVEDIOService12();
    virtual void _RESERVEDIOService13();
    virtual void _RESERVEDIOService14();
    virtual void _RESERVEDIOService15();
    virtual void _RESERVEDIOService16();
    virtual void _RESERVEDIOService17();
    virtual void _RESERVEDIOService18();
    virtual void _RESERVEDIOService19();
    virtual void _RESERVEDIOService20();
    virtual void _RESERVEDIOService21();
    virtual void _RESERVEDIOService22();
    virtual void _RESERVEDIOService23();
    virtual void _RESERVEDIOService24();
    virtual void _RESERVEDIOService25();
    virtual void _RESERVEDIOService26();
    virtual void _RESERVEDIOService27();
    virtual void _RESERVEDIOService28();
    virtual void _RESERVEDIOService29();
    virtual void _RESERVEDIOService30();
    virtual void _RESERVEDIOService31();
    virtual void _RESERVEDIOService32();
    virtual void _RESERVEDIOService33();
    virtual void _RESERVEDIOService34();
    virtual void _RESERVEDIOService35();
    virtual void _RESERVEDIOService36();
    virtual void _RESERVEDIOService37();
    virtual void _RESERVEDIOService38();
    virtual void _RESERVEDIOService39();
    virtual void _RESERVEDIOService40();
    virtual void _RESERVEDIOService41();
    virtual void _RESERVEDIOService42();
    virtual void _RESERVEDIOService43();
    virtual void _RESERVEDIOService44();
    virtual void _RESERVEDIOService45();
    virtual void _RESERVEDIOService46();
    virtual void _RESERVEDIOService47();
public:
    virtual IOOptionBits getState() const;
    virtual void registerService(IOOptionBits);
    virtual IOService *probe(IOService *, SInt32 *);
    virtual bool start(IOService *);
    virtual void stop(IOService *);
    virtual bool open(IOService *, IOOptionBits, void *);
    virtual void close(IOService *, IOOptionBits);
    virtual bool isOpen(const IOService *) const;
    virtual bool handleOpen(IOService *, IOOptionBits, void *);
    virtual void handleClose(IOService *, IOOptionBits);
    virtual bool handleIsOpen(const IOService *) const;
    virtual bool terminate(IOOptionBits);
    virtual bool finalize(IOOptionBits);
    virtual bool lockForArbitration(bool);
    virtual void unlockForArbitration();
    virtual bool terminateClient(IOService *, IOOptionBits);
    virtual UInt32 getBusyState();
    virtual void adjustBusy(SInt32);
    virtual bool matchPropertyTable(OSDictionary *, SInt32 *);
    virtual bool matchPropertyTable(OSDictionary *);
    virtual IOService *matchLocation(IOService *);
    virtual bool addNeededResource(const char *);
    virtual bool compareProperty(OSDictionary *, const char *);
    virtual bool compareProperty(OSDictionary *, const OSString *);
    virtual bool compareProperties(OSDictionary *, OSCollection *);
    virtual bool attach(IOService *);
    virtual void detach(IOService *);
    virtual IOService *getProvider() const;
    virtual IOWorkLoop *getWorkLoop() const;
    virtual OSIterator *getProviderIterator() const;
    virtual OSIterator *getOpenProviderIterator() const;
    virtual IOService *getClient() const;
    virtual OSIterator *getClientIterator() const;
    virtual OSIterator *getOpenClientIterator() const;
    virtual IOReturn callPlatformFunction(const OSSymbol *, bool, void *, void *, void *, void *);
    virtual IOReturn callPlatformFunction(const char *, bool, void *, void *, void *, void *);
    virtual IOReturn getResources();
    virtual IOItemCount getDeviceMemoryCount();
    virtual IODeviceMemory *getDeviceMemoryWithIndex(unsigned int);
    virtual IOMemoryMap *mapDeviceMemoryWithIndex(unsigned int, IOOptionBits);
    virtual OSArray *getDeviceMemory();
    virtual void setDeviceMemory(OSArray *);
    virtual IOReturn registerInterrupt(int, OSObject *, void (*)(OSObject *, void *, IOService *, int), void *);
    virtual IOReturn unregisterInterrupt(int);
    virtual IOReturn getInterruptType(int, int *);
    virtual IOReturn enableInterrupt(int);
    virtual IOReturn disableInterrupt(int);
    virtual IOReturn causeInterrupt(int);
    virtual IOReturn requestProbe(IOOptionBits);
    virtual IOReturn message(UInt32, IOService *, void *);
    virtual IOReturn messageClient(UInt32, OSObject *, void *, vm_size_t);
    virtual IOReturn messageClients(UInt32, void *, vm_size_t);
    virtual IONotifier *registerInterest(const OSSymbol *, int (*)(void *, void *, unsigned int, IOService *, void *, unsigned long), void *, void *);
    virtual void applyToProviders(void (*)(IOService *, void *), void *);
    virtual void applyToClients(void (*)(IOService *, void *), void *);
    virtual void applyToInterested(const OSSymbol *, void (*)(OSObject *, void *), void *);
    virtual IOReturn acknowledgeNotification(void *, IOOptionBits);
    virtual IOReturn newUserClient(task *, void *, UInt32, OSDictionary *, IOUserClient **);
    virtual IOReturn newUserClient(task *, void *, UInt32, IOUserClient **);
    virtual const char *stringFromReturn(IOReturn);
    virtual int errnoFromReturn(IOReturn);
    virtual void PMinit();
    virtual void PMstop();
    virtual void joinPMtree(IOService *);
    virtual IOReturn registerPowerDriver(IOService *, IOPMPowerState *, unsigned long);
    virtual IOReturn requestPowerDomainState(unsigned long, IOPowerConnection *, unsigned long);
    virtual bool activityTickle(unsigned long, unsigned long);
    virtual IOReturn setAggressiveness(unsigned long, unsigned long);
    virtual IOReturn getAggressiveness(unsigned long, unsigned long *);
    virtual IOReturn addPowerChild(IOService *);
    virtual IOReturn removePowerChild(IOPowerConnection *);
    virtual IOReturn setIdleTimerPeriod(unsigned long);
    virtual IOReturn setPowerState(unsigned long, IOService *);
    virtual unsigned long maxCapabilityForDomainState(unsigned long);
    virtual unsigned long initialPowerStateForDomainState(unsigned long);
    virtual unsigned long powerStateForDomainState(unsigned long);
    virtual IOReturn powerStateWillChangeTo(unsigned long, unsigned long, IOService *);
    virtual IOReturn powerStateDidChangeTo(unsigned long, unsigned long, IOService *);
    virtual bool askChangeDown(unsigned long);
    virtual bool tellChangeDown(unsigned long);
    virtual void tellNoChangeDown(unsigned long);
    virtual void tellChangeUp(unsigned long);
    virtual IOReturn allowPowerChange(unsigned long);
    virtual IOReturn cancelPowerChange(unsigned long);
protected:
    virtual void powerChangeDone(unsigned long);
    ExpansionData *reserved;
private:
    IOService *__provider;
    SInt32 __providerGeneration;
    IOService *__owner;
    IOOptionBits __state[2];
    uint64_t __timeBusy;
    uint64_t __accumBusy;
    IOServicePM *pwrMgt;
protected:
    bool initialized;
public:
    void *pm_vars;
    int _numInterruptSources;
    IOInterruptSource *_interruptSources;
};

class IOService::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
