// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioControl.h>

class OSArray;
class OSDictionary;

// 256 bytes, 357 slots.
class IOAudioLevelControl : public IOAudioControl {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static IOAudioLevelControl *createVolumeControl(SInt32, SInt32, SInt32, IOFixed, IOFixed, UInt32, const char *, UInt32, UInt32);
    static IOAudioLevelControl *createPassThruVolumeControl(SInt32, SInt32, SInt32, IOFixed, IOFixed, UInt32, const char *, UInt32);
    static IOAudioLevelControl *create(SInt32, SInt32, SInt32, IOFixed, IOFixed, UInt32, const char *, UInt32, UInt32, UInt32);
protected:
    explicit IOAudioLevelControl(const OSMetaClass *);
public:
    IOAudioLevelControl();
protected:
    virtual ~IOAudioLevelControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual IOReturn validateValue(OSObject *) override;
    virtual void setLinearScale(bool);
private:
    virtual void _RESERVEDIOAudioLevelControl1();
    virtual void _RESERVEDIOAudioLevelControl2();
    virtual void _RESERVEDIOAudioLevelControl3();
    virtual void _RESERVEDIOAudioLevelControl4();
    virtual void _RESERVEDIOAudioLevelControl5();
    virtual void _RESERVEDIOAudioLevelControl6();
    virtual void _RESERVEDIOAudioLevelControl7();
    virtual void _RESERVEDIOAudioLevelControl8();
    virtual void _RESERVEDIOAudioLevelControl9();
    virtual void _RESERVEDIOAudioLevelControl10();
    virtual void _RESERVEDIOAudioLevelControl11();
    virtual void _RESERVEDIOAudioLevelControl12();
    virtual void _RESERVEDIOAudioLevelControl13();
    virtual void _RESERVEDIOAudioLevelControl14();
    virtual void _RESERVEDIOAudioLevelControl15();
public:
    virtual bool init(SInt32, SInt32, SInt32, IOFixed, IOFixed, UInt32, const char *, UInt32, UInt32, UInt32, OSDictionary *);
    virtual void setMinValue(SInt32);
    virtual SInt32 getMinValue();
    virtual void setMaxValue(SInt32);
    virtual SInt32 getMaxValue();
    virtual void setMinDB(IOFixed);
    virtual IOFixed getMinDB();
    virtual void setMaxDB(IOFixed);
    virtual IOFixed getMaxDB();
    virtual IOReturn addRange(SInt32, SInt32, IOFixed, IOFixed);
    virtual IOReturn addNegativeInfinity(SInt32);
protected:
    SInt32 minValue;
    SInt32 maxValue;
    IOFixed minDB;
    IOFixed maxDB;
    OSArray *ranges;
    ExpansionData *reserved;
};

class IOAudioLevelControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
