// Sleeps while it has interrupts disabled.
//
// ends: 1
// finding: interrupt: _IOSleep, which may wait or allocate, is called while interrupts are disabled, on
// finding: in masked_sleep`
// finding: interrupt: a thread waits for a deadline while interrupts are disabled, on
#include "witness.h"

extern "C" boolean_t ml_set_interrupts_enabled(boolean_t);

WITNESS(org_loopflower_witness_MaskedSleep)

void org_loopflower_witness_MaskedSleep::act(IOService *) {
    boolean_t before = ml_set_interrupts_enabled(0);
    IOSleep(1);
    ml_set_interrupts_enabled(before);
    // From here on it may.
    IOSleep(1);
}
