// Writes over the object that it is, and goes on.
//
// ends: 1
// panic: general protection fault
#include "witness.h"

WITNESS(org_loopflower_witness_SmashSelf)

void org_loopflower_witness_SmashSelf::act(IOService *) {
    smash(this, sizeof *this);
}
