// Writes over everything from its provider upwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleProviderUp)

void org_loopflower_witness_ScribbleProviderUp::act(IOService *provider) {
    scribble(provider, 1);
}
