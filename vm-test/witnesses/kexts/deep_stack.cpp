// Uses nearly all of its kernel stack, and comes back.
//
// ends: 1
// finding: stack-depth:
// finding: in deep_stack`
#include "witness.h"

WITNESS(org_loopflower_witness_DeepStack)

__attribute__((noinline)) static int deep() {
    volatile char frame[13000];
    for (unsigned place = 0; place < sizeof frame; place += 256) {
        frame[place] = 1;
    }
    IOSleep(1);
    return frame[256];
}

void org_loopflower_witness_DeepStack::act(IOService *) {
    IOLog("deep_stack: %d\n", deep());
}
