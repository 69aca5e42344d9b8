// Writes over everything from a metaclass object of the kernel downwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleMetaclassDown)

void org_loopflower_witness_ScribbleMetaclassDown::act(IOService *) {
    scribble(&IOService::gMetaClass, -1);
}
