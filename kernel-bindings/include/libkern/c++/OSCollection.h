// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSObject.h>

class OSDictionary;

// 24 bytes, 52 slots.
class OSCollection : public OSObject {
public:
    enum _OSCollectionFlags {
        kImmutable = 1,
        kMASK = 4294967295u,
    };
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    void haveUpdated();
protected:
    explicit OSCollection(const OSMetaClass *);
    virtual ~OSCollection();
public:
    virtual const OSMetaClass *getMetaClass() const override;
protected:
    virtual bool init() override;
    virtual unsigned int iteratorSize() const = 0;
    virtual bool initIterator(void *) const = 0;
    virtual bool getNextObjectForIterator(void *, OSObject **) const = 0;
public:
    virtual unsigned int getCount() const = 0;
    virtual unsigned int getCapacity() const = 0;
    virtual unsigned int getCapacityIncrement() const = 0;
    virtual unsigned int setCapacityIncrement(unsigned int) = 0;
    virtual unsigned int ensureCapacity(unsigned int) = 0;
    virtual void flushCollection() = 0;
    virtual unsigned int setOptions(unsigned int, unsigned int, void *);
    virtual OSCollection *copyCollection(OSDictionary *);
private:
    virtual void _RESERVEDOSCollection2();
    virtual void _RESERVEDOSCollection3();
    virtual void _RESERVEDOSCollection4();
    virtual void _RESERVEDOSCollection5();
    virtual void _RESERVEDOSCollection6();
    virtual void _RESERVEDOSCollection7();
protected:
    unsigned int updateStamp;
private:
    unsigned int fOptions;
};

class OSCollection::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
