// Writes behind a block of memory and frees it.
//
// ends: 1
// panic: overrun: memory behind a block was written: byte 20 of a block of 20 bytes, allocated by _IOMalloc from overrun`
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_Overrun)

void org_loopflower_witness_Overrun::act(IOService *) {
    char *block = static_cast<char *>(IOMalloc(20));
    smash(block, 21);
    IOFree(block, 20);
    IOLog("overrun: went on\n");
}
