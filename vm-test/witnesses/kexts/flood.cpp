// Logs without end.
//
// ends: 1
// hang: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_Flood)

void org_loopflower_witness_Flood::act(IOService *) {
    for (;;) {
        IOLog("flood\n");
    }
}
