// The Rust library's functions (kext/driver), and what it passes to those of ours that it calls back.
#pragma once
#include <IOKit/IOReturn.h>
#include <IOKit/audio/IOAudioTypes.h>

class OSObject;

// The state behind an engine.
struct LfInstance;

// An engine and its device, as they are published.
struct LfDescription {
    const char *name;
    IOAudioSampleRate rate;
    UInt32 ringFrames, latency, safetyOffset, defaults;
    bool hidden;
};
static_assert(sizeof(LfDescription) == 40, "as in kext/driver");

// A stream: each format is available at each rate.
struct LfStream {
    IOAudioStreamDirection direction;
    UInt32 formatCount;
    const IOAudioStreamFormat *formats;
    const IOAudioSampleRate *rates;
    void *ring;
    UInt32 rateCount;
    UInt32 ringBytes;
};
static_assert(sizeof(LfStream) == 40, "as in kext/driver");

// A control: values from 0 on, of which a level's 0 may be silence.
struct LfControl {
    UInt32 type, subType, usage, id, channel;
    SInt32 value, most;
    IOFixed leastDB, mostDB;
    bool silent;
    const char *name;
    const char *selections[2];
};
static_assert(sizeof(LfControl) == 64, "as in kext/driver");

extern "C" {
bool lf_root_start(void *root, const OSObject *definitions);
IOReturn lf_root_request(void *root, const OSObject *request);
LfInstance *lf_engine_create(const OSObject *definition);
void lf_engine_destroy(LfInstance *); // Or null.
bool lf_engine_set_up(const LfInstance *, void *host);
IOReturn lf_engine_start(const LfInstance *, void *host);
IOReturn lf_engine_stop(const LfInstance *, void *host);
void lf_engine_timer(const LfInstance *, void *host);
IOReturn lf_engine_change_format(const LfInstance *, void *host, IOAudioStreamDirection, const IOAudioStreamFormat *,
                                 const IOAudioSampleRate *);
IOReturn lf_engine_set_control(const LfInstance *, void *host, UInt32 id, SInt32 value);
UInt32 lf_engine_current_frame(const LfInstance *);
IOReturn lf_engine_write(const LfInstance *, const void *mix, UInt32 first, UInt32 frames);
IOReturn lf_engine_read(const LfInstance *, void *client, UInt32 first, UInt32 frames);
IOReturn lf_engine_erase(const LfInstance *, const void *mix, UInt32 first, UInt32 frames);
}
