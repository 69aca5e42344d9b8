// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioControl;
class IOAudioDevice;
class IOAudioEngineUserClient;
class IOAudioStream;
class IOBufferMemoryDescriptor;
class IOCommandGate;
class IOUserClient;
class IOWorkLoop;
class OSDictionary;
class OSOrderedSet;
class OSSet;
class OSString;
class OSSymbol;
struct task;

struct IOAudioEnginePosition {
    UInt32 fSampleFrame;
    UInt32 fLoopCount;
};

// 280 bytes, 383 slots.
class IOAudioEngine : public IOService {
public:
    struct ExpansionData;
    class MetaClass;
    static MetaClass gMetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSSymbol *gSampleRateFractionKey;
    static const OSSymbol *gSampleRateWholeNumberKey;
    static const OSMetaClass *const metaClass;
    static void timerCallback(OSObject *, IOAudioDevice *);
protected:
    IOAudioStream *getStreamForID(UInt32);
    UInt32 getNextStreamID(IOAudioStream *);
    static void lockStreamForIO(IOAudioStream *);
    static void unlockStreamForIO(IOAudioStream *);
    static IOReturn addUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn _addUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn _removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static IOReturn detachUserClientsAction(OSObject *, void *, void *, void *, void *);
    void setWorkLoopOnAllAudioControls(IOWorkLoop *);
public:
    static OSDictionary *createDictionaryFromSampleRate(const IOAudioSampleRate *, OSDictionary *);
    static IOAudioSampleRate *createSampleRateFromDictionary(const OSDictionary *, IOAudioSampleRate *);
protected:
    static void initKeys();
    explicit IOAudioEngine(const OSMetaClass *);
    virtual ~IOAudioEngine();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual bool init(OSDictionary *) override;
    virtual void registerService(IOOptionBits) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual IOReturn newUserClient(task *, void *, UInt32, OSDictionary *, IOUserClient **) override;
    virtual IOReturn newUserClient(task *, void *, UInt32, IOUserClient **) override;
    virtual IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioStreamFormatExtension *, const IOAudioSampleRate *);
    virtual IOBufferMemoryDescriptor *getStatusDescriptor();
    virtual IOReturn getNearestStartTime(IOAudioStream *, IOAudioTimeStamp *, bool);
    virtual IOBufferMemoryDescriptor *getBytesInInputBufferArrayDescriptor();
    virtual IOBufferMemoryDescriptor *getBytesInOutputBufferArrayDescriptor();
    virtual IOReturn eraseOutputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    virtual void setClockIsStable(bool);
    virtual void setMixClipOverhead(UInt32);
    virtual void setClockDomain(UInt32);
    virtual IOReturn convertInputSamplesVBR(const void *, void *, UInt32, UInt32 &, const IOAudioStreamFormat *, IOAudioStream *);
    virtual void setInputSampleOffset(UInt32);
    virtual void setOutputSampleOffset(UInt32);
protected:
    virtual IOReturn createUserClient(task *, void *, UInt32, IOAudioEngineUserClient **, OSDictionary *);
public:
    virtual IOReturn setAttributeForConnection(SInt32, UInt32, uintptr_t);
    virtual IOReturn getAttributeForConnection(SInt32, UInt32, uintptr_t *);
private:
    virtual void _RESERVEDIOAudioEngine15();
    virtual void _RESERVEDIOAudioEngine16();
    virtual void _RESERVEDIOAudioEngine17();
    virtual void _RESERVEDIOAudioEngine18();
    virtual void _RESERVEDIOAudioEngine19();
    virtual void _RESERVEDIOAudioEngine20();
    virtual void _RESERVEDIOAudioEngine21();
    virtual void _RESERVEDIOAudioEngine22();
    virtual void _RESERVEDIOAudioEngine23();
    virtual void _RESERVEDIOAudioEngine24();
    virtual void _RESERVEDIOAudioEngine25();
    virtual void _RESERVEDIOAudioEngine26();
    virtual void _RESERVEDIOAudioEngine27();
    virtual void _RESERVEDIOAudioEngine28();
    virtual void _RESERVEDIOAudioEngine29();
    virtual void _RESERVEDIOAudioEngine30();
    virtual void _RESERVEDIOAudioEngine31();
    virtual void _RESERVEDIOAudioEngine32();
    virtual void _RESERVEDIOAudioEngine33();
    virtual void _RESERVEDIOAudioEngine34();
    virtual void _RESERVEDIOAudioEngine35();
    virtual void _RESERVEDIOAudioEngine36();
    virtual void _RESERVEDIOAudioEngine37();
    virtual void _RESERVEDIOAudioEngine38();
    virtual void _RESERVEDIOAudioEngine39();
    virtual void _RESERVEDIOAudioEngine40();
    virtual void _RESERVEDIOAudioEngine41();
    virtual void _RESERVEDIOAudioEngine42();
    virtual void _RESERVEDIOAudioEngine43();
    virtual void _RESERVEDIOAudioEngine44();
    virtual void _RESERVEDIOAudioEngine45();
    virtual void _RESERVEDIOAudioEngine46();
    virtual void _RESERVEDIOAudioEngine47();
public:
    virtual IOCommandGate *getCommandGate() const;
    virtual bool start(IOService *, IOAudioDevice *);
    virtual bool initHardware(IOService *);
    virtual void setAudioDevice(IOAudioDevice *);
    virtual void setIndex(UInt32);
    virtual void setDescription(const char *);
    virtual IOReturn addAudioStream(IOAudioStream *);
    virtual IOAudioStream *getAudioStream(IOAudioStreamDirection, UInt32);
    virtual void lockAllStreams();
    virtual void unlockAllStreams();
    virtual void updateChannelNumbers();
    virtual void resetStatusBuffer();
    virtual void clearAllSampleBuffers();
    virtual UInt32 getCurrentSampleFrame() = 0;
    virtual IOReturn startAudioEngine();
    virtual IOReturn stopAudioEngine();
    virtual IOReturn pauseAudioEngine();
    virtual IOReturn resumeAudioEngine();
    virtual IOReturn performAudioEngineStart();
    virtual IOReturn performAudioEngineStop();
    virtual IOAudioEngineState getState();
    virtual const IOAudioSampleRate *getSampleRate();
    virtual IOReturn hardwareSampleRateChanged(const IOAudioSampleRate *);
    virtual bool getRunEraseHead();
    virtual const IOAudioEngineStatus *getStatus();
    virtual void timerFired();
    virtual AbsoluteTime getTimerInterval();
    virtual void performErase();
    virtual void performFlush();
    virtual void stopEngineAtPosition(IOAudioEnginePosition *);
    virtual IOReturn mixOutputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    virtual IOReturn clipOutputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    virtual void resetClipPosition(IOAudioStream *, UInt32);
    virtual IOReturn convertInputSamples(const void *, void *, UInt32, UInt32, const IOAudioStreamFormat *, IOAudioStream *);
    virtual void takeTimeStamp(bool, AbsoluteTime *);
    virtual IOReturn getLoopCountAndTimeStamp(UInt32 *, AbsoluteTime *);
    virtual IOReturn calculateSampleTimeout(AbsoluteTime *, UInt32, IOAudioEnginePosition *, AbsoluteTime *);
    virtual IOReturn performFormatChange(IOAudioStream *, const IOAudioStreamFormat *, const IOAudioSampleRate *);
    virtual void beginConfigurationChange();
    virtual void completeConfigurationChange();
    virtual void cancelConfigurationChange();
    virtual IOReturn addDefaultAudioControl(IOAudioControl *);
    virtual IOReturn removeDefaultAudioControl(IOAudioControl *);
    virtual void removeAllDefaultAudioControls();
    virtual OSString *getGlobalUniqueID();
    virtual OSString *getLocalUniqueID();
protected:
    virtual void setNumSampleFramesPerBuffer(UInt32);
    virtual UInt32 getNumSampleFramesPerBuffer();
    virtual IOAudioEngineState setState(IOAudioEngineState);
    virtual void setSampleRate(const IOAudioSampleRate *);
    virtual void setSampleLatency(UInt32);
    virtual void setOutputSampleLatency(UInt32);
    virtual void setInputSampleLatency(UInt32);
    virtual void setSampleOffset(UInt32);
    virtual void setRunEraseHead(bool);
    virtual void clientClosed(IOAudioEngineUserClient *);
    virtual void addTimer();
    virtual void removeTimer();
    virtual void sendFormatChangeNotification(IOAudioStream *);
    virtual void sendNotification(UInt32);
    virtual IOReturn createUserClient(task *, void *, UInt32, IOAudioEngineUserClient **);
    virtual IOReturn addUserClient(IOAudioEngineUserClient *);
    virtual IOReturn removeUserClient(IOAudioEngineUserClient *);
    virtual IOReturn detachUserClients();
    virtual IOReturn startClient(IOAudioEngineUserClient *);
    virtual IOReturn stopClient(IOAudioEngineUserClient *);
    virtual IOReturn incrementActiveUserClients();
    virtual IOReturn decrementActiveUserClients();
    virtual void detachAudioStreams();
public:
    UInt32 numSampleFramesPerBuffer;
    IOAudioSampleRate sampleRate;
    UInt32 numErasesPerBuffer;
    bool runEraseHead;
    IOAudioEnginePosition audioEngineStopPosition;
    bool isRegistered;
    bool configurationChangeInProgress;
    IOAudioEngineState state;
    IOAudioEngineStatus *status;
    IOAudioDevice *audioDevice;
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    OSOrderedSet *inputStreams;
    UInt32 maxNumInputChannels;
    OSOrderedSet *outputStreams;
    UInt32 maxNumOutputChannels;
    OSSet *userClients;
    OSSet *defaultAudioControls;
    UInt32 numActiveUserClients;
    UInt32 sampleOffset;
    UInt32 index;
    bool duringStartup;
protected:
    bool deviceStartedAudioEngine;
    ExpansionData *reserved;
};

class IOAudioEngine::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
