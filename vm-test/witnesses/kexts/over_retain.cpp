// Retains an object once more than it releases it.
//
// ends: 1
// only: hosted
// left: OSArray
// finding: never freed: an object of class OSArray of
// finding: retained by __ZNK8OSObject6retainEv from over_retain`
// finding: released by __ZNK8OSObject7releaseEv from over_retain`
#include <libkern/c++/OSArray.h>

#include "witness.h"

WITNESS(org_loopflower_witness_OverRetain)

void org_loopflower_witness_OverRetain::act(IOService *) {
    OSArray *array = OSArray::withCapacity(4);
    array->retain();
    array->release();
    IOLog("over_retain: done\n");
}
