// Writes over its own code.
//
// ends: 1
// panic: which is not writable
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_WriteCode)

extern "C" __attribute__((noinline)) void code() { IOLog("write_code: code\n"); }

void org_loopflower_witness_WriteCode::act(IOService *) {
    *reinterpret_cast<volatile unsigned char *>(&code) = 0xc3;
}
