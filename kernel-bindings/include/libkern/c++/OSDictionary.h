// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/c++/OSCollection.h>

class OSSerialize;
class OSString;
class OSSymbol;

// 56 bytes, 76 slots.
class OSDictionary : public OSCollection {
public:
    struct ExpansionData;
    struct dictEntry;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static OSDictionary *withObjects(const OSObject **, const OSString **, unsigned int, unsigned int);
    static OSDictionary *withObjects(const OSObject **, const OSSymbol **, unsigned int, unsigned int);
    static OSDictionary *withCapacity(unsigned int);
    static OSDictionary *withDictionary(const OSDictionary *, unsigned int);
protected:
    explicit OSDictionary(const OSMetaClass *);
public:
    OSDictionary();
protected:
    virtual ~OSDictionary();
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
    virtual bool initWithObjects(const OSObject **, const OSSymbol **, unsigned int, unsigned int);
    virtual bool initWithObjects(const OSObject **, const OSString **, unsigned int, unsigned int);
    virtual bool initWithDictionary(const OSDictionary *, unsigned int);
    virtual bool setObject(const OSSymbol *, const OSMetaClassBase *);
    virtual bool setObject(const OSString *, const OSMetaClassBase *);
    virtual bool setObject(const char *, const OSMetaClassBase *);
    virtual void removeObject(const OSSymbol *);
    virtual void removeObject(const OSString *);
    virtual void removeObject(const char *);
    virtual bool merge(const OSDictionary *);
    virtual OSObject *getObject(const OSSymbol *) const;
    virtual OSObject *getObject(const OSString *) const;
    virtual OSObject *getObject(const char *) const;
    virtual bool isEqualTo(const OSDictionary *, const OSCollection *) const;
    virtual bool isEqualTo(const OSDictionary *) const;
private:
    virtual void _RESERVEDOSDictionary0();
    virtual void _RESERVEDOSDictionary1();
    virtual void _RESERVEDOSDictionary2();
    virtual void _RESERVEDOSDictionary3();
    virtual void _RESERVEDOSDictionary4();
    virtual void _RESERVEDOSDictionary5();
    virtual void _RESERVEDOSDictionary6();
    virtual void _RESERVEDOSDictionary7();
protected:
    dictEntry *dictionary;
    unsigned int count;
    unsigned int capacity;
    unsigned int capacityIncrement;
    ExpansionData *reserved;
};

class OSDictionary::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
