// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSObject.h>

class OSData;
class OSSerialize;

// 61 slots. The layout differs between releases: no fields, and no superclass.
class OSString : public OSObject {
public:
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
private:
    OSString();
public:
    static OSString *withString(const OSString *);
    static OSString *withCString(const char *);
    static OSString *withCStringNoCopy(const char *);
protected:
    virtual ~OSString();
public:
    virtual bool serialize(OSSerialize *) const override;
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool isEqualTo(const OSMetaClassBase *) const override;
    virtual void free() override;
    virtual bool initWithString(const OSString *);
    virtual bool initWithCString(const char *);
    virtual bool initWithCStringNoCopy(const char *);
    virtual unsigned int getLength() const;
    virtual char getChar(unsigned int) const;
    virtual bool setChar(char, unsigned int);
    virtual const char *getCStringNoCopy() const;
    virtual bool isEqualTo(const OSString *) const;
    virtual bool isEqualTo(const char *) const;
    virtual bool isEqualTo(const OSData *) const;
private:
    virtual void _RESERVEDOSString0();
    virtual void _RESERVEDOSString1();
    virtual void _RESERVEDOSString2();
    virtual void _RESERVEDOSString3();
    virtual void _RESERVEDOSString4();
    virtual void _RESERVEDOSString5();
    virtual void _RESERVEDOSString6();
    virtual void _RESERVEDOSString7();
    virtual void _RESERVEDOSString8();
    virtual void _RESERVEDOSString9();
    virtual void _RESERVEDOSString10();
    virtual void _RESERVEDOSString11();
    virtual void _RESERVEDOSString12();
    virtual void _RESERVEDOSString13();
    virtual void _RESERVEDOSString14();
    virtual void _RESERVEDOSString15();
};

class OSString::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
