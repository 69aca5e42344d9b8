// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSObject.h>

class OSSerialize;

// 40 bytes, 54 slots.
class OSNumber : public OSObject {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static OSNumber *withNumber(const char *, unsigned int);
    static OSNumber *withNumber(unsigned long long, unsigned int);
protected:
    explicit OSNumber(const OSMetaClass *);
public:
    OSNumber();
protected:
    virtual ~OSNumber();
public:
    virtual bool serialize(OSSerialize *) const override;
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool isEqualTo(const OSMetaClassBase *) const override;
    virtual void free() override;
    virtual bool init(unsigned long long, unsigned int);
    virtual bool init(const char *, unsigned int);
    virtual unsigned int numberOfBits() const;
    virtual unsigned int numberOfBytes() const;
    virtual unsigned char unsigned8BitValue() const;
    virtual unsigned short unsigned16BitValue() const;
    virtual unsigned int unsigned32BitValue() const;
    virtual unsigned long long unsigned64BitValue() const;
    virtual void addValue(long long);
    virtual void setValue(unsigned long long);
    virtual bool isEqualTo(const OSNumber *) const;
private:
    virtual void _RESERVEDOSNumber0();
    virtual void _RESERVEDOSNumber1();
    virtual void _RESERVEDOSNumber2();
    virtual void _RESERVEDOSNumber3();
    virtual void _RESERVEDOSNumber4();
    virtual void _RESERVEDOSNumber5();
    virtual void _RESERVEDOSNumber6();
    virtual void _RESERVEDOSNumber7();
protected:
    unsigned long long value;
    unsigned int size;
    ExpansionData *reserved;
};

class OSNumber::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
