// Hands a pointer to nowhere to a function of the kernel.
//
// ends: 1
// panic: page fault: read of
// at: 3actEP9IOService
// inside: _strlen
#include "witness.h"

WITNESS(org_loopflower_witness_BadArgument)

static const char *volatile nowhere = reinterpret_cast<const char *>(0x123456789000);

void org_loopflower_witness_BadArgument::act(IOService *) { IOLog("bad_argument: %lu\n", strlen(nowhere)); }
