// Panics on purpose.
//
// ends: 1
// panic: witness 7
// at: 3actEP9IOService
// inside: _panic
#include "witness.h"

WITNESS(org_loopflower_witness_Panics)

void org_loopflower_witness_Panics::act(IOService *) {
    panic("witness %d", 7);
}
