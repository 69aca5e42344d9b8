// Writes over everything from a metaclass object of the kernel upwards.
//
// ends: 1
// panic: page fault: write to
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_ScribbleMetaclassUp)

void org_loopflower_witness_ScribbleMetaclassUp::act(IOService *) {
    scribble(&IOService::gMetaClass, 1);
}
