// Releases an object that an array holds once too often.
//
// ends: 1
// only: hosted
// panic: over-release: an object of class OSString was released more often than it was retained
// panic: released by __ZNK8OSObject7releaseEv from over_release`
// at: 3actEP9IOService
// inside: __ZNK8OSObject7releaseEv
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSString.h>

#include "witness.h"

WITNESS(org_loopflower_witness_OverRelease)

void org_loopflower_witness_OverRelease::act(IOService *) {
    OSArray *array = OSArray::withCapacity(4);
    OSString *text = OSString::withCString("held");
    array->setObject(text);
    text->release();
    text->release();
    IOLog("over_release: went on\n");
}
