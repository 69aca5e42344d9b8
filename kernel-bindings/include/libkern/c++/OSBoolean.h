// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSObject.h>

class OSSerialize;

// 16 bytes, 47 slots.
class OSBoolean : public OSObject {
public:
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static void initialize();
    static OSBoolean *withBoolean(bool);
protected:
    explicit OSBoolean(const OSMetaClass *);
public:
    OSBoolean();
protected:
    virtual ~OSBoolean();
public:
    virtual bool serialize(OSSerialize *) const override;
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool isEqualTo(const OSMetaClassBase *) const override;
    virtual void taggedRetain(const void *) const override;
protected:
    virtual void taggedRelease(const void *, const int) const override;
public:
    virtual void free() override;
    virtual bool isTrue() const;
    virtual bool isFalse() const;
    virtual bool getValue() const;
    virtual bool isEqualTo(const OSBoolean *) const;
private:
    virtual void _RESERVEDOSBoolean0();
    virtual void _RESERVEDOSBoolean1();
    virtual void _RESERVEDOSBoolean2();
    virtual void _RESERVEDOSBoolean3();
    virtual void _RESERVEDOSBoolean4();
    virtual void _RESERVEDOSBoolean5();
    virtual void _RESERVEDOSBoolean6();
    virtual void _RESERVEDOSBoolean7();
protected:
    bool value;
};

class OSBoolean::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
