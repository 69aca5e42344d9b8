// Writes behind a block of memory and frees it.
//
// ends: 1
// panic: memory
#include "witness.h"

WITNESS(org_loopflower_witness_Overrun)

void org_loopflower_witness_Overrun::act(IOService *) {
    char *block = static_cast<char *>(IOMalloc(20));
    smash(block, 21);
    IOFree(block, 20);
}
