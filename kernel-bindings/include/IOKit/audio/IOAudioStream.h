// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

struct IOAudioClientBuffer;
class IOAudioControl;
struct IOAudioStreamFormatDesc;
class IOCommandGate;
class IOWorkLoop;
class OSArray;
class OSDictionary;
class OSSet;
class OSSymbol;
struct _IORecursiveLock;

// 336 bytes, 354 slots.
class IOAudioStream : public IOService {
public:
    struct ExpansionData;
    typedef IOReturn (*AudioIOFunction)(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSSymbol *gBitDepthKey;
    static const OSSymbol *gBitWidthKey;
    static const OSSymbol *gAlignmentKey;
    static const OSSymbol *gByteOrderKey;
    static const OSSymbol *gDirectionKey;
    static const OSSymbol *gDriverTagKey;
    static const OSSymbol *gIsMixableKey;
    static const OSSymbol *gNumChannelsKey;
    static const OSSymbol *gSampleFormatKey;
    static const OSSymbol *gMaximumSampleRateKey;
    static const OSSymbol *gMinimumSampleRateKey;
    static const OSSymbol *gNumericRepresentationKey;
    static const OSMetaClass *const metaClass;
    static IOReturn setFormatAction(OSObject *, void *, void *, void *, void *);
    static OSDictionary *createDictionaryFromFormat(const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, OSDictionary *);
    static IOAudioStreamFormat *createFormatFromDictionary(const OSDictionary *, IOAudioStreamFormat *, IOAudioStreamFormatExtension *);
    static void initKeys();
protected:
    explicit IOAudioStream(const OSMetaClass *);
public:
    IOAudioStream();
protected:
    virtual ~IOAudioStream();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual IOReturn setProperties(OSObject *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual const IOAudioStreamFormatExtension *getFormatExtension();
    virtual IOReturn setFormat(const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, bool);
    virtual IOReturn setFormat(const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, OSDictionary *, bool);
    virtual void addAvailableFormat(const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, const IOAudioSampleRate *, const IOAudioSampleRate *, const AudioIOFunction *, UInt32);
    virtual void addAvailableFormat(const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, const IOAudioSampleRate *, const IOAudioSampleRate *, AudioIOFunction);
    virtual bool validateFormat(IOAudioStreamFormat *, IOAudioStreamFormatExtension *, IOAudioStreamFormatDesc *);
    virtual void setTerminalType(const UInt32);
    virtual IOReturn mixOutputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    virtual void setSampleLatency(UInt32);
    virtual bool validateFormat(IOAudioStreamFormat *, IOAudioStreamFormatExtension *, IOAudioStreamFormatDesc *, const IOAudioSampleRate *);
    virtual UInt32 getNumSampleFramesRead();
    virtual void setDefaultNumSampleFramesRead(UInt32);
private:
    virtual void _RESERVEDIOAudioStream12();
    virtual void _RESERVEDIOAudioStream13();
    virtual void _RESERVEDIOAudioStream14();
    virtual void _RESERVEDIOAudioStream15();
    virtual void _RESERVEDIOAudioStream16();
    virtual void _RESERVEDIOAudioStream17();
    virtual void _RESERVEDIOAudioStream18();
    virtual void _RESERVEDIOAudioStream19();
    virtual void _RESERVEDIOAudioStream20();
    virtual void _RESERVEDIOAudioStream21();
    virtual void _RESERVEDIOAudioStream22();
    virtual void _RESERVEDIOAudioStream23();
    virtual void _RESERVEDIOAudioStream24();
    virtual void _RESERVEDIOAudioStream25();
    virtual void _RESERVEDIOAudioStream26();
    virtual void _RESERVEDIOAudioStream27();
    virtual void _RESERVEDIOAudioStream28();
    virtual void _RESERVEDIOAudioStream29();
    virtual void _RESERVEDIOAudioStream30();
    virtual void _RESERVEDIOAudioStream31();
    virtual void _RESERVEDIOAudioStream32();
    virtual void _RESERVEDIOAudioStream33();
    virtual void _RESERVEDIOAudioStream34();
    virtual void _RESERVEDIOAudioStream35();
    virtual void _RESERVEDIOAudioStream36();
    virtual void _RESERVEDIOAudioStream37();
    virtual void _RESERVEDIOAudioStream38();
    virtual void _RESERVEDIOAudioStream39();
    virtual void _RESERVEDIOAudioStream40();
    virtual void _RESERVEDIOAudioStream41();
    virtual void _RESERVEDIOAudioStream42();
    virtual void _RESERVEDIOAudioStream43();
    virtual void _RESERVEDIOAudioStream44();
    virtual void _RESERVEDIOAudioStream45();
    virtual void _RESERVEDIOAudioStream46();
    virtual void _RESERVEDIOAudioStream47();
public:
    virtual bool initWithAudioEngine(IOAudioEngine *, IOAudioStreamDirection, UInt32, const char *, OSDictionary *);
    virtual IOAudioStreamDirection getDirection();
    virtual void setSampleBuffer(void *, UInt32);
    virtual void *getSampleBuffer();
    virtual UInt32 getSampleBufferSize();
    virtual void setMixBuffer(void *, UInt32);
    virtual void *getMixBuffer();
    virtual UInt32 getMixBufferSize();
    virtual void numSampleFramesPerBufferChanged();
    virtual void clearSampleBuffer();
    virtual void setIOFunction(AudioIOFunction);
    virtual void setIOFunctionList(const AudioIOFunction *, UInt32);
    virtual const IOAudioStreamFormat *getFormat();
    virtual IOReturn setFormat(const IOAudioStreamFormat *, bool);
    virtual IOReturn setFormat(OSDictionary *);
    virtual IOReturn setFormat(const IOAudioStreamFormat *, OSDictionary *, bool);
    virtual IOReturn hardwareFormatChanged(const IOAudioStreamFormat *);
    virtual void addAvailableFormat(const IOAudioStreamFormat *, const IOAudioSampleRate *, const IOAudioSampleRate *, const AudioIOFunction *, UInt32);
    virtual void addAvailableFormat(const IOAudioStreamFormat *, const IOAudioSampleRate *, const IOAudioSampleRate *, AudioIOFunction);
    virtual void clearAvailableFormats();
    virtual bool validateFormat(IOAudioStreamFormat *, IOAudioStreamFormatDesc *);
    virtual UInt32 getStartingChannelID();
    virtual UInt32 getMaxNumChannels();
    virtual void setStreamAvailable(bool);
    virtual bool getStreamAvailable();
    virtual IOReturn addDefaultAudioControl(IOAudioControl *);
    virtual void removeDefaultAudioControls();
protected:
    virtual void lockStreamForIO();
    virtual void unlockStreamForIO();
    virtual void updateNumClients();
    virtual IOReturn addClient(IOAudioClientBuffer *);
    virtual void removeClient(IOAudioClientBuffer *);
    virtual UInt32 getNumClients();
    virtual IOReturn processOutputSamples(IOAudioClientBuffer *, UInt32, UInt32, bool);
    virtual IOReturn readInputSamples(IOAudioClientBuffer *, UInt32);
    virtual void resetClipInfo();
    virtual void clipIfNecessary();
    virtual void clipOutputSamples(UInt32, UInt32);
    virtual void setStartingChannelNumber(UInt32);
private:
    virtual void setDirection(IOAudioStreamDirection);
public:
    IOAudioEngine *audioEngine;
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    _IORecursiveLock *streamIOLock;
    UInt32 numClients;
    IOAudioStreamDirection direction;
    IOAudioStreamFormat format;
    IOAudioStreamFormatDesc *availableFormats;
    OSArray *availableFormatDictionaries;
    UInt32 numAvailableFormats;
    UInt32 startingChannelID;
    UInt32 maxNumChannels;
    void *sampleBuffer;
    UInt32 sampleBufferSize;
    void *mixBuffer;
    UInt32 mixBufferSize;
    bool streamAllocatedMixBuffer;
    AudioIOFunction *audioIOFunctions;
    UInt32 numIOFunctions;
    bool streamAvailable;
    OSSet *defaultAudioControls;
    IOAudioEnginePosition startingPosition;
    IOAudioEnginePosition clippedPosition;
    IOAudioClientBuffer *clientBufferListStart;
    IOAudioClientBuffer *clientBufferListEnd;
    IOAudioClientBuffer *userClientList;
protected:
    ExpansionData *reserved;
};

class IOAudioStream::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
