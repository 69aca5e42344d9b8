// Writes over everything from its provider downwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleProviderDown)

void org_loopflower_witness_ScribbleProviderDown::act(IOService *provider) {
    scribble(provider, -1);
}
