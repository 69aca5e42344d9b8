// Writes over everything from its own data upwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleDataUp)

static unsigned long data = 1;

void org_loopflower_witness_ScribbleDataUp::act(IOService *) {
    scribble(&data, 1);
}
