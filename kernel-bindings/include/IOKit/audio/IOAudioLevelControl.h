// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioControl.h>

class OSArray;
class OSDictionary;
class OSMetaClass;
class OSObject;

class IOAudioLevelControl : public IOAudioControl {
public:
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
protected:
    explicit IOAudioLevelControl(const OSMetaClass *);
public:
    IOAudioLevelControl();
    static IOAudioLevelControl *createPassThruVolumeControl(int, int, int, int, int, unsigned int, const char *, unsigned int);
    static IOAudioLevelControl *create(int, int, int, int, int, unsigned int, const char *, unsigned int, unsigned int, unsigned int);
    static IOAudioLevelControl *createVolumeControl(int, int, int, int, int, unsigned int, const char *, unsigned int, unsigned int);
protected:
    virtual ~IOAudioLevelControl();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual int validateValue(OSObject *) override;
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
    virtual bool init(int, int, int, int, int, unsigned int, const char *, unsigned int, unsigned int, unsigned int, OSDictionary *);
    virtual void setMinValue(int);
    virtual int getMinValue();
    virtual void setMaxValue(int);
    virtual int getMaxValue();
    virtual void setMinDB(int);
    virtual int getMinDB();
    virtual void setMaxDB(int);
    virtual int getMaxDB();
    virtual int addRange(int, int, int, int);
    virtual int addNegativeInfinity(int);
protected:
    int minValue;
    int maxValue;
    int minDB;
    int maxDB;
    OSArray *ranges;
    IOAudioLevelControl::ExpansionData *reserved;
};

class IOAudioLevelControl::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
