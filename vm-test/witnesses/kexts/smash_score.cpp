// Writes over much more than the score, which is on a stack of the kernel, and goes on.
//
// ends: 1
// panic: page fault
// at: 5probeEP9IOServicePi
#include "witness.h"

class org_loopflower_witness_SmashScore : public IOService {
    OSDeclareDefaultStructors(org_loopflower_witness_SmashScore)
public:
    IOService *probe(IOService *provider, SInt32 *score) override;
};
OSDefineMetaClassAndStructors(org_loopflower_witness_SmashScore, IOService)

IOService *org_loopflower_witness_SmashScore::probe(IOService *, SInt32 *score) {
    smash(score, 4096);
    return this;
}
