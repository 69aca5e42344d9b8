// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOEventSource.h>

class IOWorkLoop;
class OSMetaClass;
class OSObject;

class IOTimerEventSource : public IOEventSource {
public:
    typedef void (*Action)(OSObject *, IOTimerEventSource *);
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
protected:
    explicit IOTimerEventSource(const OSMetaClass *);
public:
    IOTimerEventSource();
protected:
    static void timeout(void *);
public:
    static IOTimerEventSource *timerEventSource(OSObject *, void (*)(OSObject *, IOTimerEventSource *));
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
    virtual bool init(OSObject *, void (*)(OSObject *, IOTimerEventSource *));
    virtual int setTimeoutTicks(unsigned int);
    virtual int setTimeoutMS(unsigned int);
    virtual int setTimeoutUS(unsigned int);
    virtual int setTimeout(unsigned int, unsigned int);
    virtual int setTimeout(unsigned long long);
    virtual int wakeAtTimeTicks(unsigned int);
    virtual int wakeAtTimeMS(unsigned int);
    virtual int wakeAtTimeUS(unsigned int);
    virtual int wakeAtTime(unsigned int, unsigned int);
    virtual int wakeAtTime(unsigned long long);
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
    unsigned long long abstime;
    IOTimerEventSource::ExpansionData *reserved;
};

class IOTimerEventSource::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
