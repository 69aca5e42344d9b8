// Calls a function that every release has and the bench has not.
//
// ends: 1
// panic: _inflateEnd, which this bench does not implement
// at: 3actEP9IOService
// inside: _inflateEnd
#include "witness.h"

WITNESS(org_loopflower_witness_MissingKpi)

extern "C" int inflateEnd(void *);

void org_loopflower_witness_MissingKpi::act(IOService *) {
    unsigned stream[32] = {};
    inflateEnd(stream);
}
