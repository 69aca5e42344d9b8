// Frees aligned memory as if it were not.
//
// ends: 1
// only: hosted
// panic: free-allocator: a block of 64 bytes, allocated by _IOMallocAligned from free_aligned`
// panic: was freed by IOFree
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_FreeAligned)

void org_loopflower_witness_FreeAligned::act(IOService *) {
    void *block = IOMallocAligned(64, 64);
    IOFree(block, 64);
    IOLog("free_aligned: went on\n");
}
