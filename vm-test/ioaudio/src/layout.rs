//! Byte offsets of the fields that drivers can see; the same on 10.6 to 11 (a test in `checks` compares them with the facts).

/// IOAudioDevice.
pub mod device {
    /// `IOWorkLoop *workLoop`.
    pub const WORK_LOOP: usize = 136;
    /// `IOCommandGate *commandGate`.
    pub const COMMAND_GATE: usize = 144;
    /// `IOTimerEventSource *timerEventSource`.
    pub const TIMER_EVENT_SOURCE: usize = 152;
    /// `bool duringStartup`.
    pub const DURING_STARTUP: usize = 160;
    /// `bool familyManagePower`.
    pub const FAMILY_MANAGE_POWER: usize = 161;
    /// `UInt32 numRunningAudioEngines`.
    pub const NUM_RUNNING_AUDIO_ENGINES: usize = 164;
    /// `IOAudioDevicePowerState currentPowerState`.
    pub const CURRENT_POWER_STATE: usize = 168;
    /// `IOAudioDevicePowerState pendingPowerState`.
    pub const PENDING_POWER_STATE: usize = 172;
    /// `OSArray *audioEngines`.
    pub const AUDIO_ENGINES: usize = 176;
    /// `AbsoluteTime minimumInterval`.
    pub const MINIMUM_INTERVAL: usize = 200;
    /// `AbsoluteTime previousTimerFire`.
    pub const PREVIOUS_TIMER_FIRE: usize = 208;
}

/// IOAudioEngine.
pub mod engine {
    /// `UInt32 numSampleFramesPerBuffer`.
    pub const NUM_SAMPLE_FRAMES_PER_BUFFER: usize = 136;
    /// `IOAudioSampleRate sampleRate`: whole, fraction.
    pub const SAMPLE_RATE: usize = 140;
    /// `UInt32 numErasesPerBuffer`.
    pub const NUM_ERASES_PER_BUFFER: usize = 148;
    /// `bool runEraseHead`.
    pub const RUN_ERASE_HEAD: usize = 152;
    /// `IOAudioEnginePosition audioEngineStopPosition`.
    pub const AUDIO_ENGINE_STOP_POSITION: usize = 156;
    /// `bool isRegistered`.
    pub const IS_REGISTERED: usize = 164;
    /// `bool configurationChangeInProgress`.
    pub const CONFIGURATION_CHANGE_IN_PROGRESS: usize = 165;
    /// `IOAudioEngineState state`.
    pub const STATE: usize = 168;
    /// `IOAudioEngineStatus *status`.
    pub const STATUS: usize = 176;
    /// `IOAudioDevice *audioDevice`.
    pub const AUDIO_DEVICE: usize = 184;
    /// `IOWorkLoop *workLoop`.
    pub const WORK_LOOP: usize = 192;
    /// `IOCommandGate *commandGate`.
    pub const COMMAND_GATE: usize = 200;
    /// `OSOrderedSet *inputStreams`.
    pub const INPUT_STREAMS: usize = 208;
    /// `UInt32 maxNumInputChannels`.
    pub const MAX_NUM_INPUT_CHANNELS: usize = 216;
    /// `OSOrderedSet *outputStreams`.
    pub const OUTPUT_STREAMS: usize = 224;
    /// `UInt32 maxNumOutputChannels`.
    pub const MAX_NUM_OUTPUT_CHANNELS: usize = 232;
    /// `OSSet *userClients`.
    pub const USER_CLIENTS: usize = 240;
    /// `OSSet *defaultAudioControls`.
    pub const DEFAULT_AUDIO_CONTROLS: usize = 248;
    /// `UInt32 numActiveUserClients`.
    pub const NUM_ACTIVE_USER_CLIENTS: usize = 256;
    /// `UInt32 sampleOffset`.
    pub const SAMPLE_OFFSET: usize = 260;
    /// `UInt32 index`.
    pub const INDEX: usize = 264;
    /// `bool duringStartup`.
    pub const DURING_STARTUP: usize = 268;
    /// `bool deviceStartedAudioEngine`.
    pub const DEVICE_STARTED_AUDIO_ENGINE: usize = 269;
}

/// IOAudioStream.
pub mod stream {
    /// `IOAudioEngine *audioEngine`.
    pub const AUDIO_ENGINE: usize = 136;
    /// `IOWorkLoop *workLoop`.
    pub const WORK_LOOP: usize = 144;
    /// `IOCommandGate *commandGate`.
    pub const COMMAND_GATE: usize = 152;
    /// `IORecursiveLock *streamIOLock`.
    pub const STREAM_IO_LOCK: usize = 160;
    /// `UInt32 numClients`.
    pub const NUM_CLIENTS: usize = 168;
    /// `IOAudioStreamDirection direction`: 0 output, 1 input.
    pub const DIRECTION: usize = 172;
    /// `IOAudioStreamFormat format`.
    pub const FORMAT: usize = 176;
    /// `UInt32 numAvailableFormats`.
    pub const NUM_AVAILABLE_FORMATS: usize = 216;
    /// `UInt32 startingChannelID`.
    pub const STARTING_CHANNEL_ID: usize = 220;
    /// `UInt32 maxNumChannels`.
    pub const MAX_NUM_CHANNELS: usize = 224;
    /// `void *sampleBuffer`.
    pub const SAMPLE_BUFFER: usize = 232;
    /// `UInt32 sampleBufferSize`, bytes.
    pub const SAMPLE_BUFFER_SIZE: usize = 240;
    /// `void *mixBuffer`.
    pub const MIX_BUFFER: usize = 248;
    /// `UInt32 mixBufferSize`, bytes.
    pub const MIX_BUFFER_SIZE: usize = 256;
    /// `bool streamAllocatedMixBuffer`.
    pub const STREAM_ALLOCATED_MIX_BUFFER: usize = 260;
    /// `AudioIOFunction *audioIOFunctions`.
    pub const AUDIO_IO_FUNCTIONS: usize = 264;
    /// `UInt32 numIOFunctions`.
    pub const NUM_IO_FUNCTIONS: usize = 272;
    /// `bool streamAvailable`.
    pub const STREAM_AVAILABLE: usize = 276;
    /// `OSSet *defaultAudioControls`.
    pub const DEFAULT_AUDIO_CONTROLS: usize = 280;
    /// `IOAudioEnginePosition startingPosition`.
    pub const STARTING_POSITION: usize = 288;
    /// `IOAudioEnginePosition clippedPosition`.
    pub const CLIPPED_POSITION: usize = 296;
}

/// IOAudioControl.
pub mod control {
    /// `IOWorkLoop *workLoop`.
    pub const WORK_LOOP: usize = 136;
    /// `IOCommandGate *commandGate`.
    pub const COMMAND_GATE: usize = 144;
    /// `bool isStarted`.
    pub const IS_STARTED: usize = 152;
    /// `UInt32 controlID`.
    pub const CONTROL_ID: usize = 156;
    /// `UInt32 channelID`.
    pub const CHANNEL_ID: usize = 160;
    /// `UInt32 type`.
    pub const TYPE: usize = 164;
    /// `UInt32 subType`.
    pub const SUB_TYPE: usize = 168;
    /// `UInt32 usage`.
    pub const USAGE: usize = 172;
    /// `OSObject *value`.
    pub const VALUE: usize = 176;
    /// `ValueChangeHandler valueChangeHandler`.
    pub const VALUE_CHANGE_HANDLER: usize = 192;
    /// `OSObject *valueChangeTarget`.
    pub const VALUE_CHANGE_TARGET: usize = 200;
    /// `OSSet *userClients`.
    pub const USER_CLIENTS: usize = 208;
}

/// IOAudioLevelControl.
pub mod level {
    /// `SInt32 minValue`.
    pub const MIN_VALUE: usize = 224;
    /// `SInt32 maxValue`.
    pub const MAX_VALUE: usize = 228;
    /// `IOFixed minDB`.
    pub const MIN_DB: usize = 232;
    /// `IOFixed maxDB`.
    pub const MAX_DB: usize = 236;
    /// `OSArray *ranges`.
    pub const RANGES: usize = 240;
}

/// IOAudioSelectorControl.
pub mod selector {
    /// `OSArray *availableSelections`.
    pub const AVAILABLE_SELECTIONS: usize = 224;
}

/// IOAudioControlUserClient.
pub mod control_client {
    /// `IOAudioControl *audioControl`.
    pub const AUDIO_CONTROL: usize = 224;
}

/// IOAudioEngineUserClient.
pub mod client {
    /// `IOAudioEngine *audioEngine`.
    pub const AUDIO_ENGINE: usize = 216;
    /// `IOWorkLoop *workLoop`.
    pub const WORK_LOOP: usize = 224;
    /// `IOCommandGate *commandGate`.
    pub const COMMAND_GATE: usize = 232;
    /// `IOExternalTrap trap`: object, function.
    pub const TRAP: usize = 480;
    /// `task_t clientTask`.
    pub const CLIENT_TASK: usize = 504;
    /// `UInt32 numSampleFrames`.
    pub const NUM_SAMPLE_FRAMES: usize = 512;
    /// `IOAudioClientBufferSet *clientBufferSetList`, the newest first.
    pub const CLIENT_BUFFER_SET_LIST: usize = 520;
    /// `IORecursiveLock *clientBufferLock`.
    pub const CLIENT_BUFFER_LOCK: usize = 528;
    /// `IOAudioNotificationMessage *notificationMessage`.
    pub const NOTIFICATION_MESSAGE: usize = 536;
    /// `bool online`.
    pub const ONLINE: usize = 544;
}

/// IOAudioClientBufferSet.
pub mod buffer_set {
    /// `UInt32 bufferSetID`.
    pub const BUFFER_SET_ID: usize = 12;
    /// `IOAudioEngineUserClient *userClient`.
    pub const USER_CLIENT: usize = 16;
    /// `IOAudioClientBuffer64 *outputBufferList`.
    pub const OUTPUT_BUFFER_LIST: usize = 24;
    /// `IOAudioClientBuffer64 *inputBufferList`.
    pub const INPUT_BUFFER_LIST: usize = 32;
    /// `IOAudioEnginePosition nextOutputPosition`.
    pub const NEXT_OUTPUT_POSITION: usize = 40;
    /// `AbsoluteTime outputTimeout`.
    pub const OUTPUT_TIMEOUT: usize = 48;
    /// `AbsoluteTime sampleInterval`.
    pub const SAMPLE_INTERVAL: usize = 56;
    /// `IOAudioClientBufferSet *mNextBufferSet`.
    pub const NEXT_BUFFER_SET: usize = 64;
    /// `UInt32 generationCount`.
    pub const GENERATION_COUNT: usize = 80;
    /// `bool timerPending`.
    pub const TIMER_PENDING: usize = 84;
}

/// IOAudioPort.
pub mod port {
    /// `IOAudioDevice *audioDevice`.
    pub const AUDIO_DEVICE: usize = 136;
    /// `OSSet *audioControls`.
    pub const AUDIO_CONTROLS: usize = 144;
    /// `bool isRegistered`.
    pub const IS_REGISTERED: usize = 152;
}
