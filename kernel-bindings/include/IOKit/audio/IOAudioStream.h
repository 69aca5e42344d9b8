// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/audio/IOAudioEngine.h>

struct IOAudioClientBuffer;
class IOAudioControl;
class IOAudioEngine;
struct IOAudioEnginePosition;
struct IOAudioStreamFormatDesc;
class IOCommandGate;
class IOService;
class IOWorkLoop;
class OSArray;
class OSDictionary;
class OSMetaClass;
class OSObject;
class OSSet;
class OSSymbol;
struct _IOAudioSampleRate;
struct _IOAudioStreamFormat;
struct _IOAudioStreamFormatExtension;
struct _IORecursiveLock;

class IOAudioStream : public IOService {
public:
    typedef int (*AudioIOFunction)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
    static const OSSymbol *gDirectionKey;
    static const OSSymbol *gNumChannelsKey;
    static const OSSymbol *gSampleFormatKey;
    static const OSSymbol *gNumericRepresentationKey;
    static const OSSymbol *gBitDepthKey;
    static const OSSymbol *gBitWidthKey;
    static const OSSymbol *gAlignmentKey;
    static const OSSymbol *gByteOrderKey;
    static const OSSymbol *gIsMixableKey;
    static const OSSymbol *gDriverTagKey;
    static const OSSymbol *gMinimumSampleRateKey;
    static const OSSymbol *gMaximumSampleRateKey;
protected:
    explicit IOAudioStream(const OSMetaClass *);
public:
    IOAudioStream();
    static void initKeys();
    static OSDictionary *createDictionaryFromFormat(const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, OSDictionary *);
    static _IOAudioStreamFormat *createFormatFromDictionary(const OSDictionary *, _IOAudioStreamFormat *, _IOAudioStreamFormatExtension *);
    static int setFormatAction(OSObject *, void *, void *, void *, void *);
protected:
    virtual ~IOAudioStream();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual int setProperties(OSObject *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual const _IOAudioStreamFormatExtension *getFormatExtension();
    virtual int setFormat(const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, bool);
    virtual int setFormat(const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, OSDictionary *, bool);
    virtual void addAvailableFormat(const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, const _IOAudioSampleRate *, const _IOAudioSampleRate *, int (*const *)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *), unsigned int);
    virtual void addAvailableFormat(const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, const _IOAudioSampleRate *, const _IOAudioSampleRate *, int (*)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *));
    virtual bool validateFormat(_IOAudioStreamFormat *, _IOAudioStreamFormatExtension *, IOAudioStreamFormatDesc *);
    virtual void setTerminalType(const unsigned int);
    virtual int mixOutputSamples(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual void setSampleLatency(unsigned int);
    virtual bool validateFormat(_IOAudioStreamFormat *, _IOAudioStreamFormatExtension *, IOAudioStreamFormatDesc *, const _IOAudioSampleRate *);
    virtual unsigned int getNumSampleFramesRead();
    virtual void setDefaultNumSampleFramesRead(unsigned int);
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
    virtual bool initWithAudioEngine(IOAudioEngine *, _IOAudioStreamDirection, unsigned int, const char *, OSDictionary *);
    virtual _IOAudioStreamDirection getDirection();
    virtual void setSampleBuffer(void *, unsigned int);
    virtual void *getSampleBuffer();
    virtual unsigned int getSampleBufferSize();
    virtual void setMixBuffer(void *, unsigned int);
    virtual void *getMixBuffer();
    virtual unsigned int getMixBufferSize();
    virtual void numSampleFramesPerBufferChanged();
    virtual void clearSampleBuffer();
    virtual void setIOFunction(int (*)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *));
    virtual void setIOFunctionList(int (*const *)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *), unsigned int);
    virtual const _IOAudioStreamFormat *getFormat();
    virtual int setFormat(const _IOAudioStreamFormat *, bool);
    virtual int setFormat(OSDictionary *);
    virtual int setFormat(const _IOAudioStreamFormat *, OSDictionary *, bool);
    virtual int hardwareFormatChanged(const _IOAudioStreamFormat *);
    virtual void addAvailableFormat(const _IOAudioStreamFormat *, const _IOAudioSampleRate *, const _IOAudioSampleRate *, int (*const *)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *), unsigned int);
    virtual void addAvailableFormat(const _IOAudioStreamFormat *, const _IOAudioSampleRate *, const _IOAudioSampleRate *, int (*)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *));
    virtual void clearAvailableFormats();
    virtual bool validateFormat(_IOAudioStreamFormat *, IOAudioStreamFormatDesc *);
    virtual unsigned int getStartingChannelID();
    virtual unsigned int getMaxNumChannels();
    virtual void setStreamAvailable(bool);
    virtual bool getStreamAvailable();
    virtual int addDefaultAudioControl(IOAudioControl *);
    virtual void removeDefaultAudioControls();
protected:
    virtual void lockStreamForIO();
    virtual void unlockStreamForIO();
    virtual void updateNumClients();
    virtual int addClient(IOAudioClientBuffer *);
    virtual void removeClient(IOAudioClientBuffer *);
    virtual unsigned int getNumClients();
    virtual int processOutputSamples(IOAudioClientBuffer *, unsigned int, unsigned int, bool);
    virtual int readInputSamples(IOAudioClientBuffer *, unsigned int);
    virtual void resetClipInfo();
    virtual void clipIfNecessary();
    virtual void clipOutputSamples(unsigned int, unsigned int);
    virtual void setStartingChannelNumber(unsigned int);
private:
    virtual void setDirection(_IOAudioStreamDirection);
public:
    IOAudioEngine *audioEngine;
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    _IORecursiveLock *streamIOLock;
    unsigned int numClients;
    _IOAudioStreamDirection direction;
    _IOAudioStreamFormat format;
    IOAudioStreamFormatDesc *availableFormats;
    OSArray *availableFormatDictionaries;
    unsigned int numAvailableFormats;
    unsigned int startingChannelID;
    unsigned int maxNumChannels;
    void *sampleBuffer;
    unsigned int sampleBufferSize;
    void *mixBuffer;
    unsigned int mixBufferSize;
    bool streamAllocatedMixBuffer;
    int (**audioIOFunctions)(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    unsigned int numIOFunctions;
    bool streamAvailable;
    OSSet *defaultAudioControls;
    IOAudioEnginePosition startingPosition;
    IOAudioEnginePosition clippedPosition;
    IOAudioClientBuffer *clientBufferListStart;
    IOAudioClientBuffer *clientBufferListEnd;
    IOAudioClientBuffer *userClientList;
protected:
    IOAudioStream::ExpansionData *reserved;
};

class IOAudioStream::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
