// Never frees 1000 bytes.
//
// ends: 1
// left: 1000 bytes
// finding: never freed: a block of 1000 bytes, allocated by _IOMalloc from leak_memory`__ZN33org_loopflower_witness_LeakMemory3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_LeakMemory)

static void *volatile kept;

void org_loopflower_witness_LeakMemory::act(IOService *) {
    kept = IOMalloc(1000);
}
