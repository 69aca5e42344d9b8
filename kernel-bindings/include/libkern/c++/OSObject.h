// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSMetaClass.h>

class OSSerialize;

// 16 bytes, 35 slots.
class OSObject : public OSMetaClassBase {
public:
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
protected:
    explicit OSObject(const OSMetaClass *);
    static void operator delete(void *, size_t);
public:
    static void *operator new(size_t) noexcept;
protected:
    virtual ~OSObject();
    virtual void release(int) const override;
public:
    virtual int getRetainCount() const override;
    virtual void retain() const override;
    virtual void release() const override;
    virtual bool serialize(OSSerialize *) const override;
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void taggedRetain(const void *) const override;
    virtual void taggedRelease(const void *) const override;
protected:
    virtual void taggedRelease(const void *, const int) const override;
    virtual bool init();
    virtual void free();
private:
    virtual void _RESERVEDOSObject0();
    virtual void _RESERVEDOSObject1();
    virtual void _RESERVEDOSObject2();
    virtual void _RESERVEDOSObject3();
    virtual void _RESERVEDOSObject4();
    virtual void _RESERVEDOSObject5();
    virtual void _RESERVEDOSObject6();
    virtual void _RESERVEDOSObject7();
    virtual void _RESERVEDOSObject8();
    virtual void _RESERVEDOSObject9();
    virtual void _RESERVEDOSObject10();
    virtual void _RESERVEDOSObject11();
    virtual void _RESERVEDOSObject12();
    virtual void _RESERVEDOSObject13();
    virtual void _RESERVEDOSObject14();
    virtual void _RESERVEDOSObject15();
    int retainCount;
};

class OSObject::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
