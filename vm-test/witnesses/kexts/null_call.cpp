// Calls a null function pointer.
//
// ends: 1
// panic: a null pointer
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_NullCall)

static void (*volatile nothing)();

void org_loopflower_witness_NullCall::act(IOService *) {
    nothing();
    IOLog("null_call: came back\n");
}
