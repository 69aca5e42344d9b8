// Writes over everything from its stack upwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleStackUp)

void org_loopflower_witness_ScribbleStackUp::act(IOService *) {
    scribble(__builtin_frame_address(0), 1);
}
