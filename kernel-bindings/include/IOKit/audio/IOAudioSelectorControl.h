// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioControl.h>

class OSArray;
class OSDictionary;
class OSString;

// 240 bytes, 350 slots.
class IOAudioSelectorControl : public IOAudioControl {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOAudioSelectorControl *createInputSelector(SInt32, UInt32, const char *, UInt32);
    static IOAudioSelectorControl *createOutputSelector(SInt32, UInt32, const char *, UInt32);
    static IOAudioSelectorControl *createInputClockSelector(SInt32, UInt32, UInt32, const char *, UInt32);
    static IOAudioSelectorControl *createOutputClockSelector(SInt32, UInt32, UInt32, const char *, UInt32);
    static IOAudioSelectorControl *create(SInt32, UInt32, const char *, UInt32, UInt32, UInt32);
protected:
    explicit IOAudioSelectorControl(const OSMetaClass *);
public:
    IOAudioSelectorControl();
protected:
    virtual ~IOAudioSelectorControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual IOReturn validateValue(OSObject *) override;
    virtual IOReturn removeAvailableSelection(SInt32);
    virtual IOReturn replaceAvailableSelection(SInt32, const char *);
    virtual IOReturn replaceAvailableSelection(SInt32, OSString *);
    virtual IOReturn addAvailableSelection(SInt32, OSString *, const char *, OSObject *);
private:
    virtual void _RESERVEDIOAudioSelectorControl4();
    virtual void _RESERVEDIOAudioSelectorControl5();
    virtual void _RESERVEDIOAudioSelectorControl6();
    virtual void _RESERVEDIOAudioSelectorControl7();
    virtual void _RESERVEDIOAudioSelectorControl8();
    virtual void _RESERVEDIOAudioSelectorControl9();
    virtual void _RESERVEDIOAudioSelectorControl10();
    virtual void _RESERVEDIOAudioSelectorControl11();
    virtual void _RESERVEDIOAudioSelectorControl12();
    virtual void _RESERVEDIOAudioSelectorControl13();
    virtual void _RESERVEDIOAudioSelectorControl14();
    virtual void _RESERVEDIOAudioSelectorControl15();
public:
    virtual bool init(SInt32, UInt32, const char *, UInt32, UInt32, UInt32, OSDictionary *);
    virtual IOReturn addAvailableSelection(SInt32, const char *);
    virtual IOReturn addAvailableSelection(SInt32, OSString *);
    virtual bool valueExists(SInt32);
protected:
    OSArray *availableSelections;
    ExpansionData *reserved;
};

class IOAudioSelectorControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
