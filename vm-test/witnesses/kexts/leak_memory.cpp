// Never frees 1000 bytes.
//
// ends: 1
// left: 1000 bytes
#include "witness.h"

WITNESS(org_loopflower_witness_LeakMemory)

static void *volatile kept;

void org_loopflower_witness_LeakMemory::act(IOService *) {
    kept = IOMalloc(1000);
}
