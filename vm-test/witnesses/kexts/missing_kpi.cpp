// Calls a function that every release has and the bench has not.
//
// ends: 1
// panic: _IOGetTime, which this bench does not implement
// at: 3actEP9IOService
// inside: _IOGetTime
#include "witness.h"

WITNESS(org_loopflower_witness_MissingKpi)

extern "C" void IOGetTime(unsigned *);

void org_loopflower_witness_MissingKpi::act(IOService *) {
    unsigned time[2];
    IOGetTime(time);
}
