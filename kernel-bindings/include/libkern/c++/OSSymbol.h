// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSString.h>

// 70 slots. The layout differs between releases: no fields, and no superclass.
class OSSymbol : public OSString {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
private:
    OSSymbol();
public:
    static const OSSymbol *withString(const OSString *);
    static const OSSymbol *withCString(const char *);
    static const OSSymbol *withCStringNoCopy(const char *);
    static void checkForPageUnload(void *, void *);
protected:
    virtual ~OSSymbol();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool isEqualTo(const OSMetaClassBase *) const override;
    virtual void taggedRelease(const void *) const override;
protected:
    virtual void taggedRelease(const void *, const int) const override;
    virtual void free() override;
private:
    virtual bool initWithString(const OSString *) override;
    virtual bool initWithCString(const char *) override;
    virtual bool initWithCStringNoCopy(const char *) override;
public:
    virtual bool isEqualTo(const char *) const override;
    virtual bool isEqualTo(const OSSymbol *) const;
private:
    virtual void _RESERVEDOSSymbol0();
    virtual void _RESERVEDOSSymbol1();
    virtual void _RESERVEDOSSymbol2();
    virtual void _RESERVEDOSSymbol3();
    virtual void _RESERVEDOSSymbol4();
    virtual void _RESERVEDOSSymbol5();
    virtual void _RESERVEDOSSymbol6();
    virtual void _RESERVEDOSSymbol7();
};

class OSSymbol::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
