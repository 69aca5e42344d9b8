// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOEventSource.h>

class IOWorkLoop;

// 80 bytes, 71 slots.
class IOCommandGate : public IOEventSource {
public:
    struct ExpansionData;
    typedef IOReturn (*Action)(OSObject *, void *, void *, void *, void *);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOCommandGate *commandGate(OSObject *, Action);
protected:
    explicit IOCommandGate(const OSMetaClass *);
public:
    IOCommandGate();
protected:
    virtual ~IOCommandGate();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
protected:
    virtual bool checkForWork() override;
public:
    virtual void setWorkLoop(IOWorkLoop *) override;
    virtual void enable() override;
    virtual void disable() override;
    virtual bool init(OSObject *, Action);
    virtual IOReturn runCommand(void *, void *, void *, void *);
    virtual IOReturn runAction(Action, void *, void *, void *, void *);
    virtual IOReturn attemptCommand(void *, void *, void *, void *);
    virtual IOReturn attemptAction(Action, void *, void *, void *, void *);
    virtual IOReturn commandSleep(void *, UInt32);
    virtual void commandWakeup(void *, bool);
    virtual IOReturn commandSleep(void *, AbsoluteTime, UInt32);
private:
    virtual void _RESERVEDIOCommandGate0();
    virtual void _RESERVEDIOCommandGate1();
    virtual void _RESERVEDIOCommandGate2();
    virtual void _RESERVEDIOCommandGate3();
    virtual void _RESERVEDIOCommandGate4();
    virtual void _RESERVEDIOCommandGate5();
    virtual void _RESERVEDIOCommandGate6();
    virtual void _RESERVEDIOCommandGate7();
protected:
    ExpansionData *reserved;
};

class IOCommandGate::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
