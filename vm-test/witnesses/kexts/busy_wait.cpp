// Waits for a millisecond to pass by asking for the time again and again.
//
// ends: 0
// log: busy_wait: over
#include <mach/mach_time.h>

#include "witness.h"

WITNESS(org_loopflower_witness_BusyWait)

void org_loopflower_witness_BusyWait::act(IOService *) {
    unsigned long until = mach_absolute_time() + 1000000;
    while (mach_absolute_time() < until) {
    }
    IOLog("busy_wait: over\n");
}
