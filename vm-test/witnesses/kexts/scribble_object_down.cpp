// Writes over everything from the object that it is downwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleObjectDown)

void org_loopflower_witness_ScribbleObjectDown::act(IOService *) {
    scribble(this, -1);
}
