// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSCollection.h>

class OSDictionary;
class OSSerialize;

// 56 bytes, 72 slots.
class OSArray : public OSCollection {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static OSArray *withObjects(const OSObject **, unsigned int, unsigned int);
    static OSArray *withCapacity(unsigned int);
    static OSArray *withArray(const OSArray *, unsigned int);
protected:
    explicit OSArray(const OSMetaClass *);
public:
    OSArray();
protected:
    virtual ~OSArray();
public:
    virtual bool serialize(OSSerialize *) const override;
    virtual const OSMetaClass *getMetaClass() const override;
    virtual bool isEqualTo(const OSMetaClassBase *) const override;
    virtual void free() override;
protected:
    virtual unsigned int iteratorSize() const override;
    virtual bool initIterator(void *) const override;
    virtual bool getNextObjectForIterator(void *, OSObject **) const override;
public:
    virtual unsigned int getCount() const override;
    virtual unsigned int getCapacity() const override;
    virtual unsigned int getCapacityIncrement() const override;
    virtual unsigned int setCapacityIncrement(unsigned int) override;
    virtual unsigned int ensureCapacity(unsigned int) override;
    virtual void flushCollection() override;
    virtual unsigned int setOptions(unsigned int, unsigned int, void *) override;
    virtual OSCollection *copyCollection(OSDictionary *) override;
    virtual bool initWithCapacity(unsigned int);
    virtual bool initWithObjects(const OSObject **, unsigned int, unsigned int);
    virtual bool initWithArray(const OSArray *, unsigned int);
    virtual bool setObject(const OSMetaClassBase *);
    virtual bool setObject(unsigned int, const OSMetaClassBase *);
    virtual bool merge(const OSArray *);
    virtual void replaceObject(unsigned int, const OSMetaClassBase *);
    virtual void removeObject(unsigned int);
    virtual bool isEqualTo(const OSArray *) const;
    virtual OSObject *getObject(unsigned int) const;
    virtual OSObject *getLastObject() const;
    virtual unsigned int getNextIndexOfObject(const OSMetaClassBase *, unsigned int) const;
private:
    virtual void _RESERVEDOSArray0();
    virtual void _RESERVEDOSArray1();
    virtual void _RESERVEDOSArray2();
    virtual void _RESERVEDOSArray3();
    virtual void _RESERVEDOSArray4();
    virtual void _RESERVEDOSArray5();
    virtual void _RESERVEDOSArray6();
    virtual void _RESERVEDOSArray7();
protected:
    const OSMetaClassBase **array;
    unsigned int count;
    unsigned int capacity;
    unsigned int capacityIncrement;
    ExpansionData *reserved;
};

class OSArray::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
