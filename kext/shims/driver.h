// The Rust library's functions (kext/driver), and the shims' functions that it calls back.
#pragma once
#include <IOKit/IOReturn.h>
#include <IOKit/audio/IOAudioTypes.h>

// The state behind an engine.
struct LfInstance;

// A device as the personality defines it; absent or of the wrong type is null or 0.
struct LfDefinition {
    const char *name;
    const char *uid;
    UInt64 channels;
    UInt32 rateCount;
    UInt64 rates[8];
};
static_assert(sizeof(LfDefinition) == 96, "as in kext/driver");

// What the streams and the engine's properties are made of.
struct LfShape {
    IOAudioStreamFormat format;
    IOAudioSampleRate rates[6];
    UInt32 rateCount;
    UInt32 ringFrames;
    UInt32 ringBytes;
    UInt32 clockDomain;
    void *ring;
};
static_assert(sizeof(LfShape) == 96, "as in kext/driver");

extern "C" {
LfInstance *lf_engine_create(const LfDefinition *);
void lf_engine_destroy(LfInstance *);
void lf_engine_shape(const LfInstance *, LfShape *);

IOReturn lf_engine_start(const LfInstance *, void *host);
IOReturn lf_engine_stop(const LfInstance *);
void lf_engine_timer(const LfInstance *, void *host);
IOReturn lf_engine_change_format(const LfInstance *, const IOAudioStreamFormat *, const IOAudioSampleRate *);
IOReturn lf_engine_set_muted(const LfInstance *, bool);
UInt32 lf_engine_current_frame(const LfInstance *);

IOReturn lf_engine_write(const LfInstance *, const void *mix, UInt32 first, UInt32 frames);
IOReturn lf_engine_read(const LfInstance *, void *client, UInt32 first, UInt32 frames);
IOReturn lf_engine_erase(const LfInstance *, const void *mix, UInt32 first, UInt32 frames);

bool lf_devices_started(UInt32 started, UInt32 defined);

void lf_host_take_time_stamp(void *host, bool nextLap, UInt64 time);
IOReturn lf_host_wake_at(void *host, UInt64 time);
void lf_host_restart(void *host);
}
