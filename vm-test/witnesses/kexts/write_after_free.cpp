// Writes to a block of memory that it has freed.
//
// ends: 1
// finding: freed
#include "witness.h"

WITNESS(org_loopflower_witness_WriteAfterFree)

void org_loopflower_witness_WriteAfterFree::act(IOService *) {
    char *block = static_cast<char *>(IOMalloc(20));
    IOFree(block, 20);
    smash(block, 4);
}
