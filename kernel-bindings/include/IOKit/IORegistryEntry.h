// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOTypes.h>
#include <libkern/c++/OSObject.h>

struct IORegistryPlane;
class OSDictionary;
class OSIterator;
class OSSerialize;
class OSString;
class OSSymbol;

// 40 bytes, 127 slots.
class IORegistryEntry : public OSObject {
public:
    struct ExpansionData;
    typedef IOReturn (*Action)(OSObject *, void *, void *, void *, void *);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static const char *dealiasPath(const char **, const IORegistryPlane *);
    static IORegistryEntry *getRegistryRoot();
    static SInt32 getGenerationCount();
    uint64_t getRegistryEntryID();
    static IORegistryEntry *fromPath(const char *, const IORegistryPlane *, char *, int *, IORegistryEntry *);
    static const IORegistryPlane *getPlane(const char *);
    static const IORegistryPlane *makePlane(const char *);
protected:
    explicit IORegistryEntry(const OSMetaClass *);
public:
    IORegistryEntry();
    OSDictionary *getPropertyTable() const;
protected:
    virtual ~IORegistryEntry();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual OSObject *copyProperty(const char *, const IORegistryPlane *, IOOptionBits) const;
    virtual OSObject *copyProperty(const OSString *, const IORegistryPlane *, IOOptionBits) const;
    virtual OSObject *copyProperty(const OSSymbol *, const IORegistryPlane *, IOOptionBits) const;
    virtual IORegistryEntry *copyParentEntry(const IORegistryPlane *) const;
    virtual IORegistryEntry *copyChildEntry(const IORegistryPlane *) const;
    virtual IOReturn runPropertyAction(Action, OSObject *, void *, void *, void *, void *);
private:
    virtual void _RESERVEDIORegistryEntry0();
    virtual void _RESERVEDIORegistryEntry1();
    virtual void _RESERVEDIORegistryEntry2();
    virtual void _RESERVEDIORegistryEntry3();
    virtual void _RESERVEDIORegistryEntry4();
    virtual void _RESERVEDIORegistryEntry5();
    virtual void _RESERVEDIORegistryEntry6();
    virtual void _RESERVEDIORegistryEntry7();
    virtual void _RESERVEDIORegistryEntry8();
    virtual void _RESERVEDIORegistryEntry9();
    virtual void _RESERVEDIORegistryEntry10();
    virtual void _RESERVEDIORegistryEntry11();
    virtual void _RESERVEDIORegistryEntry12();
    virtual void _RESERVEDIORegistryEntry13();
    virtual void _RESERVEDIORegistryEntry14();
    virtual void _RESERVEDIORegistryEntry15();
    virtual void _RESERVEDIORegistryEntry16();
    virtual void _RESERVEDIORegistryEntry17();
    virtual void _RESERVEDIORegistryEntry18();
    virtual void _RESERVEDIORegistryEntry19();
    virtual void _RESERVEDIORegistryEntry20();
    virtual void _RESERVEDIORegistryEntry21();
    virtual void _RESERVEDIORegistryEntry22();
    virtual void _RESERVEDIORegistryEntry23();
    virtual void _RESERVEDIORegistryEntry24();
    virtual void _RESERVEDIORegistryEntry25();
    virtual void _RESERVEDIORegistryEntry26();
    virtual void _RESERVEDIORegistryEntry27();
    virtual void _RESERVEDIORegistryEntry28();
    virtual void _RESERVEDIORegistryEntry29();
    virtual void _RESERVEDIORegistryEntry30();
    virtual void _RESERVEDIORegistryEntry31();
public:
    virtual bool init(OSDictionary *);
    virtual void setPropertyTable(OSDictionary *);
    virtual bool setProperty(const OSSymbol *, OSObject *);
    virtual bool setProperty(const OSString *, OSObject *);
    virtual bool setProperty(const char *, OSObject *);
    virtual bool setProperty(const char *, const char *);
    virtual bool setProperty(const char *, bool);
    virtual bool setProperty(const char *, unsigned long long, unsigned int);
    virtual bool setProperty(const char *, void *, unsigned int);
    virtual void removeProperty(const OSSymbol *);
    virtual void removeProperty(const OSString *);
    virtual void removeProperty(const char *);
    virtual OSObject *getProperty(const OSSymbol *) const;
    virtual OSObject *getProperty(const OSString *) const;
    virtual OSObject *getProperty(const char *) const;
    virtual OSObject *getProperty(const OSSymbol *, const IORegistryPlane *, IOOptionBits) const;
    virtual OSObject *getProperty(const OSString *, const IORegistryPlane *, IOOptionBits) const;
    virtual OSObject *getProperty(const char *, const IORegistryPlane *, IOOptionBits) const;
    virtual OSObject *copyProperty(const OSSymbol *) const;
    virtual OSObject *copyProperty(const OSString *) const;
    virtual OSObject *copyProperty(const char *) const;
    virtual OSDictionary *dictionaryWithProperties() const;
    virtual bool serializeProperties(OSSerialize *) const;
    virtual IOReturn setProperties(OSObject *);
    virtual OSIterator *getParentIterator(const IORegistryPlane *) const;
    virtual void applyToParents(void (*)(IORegistryEntry *, void *), void *, const IORegistryPlane *) const;
    virtual IORegistryEntry *getParentEntry(const IORegistryPlane *) const;
    virtual OSIterator *getChildIterator(const IORegistryPlane *) const;
    virtual void applyToChildren(void (*)(IORegistryEntry *, void *), void *, const IORegistryPlane *) const;
    virtual IORegistryEntry *getChildEntry(const IORegistryPlane *) const;
    virtual bool isChild(IORegistryEntry *, const IORegistryPlane *, bool) const;
    virtual bool isParent(IORegistryEntry *, const IORegistryPlane *, bool) const;
    virtual bool inPlane(const IORegistryPlane *) const;
    virtual unsigned int getDepth(const IORegistryPlane *) const;
    virtual bool attachToParent(IORegistryEntry *, const IORegistryPlane *);
    virtual void detachFromParent(IORegistryEntry *, const IORegistryPlane *);
    virtual bool attachToChild(IORegistryEntry *, const IORegistryPlane *);
    virtual void detachFromChild(IORegistryEntry *, const IORegistryPlane *);
    virtual void detachAbove(const IORegistryPlane *);
    virtual void detachAll(const IORegistryPlane *);
    virtual const char *getName(const IORegistryPlane *) const;
    virtual const OSSymbol *copyName(const IORegistryPlane *) const;
    virtual bool compareNames(OSObject *, OSString **) const;
    virtual bool compareName(OSString *, OSString **) const;
    virtual void setName(const OSSymbol *, const IORegistryPlane *);
    virtual void setName(const char *, const IORegistryPlane *);
    virtual const char *getLocation(const IORegistryPlane *) const;
    virtual const OSSymbol *copyLocation(const IORegistryPlane *) const;
    virtual void setLocation(const OSSymbol *, const IORegistryPlane *);
    virtual void setLocation(const char *, const IORegistryPlane *);
    virtual bool getPath(char *, int *, const IORegistryPlane *) const;
    virtual bool getPathComponent(char *, int *, const IORegistryPlane *) const;
    virtual IORegistryEntry *childFromPath(const char *, const IORegistryPlane *, char *, int *);
    virtual bool init(IORegistryEntry *, const IORegistryPlane *);
protected:
    ExpansionData *reserved;
private:
    OSDictionary *fRegistryTable;
    OSDictionary *fPropertyTable;
};

class IORegistryEntry::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
