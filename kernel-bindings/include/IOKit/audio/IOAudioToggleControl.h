// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioControl.h>

class OSDictionary;

// 232 bytes, 347 slots.
class IOAudioToggleControl : public IOAudioControl {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOAudioToggleControl *createMuteControl(bool, UInt32, const char *, UInt32, UInt32);
    static IOAudioToggleControl *createPassThruMuteControl(bool, UInt32, const char *, UInt32);
    static IOAudioToggleControl *create(bool, UInt32, const char *, UInt32, UInt32, UInt32);
protected:
    explicit IOAudioToggleControl(const OSMetaClass *);
public:
    IOAudioToggleControl();
protected:
    virtual ~IOAudioToggleControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
private:
    virtual void _RESERVEDIOAudioToggleControl0();
    virtual void _RESERVEDIOAudioToggleControl1();
    virtual void _RESERVEDIOAudioToggleControl2();
    virtual void _RESERVEDIOAudioToggleControl3();
    virtual void _RESERVEDIOAudioToggleControl4();
    virtual void _RESERVEDIOAudioToggleControl5();
    virtual void _RESERVEDIOAudioToggleControl6();
    virtual void _RESERVEDIOAudioToggleControl7();
    virtual void _RESERVEDIOAudioToggleControl8();
    virtual void _RESERVEDIOAudioToggleControl9();
    virtual void _RESERVEDIOAudioToggleControl10();
    virtual void _RESERVEDIOAudioToggleControl11();
    virtual void _RESERVEDIOAudioToggleControl12();
    virtual void _RESERVEDIOAudioToggleControl13();
    virtual void _RESERVEDIOAudioToggleControl14();
    virtual void _RESERVEDIOAudioToggleControl15();
public:
    virtual bool init(bool, UInt32, const char *, UInt32, UInt32, UInt32, OSDictionary *);
protected:
    ExpansionData *reserved;
};

class IOAudioToggleControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
