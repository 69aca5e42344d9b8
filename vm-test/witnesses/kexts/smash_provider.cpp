// Writes over its provider, which is used again, and goes on.
//
// ends: 1
// panic: general protection fault
#include "witness.h"

WITNESS(org_loopflower_witness_SmashProvider)

void org_loopflower_witness_SmashProvider::act(IOService *provider) {
    smash(provider, sizeof(IOService));
}
