// Never comes back.
//
// ends: 1
// hang: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_Hang)

void org_loopflower_witness_Hang::act(IOService *) {
    for (;;) {
        asm volatile("");
    }
}
