// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOEventSource.h>

class IOWorkLoop;
class OSMetaClass;
class OSObject;

class IOCommandGate : public IOEventSource {
public:
    typedef int (*Action)(OSObject *, void *, void *, void *, void *);
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
protected:
    explicit IOCommandGate(const OSMetaClass *);
public:
    IOCommandGate();
    static IOCommandGate *commandGate(OSObject *, int (*)(OSObject *, void *, void *, void *, void *));
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
    virtual bool init(OSObject *, int (*)(OSObject *, void *, void *, void *, void *));
    virtual int runCommand(void *, void *, void *, void *);
    virtual int runAction(int (*)(OSObject *, void *, void *, void *, void *), void *, void *, void *, void *);
    virtual int attemptCommand(void *, void *, void *, void *);
    virtual int attemptAction(int (*)(OSObject *, void *, void *, void *, void *), void *, void *, void *, void *);
    virtual int commandSleep(void *, unsigned int);
    virtual void commandWakeup(void *, bool);
    virtual int commandSleep(void *, unsigned long long, unsigned int);
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
    IOCommandGate::ExpansionData *reserved;
};

class IOCommandGate::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
