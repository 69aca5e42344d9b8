// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/OSTypes.h>
#include <stddef.h>
#include <support/subclass.h>

class OSDictionary;
class OSMetaClass;
class OSMetaClassBase;
class OSObject;
class OSSerialize;
class OSString;
class OSSymbol;

class OSMetaClassBase {
public:
    typedef void (*_ptf_t)();
protected:
    OSMetaClassBase();
public:
    OSMetaClassBase *metaCast(const OSMetaClass *) const;
    OSMetaClassBase *metaCast(const OSSymbol *) const;
    OSMetaClassBase *metaCast(const OSString *) const;
    OSMetaClassBase *metaCast(const char *) const;
    static OSMetaClassBase *safeMetaCast(const OSMetaClassBase *, const OSMetaClass *);
    static bool checkTypeInst(const OSMetaClassBase *, const OSMetaClassBase *);
protected:
    virtual ~OSMetaClassBase();
public:
    virtual void release(int) const = 0;
    virtual int getRetainCount() const = 0;
    virtual void retain() const = 0;
    virtual void release() const = 0;
    virtual bool serialize(OSSerialize *) const = 0;
    virtual const OSMetaClass *getMetaClass() const = 0;
    virtual bool isEqualTo(const OSMetaClassBase *) const;
    virtual void taggedRetain(const void *) const = 0;
    virtual void taggedRelease(const void *) const = 0;
protected:
    virtual void taggedRelease(const void *, const int) const = 0;
private:
    virtual void _RESERVEDOSMetaClassBase3();
    virtual void _RESERVEDOSMetaClassBase4();
    virtual void _RESERVEDOSMetaClassBase5();
    virtual void _RESERVEDOSMetaClassBase6();
    virtual void _RESERVEDOSMetaClassBase7();
};

class OSMetaClass : public OSMetaClassBase {
public:
    struct ExpansionData;
    static const OSMetaClass *const metaClass;
private:
    static void *operator new(unsigned long);
public:
    static const OSMetaClass *getMetaClassWithName(const OSSymbol *);
protected:
    OSMetaClass(const char *, const OSMetaClass *, unsigned int);
    static void operator delete(void *, unsigned long);
public:
    static void *preModLoad(const char *);
    static bool checkModLoad(void *);
    static int postModLoad(void *);
    static bool modHasInstance(const char *);
    static void reportModInstances(const char *);
    static void considerUnloads();
    static OSObject *allocClassWithName(const OSSymbol *);
    static OSObject *allocClassWithName(const OSString *);
    static OSObject *allocClassWithName(const char *);
    static OSMetaClassBase *checkMetaCastWithName(const OSSymbol *, const OSMetaClassBase *);
    static OSMetaClassBase *checkMetaCastWithName(const OSString *, const OSMetaClassBase *);
    static OSMetaClassBase *checkMetaCastWithName(const char *, const OSMetaClassBase *);
    void instanceConstructed() const;
    void instanceDestructed() const;
    OSMetaClassBase *checkMetaCast(const OSMetaClassBase *) const;
    unsigned int getInstanceCount() const;
    const OSMetaClass *getSuperClass() const;
    const char *getClassName() const;
    unsigned int getClassSize() const;
    void reservedCalled(int) const;
    static void printInstanceCounts();
    static void serializeClassDictionary(OSDictionary *);
protected:
    virtual ~OSMetaClass();
    virtual void release(int) const override;
    virtual int getRetainCount() const override;
    virtual void retain() const override;
    virtual void release() const override;
private:
    virtual bool serialize(OSSerialize *) const override;
protected:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void taggedRetain(const void *) const override;
    virtual void taggedRelease(const void *) const override;
    virtual void taggedRelease(const void *, const int) const override;
public:
    virtual OSObject *alloc() const = 0;
private:
    virtual void _RESERVEDOSMetaClass0();
    virtual void _RESERVEDOSMetaClass1();
    virtual void _RESERVEDOSMetaClass2();
    virtual void _RESERVEDOSMetaClass3();
    virtual void _RESERVEDOSMetaClass4();
    virtual void _RESERVEDOSMetaClass5();
    virtual void _RESERVEDOSMetaClass6();
    virtual void _RESERVEDOSMetaClass7();
    OSMetaClass::ExpansionData *reserved;
    const OSMetaClass *superClassLink;
    const OSSymbol *className;
    unsigned int classSize;
    unsigned int instanceCount;
};
