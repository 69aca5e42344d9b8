// Never releases an object of a class of its own. The kernel does not unload a kext with such objects.
//
// ends: 1
// left: org_loopflower_witness_Leaked
// finding: never freed: an object of class org_loopflower_witness_Leaked of
// finding: classes have instances: org_loopflower_witness_Leaked (1)
#include "witness.h"

WITNESS(org_loopflower_witness_LeakObject)

class org_loopflower_witness_Leaked : public OSObject {
    OSDeclareDefaultStructors(org_loopflower_witness_Leaked)
};
OSDefineMetaClassAndStructors(org_loopflower_witness_Leaked, OSObject)

void org_loopflower_witness_LeakObject::act(IOService *) {
    IOLog("leak_object: %d\n", (new org_loopflower_witness_Leaked)->getRetainCount());
}
