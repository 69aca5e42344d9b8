// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOTypes.h>
#include <libkern/c++/OSObject.h>

class IOWorkLoop;

// 72 bytes, 55 slots.
class IOEventSource : public OSObject {
public:
    struct ExpansionData;
    typedef void (*Action)(OSObject *, ...);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
protected:
    void wakeupGate(void *, bool);
    bool tryCloseGate();
    void signalWorkAvailable();
    void openGate();
    void closeGate();
    int sleepGate(void *, UInt32);
    int sleepGate(void *, AbsoluteTime, UInt32);
    explicit IOEventSource(const OSMetaClass *);
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
    Action action;
    bool enabled;
    IOWorkLoop *workLoop;
    void *refcon;
    ExpansionData *reserved;
};

class IOEventSource::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
