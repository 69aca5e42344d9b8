// Never releases an array.
//
// ends: 1
// left: OSArray
// finding: never freed: a block
#include <libkern/c++/OSArray.h>

#include "witness.h"

WITNESS(org_loopflower_witness_LeakArray)

void org_loopflower_witness_LeakArray::act(IOService *) {
    IOLog("leak_array: %u\n", OSArray::withCapacity(4)->getCount());
}
