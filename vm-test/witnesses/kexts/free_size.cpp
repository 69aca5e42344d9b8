// Frees a block of memory with another size than it has.
//
// ends: 1
// only: hosted
// panic: free-size: a block of 20 bytes, allocated by _IOMalloc from free_size`
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_FreeSize)

void org_loopflower_witness_FreeSize::act(IOService *) {
    void *block = IOMalloc(20);
    IOFree(block, 24);
    IOLog("free_size: went on\n");
}
