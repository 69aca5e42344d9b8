// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOTypes.h>
#include <libkern/c++/OSObject.h>

class IOWorkLoop;
class OSMetaClass;
class OSObject;

class IOEventSource : public OSObject {
public:
    typedef void (*Action)(OSObject *, ...);
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
protected:
    explicit IOEventSource(const OSMetaClass *);
    void signalWorkAvailable();
    void openGate();
    void closeGate();
    bool tryCloseGate();
    int sleepGate(void *, unsigned int);
    int sleepGate(void *, unsigned long long, unsigned int);
    void wakeupGate(void *, bool);
    virtual ~IOEventSource();
public:
    virtual const OSMetaClass *getMetaClass() const override;
protected:
    virtual bool init(OSObject *, void (*)(OSObject *, ...));
    virtual bool checkForWork() = 0;
    virtual void setWorkLoop(IOWorkLoop *);
    virtual void setNext(IOEventSource *);
    virtual IOEventSource *getNext() const;
public:
    virtual void setAction(void (*)(OSObject *, ...));
    virtual void (*getAction() const)(OSObject *, ...);
    virtual void enable();
    virtual void disable();
    virtual bool isEnabled() const;
    virtual IOWorkLoop *getWorkLoop() const;
    virtual bool onThread() const;
private:
    virtual void _RESERVEDIOEventSource0();
    virtual void _RESERVEDIOEventSource1();
    virtual void _RESERVEDIOEventSource2();
    virtual void _RESERVEDIOEventSource3();
    virtual void _RESERVEDIOEventSource4();
    virtual void _RESERVEDIOEventSource5();
    virtual void _RESERVEDIOEventSource6();
    virtual void _RESERVEDIOEventSource7();
protected:
    IOEventSource *eventChainNext;
    OSObject *owner;
    void (*action)(OSObject *, ...);
    bool enabled;
    IOWorkLoop *workLoop;
    void *refcon;
    IOEventSource::ExpansionData *reserved;
};

class IOEventSource::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
