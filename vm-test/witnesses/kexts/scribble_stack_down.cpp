// Writes over everything from its stack downwards.
//
// ends: 1
// panic: page fault: write to an address below the kernel stack
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleStackDown)

void org_loopflower_witness_ScribbleStackDown::act(IOService *) {
    scribble(__builtin_frame_address(0), -1);
}
