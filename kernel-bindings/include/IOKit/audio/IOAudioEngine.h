// Generated from kernel-bindings/abi by header-check. Do not edit.
#pragma once
#include <IOKit/IOService.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>

class IOAudioControl;
class IOAudioDevice;
struct IOAudioEnginePosition;
class IOAudioEngineUserClient;
class IOAudioStream;
class IOBufferMemoryDescriptor;
class IOCommandGate;
class IOService;
class IOUserClient;
class IOWorkLoop;
class OSDictionary;
class OSMetaClass;
class OSObject;
class OSOrderedSet;
class OSSet;
class OSString;
class OSSymbol;
struct _IOAudioEngineStatus;
struct _IOAudioSampleRate;
struct _IOAudioStreamFormat;
struct _IOAudioStreamFormatExtension;
struct _IOAudioTimeStamp;
struct task;

struct IOAudioEnginePosition {
    unsigned int fSampleFrame;
    unsigned int fLoopCount;
};

class IOAudioEngine : public IOService {
public:
    struct ExpansionData;
    class MetaClass;
private:
    static const OSMetaClass *const superClass;
public:
    static const OSMetaClass *const metaClass;
    static MetaClass gMetaClass;
    static const OSSymbol *gSampleRateWholeNumberKey;
    static const OSSymbol *gSampleRateFractionKey;
protected:
    explicit IOAudioEngine(const OSMetaClass *);
public:
    static OSDictionary *createDictionaryFromSampleRate(const _IOAudioSampleRate *, OSDictionary *);
    static _IOAudioSampleRate *createSampleRateFromDictionary(const OSDictionary *, _IOAudioSampleRate *);
    static void timerCallback(OSObject *, IOAudioDevice *);
protected:
    static void initKeys();
    static int _addUserClientAction(OSObject *, void *, void *, void *, void *);
    static int addUserClientAction(OSObject *, void *, void *, void *, void *);
    static int _removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static int removeUserClientAction(OSObject *, void *, void *, void *, void *);
    static int detachUserClientsAction(OSObject *, void *, void *, void *, void *);
    void setWorkLoopOnAllAudioControls(IOWorkLoop *);
    static void lockStreamForIO(IOAudioStream *);
    static void unlockStreamForIO(IOAudioStream *);
    unsigned int getNextStreamID(IOAudioStream *);
    IOAudioStream *getStreamForID(unsigned int);
    virtual ~IOAudioEngine();
public:
    virtual const OSMetaClass *getMetaClass() const override;
    virtual void free() override;
    virtual bool init(OSDictionary *) override;
    virtual void registerService(unsigned int) override;
    virtual bool start(IOService *) override;
    virtual void stop(IOService *) override;
    virtual IOWorkLoop *getWorkLoop() const override;
    virtual int newUserClient(task *, void *, unsigned int, OSDictionary *, IOUserClient **) override;
    virtual int newUserClient(task *, void *, unsigned int, IOUserClient **) override;
    virtual int performFormatChange(IOAudioStream *, const _IOAudioStreamFormat *, const _IOAudioStreamFormatExtension *, const _IOAudioSampleRate *);
    virtual IOBufferMemoryDescriptor *getStatusDescriptor();
    virtual int getNearestStartTime(IOAudioStream *, _IOAudioTimeStamp *, bool);
    virtual IOBufferMemoryDescriptor *getBytesInInputBufferArrayDescriptor();
    virtual IOBufferMemoryDescriptor *getBytesInOutputBufferArrayDescriptor();
    virtual int eraseOutputSamples(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual void setClockIsStable(bool);
    virtual void setMixClipOverhead(unsigned int);
    virtual void setClockDomain(unsigned int);
    virtual int convertInputSamplesVBR(const void *, void *, unsigned int, unsigned int &, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual void setInputSampleOffset(unsigned int);
    virtual void setOutputSampleOffset(unsigned int);
protected:
    virtual int createUserClient(task *, void *, unsigned int, IOAudioEngineUserClient **, OSDictionary *);
public:
    virtual int setAttributeForConnection(int, unsigned int, unsigned long);
    virtual int getAttributeForConnection(int, unsigned int, unsigned long *);
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
    virtual void setIndex(unsigned int);
    virtual void setDescription(const char *);
    virtual int addAudioStream(IOAudioStream *);
    virtual IOAudioStream *getAudioStream(_IOAudioStreamDirection, unsigned int);
    virtual void lockAllStreams();
    virtual void unlockAllStreams();
    virtual void updateChannelNumbers();
    virtual void resetStatusBuffer();
    virtual void clearAllSampleBuffers();
    virtual unsigned int getCurrentSampleFrame() = 0;
    virtual int startAudioEngine();
    virtual int stopAudioEngine();
    virtual int pauseAudioEngine();
    virtual int resumeAudioEngine();
    virtual int performAudioEngineStart();
    virtual int performAudioEngineStop();
    virtual _IOAudioEngineState getState();
    virtual const _IOAudioSampleRate *getSampleRate();
    virtual int hardwareSampleRateChanged(const _IOAudioSampleRate *);
    virtual bool getRunEraseHead();
    virtual const _IOAudioEngineStatus *getStatus();
    virtual void timerFired();
    virtual unsigned long long getTimerInterval();
    virtual void performErase();
    virtual void performFlush();
    virtual void stopEngineAtPosition(IOAudioEnginePosition *);
    virtual int mixOutputSamples(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual int clipOutputSamples(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual void resetClipPosition(IOAudioStream *, unsigned int);
    virtual int convertInputSamples(const void *, void *, unsigned int, unsigned int, const _IOAudioStreamFormat *, IOAudioStream *);
    virtual void takeTimeStamp(bool, unsigned long long *);
    virtual int getLoopCountAndTimeStamp(unsigned int *, unsigned long long *);
    virtual int calculateSampleTimeout(unsigned long long *, unsigned int, IOAudioEnginePosition *, unsigned long long *);
    virtual int performFormatChange(IOAudioStream *, const _IOAudioStreamFormat *, const _IOAudioSampleRate *);
    virtual void beginConfigurationChange();
    virtual void completeConfigurationChange();
    virtual void cancelConfigurationChange();
    virtual int addDefaultAudioControl(IOAudioControl *);
    virtual int removeDefaultAudioControl(IOAudioControl *);
    virtual void removeAllDefaultAudioControls();
    virtual OSString *getGlobalUniqueID();
    virtual OSString *getLocalUniqueID();
protected:
    virtual void setNumSampleFramesPerBuffer(unsigned int);
    virtual unsigned int getNumSampleFramesPerBuffer();
    virtual _IOAudioEngineState setState(_IOAudioEngineState);
    virtual void setSampleRate(const _IOAudioSampleRate *);
    virtual void setSampleLatency(unsigned int);
    virtual void setOutputSampleLatency(unsigned int);
    virtual void setInputSampleLatency(unsigned int);
    virtual void setSampleOffset(unsigned int);
    virtual void setRunEraseHead(bool);
    virtual void clientClosed(IOAudioEngineUserClient *);
    virtual void addTimer();
    virtual void removeTimer();
    virtual void sendFormatChangeNotification(IOAudioStream *);
    virtual void sendNotification(unsigned int);
    virtual int createUserClient(task *, void *, unsigned int, IOAudioEngineUserClient **);
    virtual int addUserClient(IOAudioEngineUserClient *);
    virtual int removeUserClient(IOAudioEngineUserClient *);
    virtual int detachUserClients();
    virtual int startClient(IOAudioEngineUserClient *);
    virtual int stopClient(IOAudioEngineUserClient *);
    virtual int incrementActiveUserClients();
    virtual int decrementActiveUserClients();
    virtual void detachAudioStreams();
public:
    unsigned int numSampleFramesPerBuffer;
    _IOAudioSampleRate sampleRate;
    unsigned int numErasesPerBuffer;
    bool runEraseHead;
    IOAudioEnginePosition audioEngineStopPosition;
    bool isRegistered;
    bool configurationChangeInProgress;
    _IOAudioEngineState state;
    _IOAudioEngineStatus *status;
    IOAudioDevice *audioDevice;
    IOWorkLoop *workLoop;
    IOCommandGate *commandGate;
    OSOrderedSet *inputStreams;
    unsigned int maxNumInputChannels;
    OSOrderedSet *outputStreams;
    unsigned int maxNumOutputChannels;
    OSSet *userClients;
    OSSet *defaultAudioControls;
    unsigned int numActiveUserClients;
    unsigned int sampleOffset;
    unsigned int index;
    bool duringStartup;
protected:
    bool deviceStartedAudioEngine;
    IOAudioEngine::ExpansionData *reserved;
};

class IOAudioEngine::MetaClass : public OSMetaClass {
public:
    MetaClass();
    virtual OSObject *alloc() const override;
};
