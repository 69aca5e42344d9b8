// Never releases an array.
//
// ends: 1
// left: OSArray
// finding: never freed: an object of class OSArray of
// finding: allocated by __ZN7OSArray12withCapacityEj from leak_array`
#include <libkern/c++/OSArray.h>

#include "witness.h"

WITNESS(org_loopflower_witness_LeakArray)

void org_loopflower_witness_LeakArray::act(IOService *) {
    IOLog("leak_array: %u\n", OSArray::withCapacity(4)->getCount());
}
