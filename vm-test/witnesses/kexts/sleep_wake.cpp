// Is interested in sleep and wake in both ways, and says what it hears; with the boot argument -deaf it never acknowledges.
//
// ends: 0
// log: registered 1 1 of IOPMrootDomain
#include "witness.h"
#include <IOKit/IOTimerEventSource.h>
#include <IOKit/IOWorkLoop.h>
#include <mach/mach_time.h>
#include <pexpert/pexpert.h>

class IONotifier : public OSObject {
public:
    virtual void remove() = 0;
};

typedef int Handler(void *, void *, unsigned, IOService *, void *, unsigned long);
extern "C" {
IONotifier *registerSleepWakeInterest(Handler *, void *, void *);
IONotifier *registerPrioritySleepWakeInterest(Handler *, void *, void *);
int acknowledgeSleepWakeNotification(void *);
}

static const unsigned will_sleep = 0xe0000280, capability_change = 0xe0000340;

// What comes with a message of the root's state, and with one of what the system is capable of.
struct State {
    void *reference;
    unsigned long wait, number, flags;
};
struct Capabilities {
    unsigned reference, wait, change, zero, from, to, zeros[4];
};

class org_loopflower_witness_SleepWake : public IOService {
    OSDeclareDefaultStructors(org_loopflower_witness_SleepWake)
public:
    bool start(IOService *provider) override;
    void stop(IOService *provider) override;
    bool setUp();

private:
    IONotifier *general, *priority;
    IOTimerEventSource *timer;
    void *reference;
    unsigned long long asked;
    bool deaf;

    static Handler hearGeneral, hearPriority;
    static void acknowledge(OSObject *owner, IOTimerEventSource *);
};
OSDefineMetaClassAndStructors(org_loopflower_witness_SleepWake, IOService)

// Acknowledges before it returns.
int org_loopflower_witness_SleepWake::hearGeneral(void *target, void *text, unsigned kind, IOService *, void *argument,
                                                  unsigned long size) {
    State *state = static_cast<State *>(argument);
    IOLog("%s: %x, %lu bytes\n", static_cast<const char *>(text), kind, size);
    if (kind == will_sleep && !static_cast<org_loopflower_witness_SleepWake *>(target)->deaf) {
        state->wait = 60000000;
        acknowledgeSleepWakeNotification(state->reference);
    }
    return 0;
}

// Asks for 20 ms and takes 5.
int org_loopflower_witness_SleepWake::hearPriority(void *target, void *text, unsigned kind, IOService *, void *argument,
                                                   unsigned long size) {
    org_loopflower_witness_SleepWake *driver = static_cast<org_loopflower_witness_SleepWake *>(target);
    if (kind == capability_change) {
        Capabilities *now = static_cast<Capabilities *>(argument);
        IOLog("%s: %x, %lu bytes, %u: %u to %u\n", static_cast<const char *>(text), kind, size, now->change, now->from, now->to);
        return 0;
    }
    State *state = static_cast<State *>(argument);
    IOLog("%s: %x, %lu bytes\n", static_cast<const char *>(text), kind, size);
    if (kind == will_sleep) {
        state->wait = 20000;
        driver->reference = state->reference;
        driver->asked = mach_absolute_time();
        if (!driver->deaf) {
            driver->timer->setTimeoutMS(5);
        }
    }
    return 0;
}

void org_loopflower_witness_SleepWake::acknowledge(OSObject *owner, IOTimerEventSource *) {
    org_loopflower_witness_SleepWake *driver = static_cast<org_loopflower_witness_SleepWake *>(owner);
    IOLog("acknowledged %d after %s\n", acknowledgeSleepWakeNotification(driver->reference),
          mach_absolute_time() - driver->asked >= 5000000 ? "5 ms" : "less");
}

bool org_loopflower_witness_SleepWake::setUp() {
    int flag = 0;
    deaf = PE_parse_boot_argn("-deaf", &flag, sizeof(flag));
    timer = IOTimerEventSource::timerEventSource(this, acknowledge);
    if (!timer || getWorkLoop()->addEventSource(timer)) {
        return false;
    }
    general = registerSleepWakeInterest(hearGeneral, this, const_cast<char *>("general"));
    priority = registerPrioritySleepWakeInterest(hearPriority, this, const_cast<char *>("priority"));
    IOLog("registered %d %d of %s\n", !!general, !!priority, getPMRootDomain() ? "IOPMrootDomain" : "nothing");
    return general && priority;
}

bool org_loopflower_witness_SleepWake::start(IOService *provider) { return IOService::start(provider) && setUp(); }

void org_loopflower_witness_SleepWake::stop(IOService *provider) {
    general->remove();
    priority->remove();
    getWorkLoop()->removeEventSource(timer);
    timer->release();
    IOService::stop(provider);
}
