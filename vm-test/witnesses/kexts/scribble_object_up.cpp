// Writes over everything from the object that it is upwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleObjectUp)

void org_loopflower_witness_ScribbleObjectUp::act(IOService *) {
    scribble(this, 1);
}
