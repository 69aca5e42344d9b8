// Writes to a block of memory that it has freed.
//
// ends: 1
// finding: freed memory was written: bytes 0 to 3 of a block of 20 bytes, allocated by _IOMalloc from write_after_free`
#include "witness.h"

WITNESS(org_loopflower_witness_WriteAfterFree)

void org_loopflower_witness_WriteAfterFree::act(IOService *) {
    char *block = static_cast<char *>(IOMalloc(20));
    IOFree(block, 20);
    smash(block, 4);
}
