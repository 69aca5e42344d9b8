// Divides by zero.
//
// ends: 1
// panic: divide error
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_Divide)

static volatile unsigned zero;

void org_loopflower_witness_Divide::act(IOService *) {
    IOLog("divide: %u\n", 1000 / zero);
}
