// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSObject.h>

// 16 bytes, 42 slots.
class OSIterator : public OSObject {
public:
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
protected:
    explicit OSIterator(const OSMetaClass *);
    virtual ~OSIterator();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void reset() = 0;
    virtual bool isValid() = 0;
    virtual OSObject *getNextObject() = 0;
private:
    virtual void _RESERVEDOSIterator0();
    virtual void _RESERVEDOSIterator1();
    virtual void _RESERVEDOSIterator2();
    virtual void _RESERVEDOSIterator3();
};

class OSIterator::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
