// What core-io-sys binds: everything of these headers that C can say.
#include <IOKit/IOLib.h>
#include <IOKit/IOTypes.h>
#include <IOKit/audio/IOAudioDefines.h>
#include <IOKit/audio/IOAudioTypes.h>
#include <kern/clock.h>
#include <kern/debug.h>
#include <mach/mach_time.h>
#include <pexpert/pexpert.h>
#include <string.h>
