// A driver that says that it started, and no more: nothing to find.
//
// ends: 0
// log: quiet: started
#include "witness.h"

WITNESS(org_loopflower_witness_Quiet)

void org_loopflower_witness_Quiet::act(IOService *) {
    IOLog("quiet: started\n");
}
