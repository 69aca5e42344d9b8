// Frees an object as if it were a block of memory.
//
// ends: 1
// only: hosted
// panic: free-allocator: a block of
// panic: what operator new of OSObject allocates
// at: 3actEP9IOService
// inside: _IOFree
#include "witness.h"

WITNESS(org_loopflower_witness_FreeObject)

class org_loopflower_witness_FreedObject : public OSObject {
    OSDeclareDefaultStructors(org_loopflower_witness_FreedObject)
};
OSDefineMetaClassAndStructors(org_loopflower_witness_FreedObject, OSObject)

void org_loopflower_witness_FreeObject::act(IOService *) {
    OSObject *thing = new org_loopflower_witness_FreedObject;
    IOFree(thing, sizeof(org_loopflower_witness_FreedObject));
    IOLog("free_object: went on\n");
}
