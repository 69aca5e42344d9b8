// Asks what other people's drivers ask in passing, and says what it is told.
//
// ends: 0
// log: processor 0
// log: model 1 Bench1,1; with room for four 1 Ben; with no room 0
// log: interrupts 1; disabled, before 1, now 0; enabled, before 0, now 1; in a handler 0
// log: an interrupt while they are disabled: held back 1, then let through 1
// log: delayed
// log: chain of 3 or more: inner 1, outer 1, zeros 1; of one: 1 inner 1; of none: 0
// log: reported -7 and 2
// log: Backtrace field_calls`_field_outer + 0x
#include "witness.h"
#include <mach/mach_time.h>

extern "C" {
int cpu_number();
boolean_t PEGetModelName(char *, int);
boolean_t ml_get_interrupts_enabled();
boolean_t ml_set_interrupts_enabled(boolean_t);
void delay(int);
unsigned OSBacktrace(void **, unsigned);
void OSReportWithBacktrace(const char *, ...);
__attribute__((visibility("hidden"))) void field_inner();
__attribute__((visibility("hidden"))) void field_outer();
}

WITNESS(org_loopflower_witness_FieldCalls)

static volatile boolean_t handled = 2;
static volatile bool ran;
static void handle(OSObject *, void *, IOService *, int) {
    handled = ml_get_interrupts_enabled();
    ran = true;
}

// Calls the kernel for as long as it takes that an interrupt comes in between, or for some milliseconds.
static void linger() {
    for (int round = 0; round < 20000 && !ran; round++) {
        mach_absolute_time();
    }
}

// Whether an address is in a function that starts there; none of them has more bytes. Inline it would have addresses behind the
// functions as constants, and what lies there is other things.
__attribute__((noinline)) static bool isIn(void *address, void (*function)()) {
    unsigned long start = reinterpret_cast<unsigned long>(function), at = reinterpret_cast<unsigned long>(address);
    return start < at && at < start + 512;
}

__attribute__((noinline)) void field_inner() {
    void *chain[40], *one[2] = {nullptr, chain};
    unsigned count = OSBacktrace(chain, 40), ones = OSBacktrace(one, 1), none = OSBacktrace(nullptr, 0);
    bool zeros = count < 40 && one[1] == chain;
    for (unsigned place = count; place < 40; place++) {
        zeros = zeros && !chain[place];
    }
    IOLog("chain of %s: inner %d, outer %d, zeros %d; of one: %u inner %d; of none: %u\n", count >= 3 ? "3 or more" : "less",
          isIn(chain[0], field_inner), isIn(chain[1], field_outer), zeros, ones, isIn(one[0], field_inner), none);
    OSReportWithBacktrace("reported %d and %lld", -7, 2ll);
    IOLog("back in it\n");
}

__attribute__((noinline)) void field_outer() {
    field_inner();
    IOLog("back outside\n");
}

void org_loopflower_witness_FieldCalls::act(IOService *provider) {
    IOLog("processor %d\n", cpu_number());

    char model[64] = "?", cut[4] = "?", none[1] = {'?'};
    boolean_t whole = PEGetModelName(model, sizeof(model)), part = PEGetModelName(cut, sizeof(cut));
    IOLog("model %d %s; with room for four %d %s; with no room %d\n", whole, model, part, cut, PEGetModelName(none, 0));

    IOService *machine = provider->getProvider();
    machine->registerInterrupt(0, this, handle, nullptr);
    machine->enableInterrupt(0);
    machine->causeInterrupt(0);
    IOSleep(1);
    boolean_t first = ml_get_interrupts_enabled(), on = ml_set_interrupts_enabled(0), disabled = ml_get_interrupts_enabled(),
              off = ml_set_interrupts_enabled(1);
    IOLog("interrupts %d; disabled, before %d, now %d; enabled, before %d, now %d; in a handler %d\n", first, on, disabled, off,
          ml_get_interrupts_enabled(), handled);

    ran = false;
    ml_set_interrupts_enabled(0);
    machine->causeInterrupt(0);
    linger();
    bool early = ran;
    ml_set_interrupts_enabled(1);
    linger();
    IOLog("an interrupt while they are disabled: held back %d, then let through %d\n", !early, ran);
    machine->unregisterInterrupt(0);

    unsigned long long before = mach_absolute_time();
    delay(2000);
    IOLog("%s\n", mach_absolute_time() - before >= 2000000 ? "delayed" : "not delayed");

    field_outer();
}
