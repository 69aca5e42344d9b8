// Releases an object once too often: the second call goes to memory that was freed.
//
// ends: 1
// panic: use-after-free: an object of class OSArray of
// panic: freed by __ZN7OSArrayD0Ev from release_twice`
// at: 3actEP9IOService
#include <libkern/c++/OSArray.h>

#include "witness.h"

WITNESS(org_loopflower_witness_ReleaseTwice)

void org_loopflower_witness_ReleaseTwice::act(IOService *) {
    OSArray *array = OSArray::withCapacity(4);
    array->release();
    array->release();
    IOLog("release_twice: went on\n");
}
