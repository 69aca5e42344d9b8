// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <libkern/OSReturn.h>
#include <libkern/OSTypes.h>
#include <stddef.h>
#include <support/subclass.h>

class OSDictionary;
class OSMetaClass;
class OSObject;
class OSSerialize;
class OSString;
class OSSymbol;

// 8 bytes, 17 slots.
class OSMetaClassBase {
public:
    typedef void (*_ptf_t)();
    static OSMetaClassBase *safeMetaCast(const OSMetaClassBase *, const OSMetaClass *);
    static bool checkTypeInst(const OSMetaClassBase *, const OSMetaClassBase *);
protected:
    OSMetaClassBase();
public:
    OSMetaClassBase *metaCast(const OSMetaClass *) const;
    OSMetaClassBase *metaCast(const OSString *) const;
    OSMetaClassBase *metaCast(const OSSymbol *) const;
    OSMetaClassBase *metaCast(const char *) const;
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

// 40 bytes, 26 slots.
class OSMetaClass : public OSMetaClassBase {
public:
    struct ExpansionData;
    static const OSMetaClass *const metaClass;
    static void *preModLoad(const char *);
    static OSReturn postModLoad(void *);
    static bool checkModLoad(void *);
    static bool modHasInstance(const char *);
    static void considerUnloads();
    static OSObject *allocClassWithName(const OSString *);
    static OSObject *allocClassWithName(const OSSymbol *);
    static OSObject *allocClassWithName(const char *);
    static void reportModInstances(const char *);
    static void printInstanceCounts();
    static const OSMetaClass *getMetaClassWithName(const OSSymbol *);
    static OSMetaClassBase *checkMetaCastWithName(const OSString *, const OSMetaClassBase *);
    static OSMetaClassBase *checkMetaCastWithName(const OSSymbol *, const OSMetaClassBase *);
    static OSMetaClassBase *checkMetaCastWithName(const char *, const OSMetaClassBase *);
    static void serializeClassDictionary(OSDictionary *);
protected:
    OSMetaClass(const char *, const OSMetaClass *, unsigned int);
    static void operator delete(void *, size_t);
private:
    static void *operator new(size_t) noexcept;
public:
    const char *getClassName() const;
    unsigned int getClassSize() const;
    OSMetaClassBase *checkMetaCast(const OSMetaClassBase *) const;
    const OSMetaClass *getSuperClass() const;
    void reservedCalled(int) const;
    unsigned int getInstanceCount() const;
    void instanceDestructed() const;
    void instanceConstructed() const;
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
    ExpansionData *reserved;
    const OSMetaClass *superClassLink;
    const OSSymbol *className;
    unsigned int classSize;
    unsigned int instanceCount;
};
