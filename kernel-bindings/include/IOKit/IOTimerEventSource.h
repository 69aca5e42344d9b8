// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOEventSource.h>

class IOWorkLoop;

// 96 bytes, 76 slots.
class IOTimerEventSource : public IOEventSource {
public:
    struct ExpansionData;
    typedef void (*Action)(OSObject *, IOTimerEventSource *);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOTimerEventSource *timerEventSource(OSObject *, Action);
protected:
    static void timeout(void *);
    explicit IOTimerEventSource(const OSMetaClass *);
public:
    IOTimerEventSource();
protected:
    virtual ~IOTimerEventSource();
public:
    virtual const OSMetaClass *getMetaClass() const override;
protected:
    virtual void free() override;
    virtual bool checkForWork() override;
    virtual void setWorkLoop(IOWorkLoop *) override;
public:
    virtual void enable() override;
    virtual void disable() override;
protected:
    virtual void setTimeoutFunc();
public:
    virtual bool init(OSObject *, Action);
    virtual IOReturn setTimeoutTicks(UInt32);
    virtual IOReturn setTimeoutMS(UInt32);
    virtual IOReturn setTimeoutUS(UInt32);
    virtual IOReturn setTimeout(UInt32, UInt32);
    virtual IOReturn setTimeout(AbsoluteTime);
    virtual IOReturn wakeAtTimeTicks(UInt32);
    virtual IOReturn wakeAtTimeMS(UInt32);
    virtual IOReturn wakeAtTimeUS(UInt32);
    virtual IOReturn wakeAtTime(UInt32, UInt32);
    virtual IOReturn wakeAtTime(AbsoluteTime);
    virtual void cancelTimeout();
private:
    virtual void _RESERVEDIOTimerEventSource0();
    virtual void _RESERVEDIOTimerEventSource1();
    virtual void _RESERVEDIOTimerEventSource2();
    virtual void _RESERVEDIOTimerEventSource3();
    virtual void _RESERVEDIOTimerEventSource4();
    virtual void _RESERVEDIOTimerEventSource5();
    virtual void _RESERVEDIOTimerEventSource6();
    virtual void _RESERVEDIOTimerEventSource7();
protected:
    void *calloutEntry;
    AbsoluteTime abstime;
    ExpansionData *reserved;
};

class IOTimerEventSource::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
