// Its start routine, which the kernel calls before any driver is started, returns an error.
//
// entry: refuse accept
// ends: 1
// refused: Kext org.loopflower.witness.start_fails start failed (result 0x5).
#include "witness.h"

WITNESS(org_loopflower_witness_StartFails)

void org_loopflower_witness_StartFails::act(IOService *) { IOLog("start_fails: started all the same\n"); }

extern "C" int refuse(void *, void *) { return 5; }

extern "C" int accept(void *, void *) { return 0; }
