// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOTypes.h>
#include <libkern/c++/OSObject.h>

class IOCommandGate;
class IOEventSource;
struct _IORecursiveLock;
struct _IOSimpleLock;
struct thread;

// 72 bytes, 63 slots.
class IOWorkLoop : public OSObject {
public:
    struct ExpansionData;
    typedef IOReturn (*Action)(OSObject *, void *, void *, void *, void *);
    enum maintCommandEnum {
        mAddEvent = 0,
        mRemoveEvent = 1,
    };
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOWorkLoop *workLoopWithOptions(IOOptionBits);
    static IOWorkLoop *workLoop();
protected:
    explicit IOWorkLoop(const OSMetaClass *);
public:
    IOWorkLoop();
protected:
    virtual ~IOWorkLoop();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool init() override;
protected:
    virtual void free() override;
    virtual IOReturn _maintRequest(void *, void *, void *, void *);
    virtual void threadMain();
public:
    virtual thread *getThread() const;
    virtual bool onThread() const;
    virtual bool inGate() const;
    virtual IOReturn addEventSource(IOEventSource *);
    virtual IOReturn removeEventSource(IOEventSource *);
    virtual void enableAllEventSources() const;
    virtual void disableAllEventSources() const;
    virtual void enableAllInterrupts() const;
    virtual void disableAllInterrupts() const;
protected:
    virtual void signalWorkAvailable();
    virtual void openGate();
    virtual void closeGate();
    virtual bool tryCloseGate();
    virtual int sleepGate(void *, UInt32);
    virtual void wakeupGate(void *, bool);
public:
    virtual IOReturn runAction(Action, OSObject *, void *, void *, void *, void *);
    virtual bool runEventSources();
protected:
    virtual int sleepGate(void *, AbsoluteTime, UInt32);
private:
    virtual void _RESERVEDIOWorkLoop0();
    virtual void _RESERVEDIOWorkLoop1();
    virtual void _RESERVEDIOWorkLoop2();
    virtual void _RESERVEDIOWorkLoop3();
    virtual void _RESERVEDIOWorkLoop4();
    virtual void _RESERVEDIOWorkLoop5();
    virtual void _RESERVEDIOWorkLoop6();
    virtual void _RESERVEDIOWorkLoop7();
protected:
    _IORecursiveLock *gateLock;
    IOEventSource *eventChain;
    IOCommandGate *controlG;
    _IOSimpleLock *workToDoLock;
    thread *workThread;
    volatile bool workToDo;
    bool loopRestart;
    ExpansionData *reserved;
};

class IOWorkLoop::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
