// Frees a block of memory twice.
//
// ends: 1
// panic: double-free: a block of 20 bytes, allocated by _IOMalloc from double_free`
// panic: was freed twice; the first time by _IOFree from double_free`
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_DoubleFree)

void org_loopflower_witness_DoubleFree::act(IOService *) {
    void *block = IOMalloc(20);
    IOFree(block, 20);
    IOFree(block, 20);
    IOLog("double_free: went on\n");
}
