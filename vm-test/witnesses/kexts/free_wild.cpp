// Frees what was never allocated.
//
// ends: 1
// only: hosted
// panic: wild-free: the kernel stack of thread
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_FreeWild)

static void scribble_once(volatile char *place) {
    *place = 1;
}

void org_loopflower_witness_FreeWild::act(IOService *) {
    char local[20];
    scribble_once(local);
    IOFree(local, 20);
    IOLog("free_wild: went on\n");
}
