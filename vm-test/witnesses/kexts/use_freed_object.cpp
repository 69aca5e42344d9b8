// Calls a method of an object of its own class that was freed.
//
// ends: 1
// only: hosted
// panic: use-after-free: an object of class org_loopflower_witness_Thing of
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_UseFreedObject)

class org_loopflower_witness_Thing : public OSObject {
    OSDeclareDefaultStructors(org_loopflower_witness_Thing)
};
OSDefineMetaClassAndStructors(org_loopflower_witness_Thing, OSObject)

void org_loopflower_witness_UseFreedObject::act(IOService *) {
    OSObject *thing = new org_loopflower_witness_Thing;
    thing->release();
    IOLog("use_freed_object: %d\n", thing->getRetainCount());
}
