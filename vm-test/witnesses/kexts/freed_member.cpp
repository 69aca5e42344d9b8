// Puts an object into an array that was freed.
//
// ends: 1
// only: hosted
// panic: use-after-free: an object of class OSString of
// at: 3actEP9IOService
// inside: __ZN7OSArray9setObjectEPK15OSMetaClassBase
#include <libkern/c++/OSArray.h>
#include <libkern/c++/OSString.h>

#include "witness.h"

WITNESS(org_loopflower_witness_FreedMember)

void org_loopflower_witness_FreedMember::act(IOService *) {
    OSArray *array = OSArray::withCapacity(4);
    OSString *text = OSString::withCString("freed");
    text->release();
    array->setObject(text);
    IOLog("freed_member: went on\n");
}
