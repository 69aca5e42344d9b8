// Writes over everything from the score upwards that it is to change, which is on a stack of the kernel.
//
// ends: 1
// panic: page fault
// at: 5probeEP9IOServicePi
#include "witness.h"

class org_loopflower_witness_ScribbleScoreUp : public IOService {
    OSDeclareDefaultStructors(org_loopflower_witness_ScribbleScoreUp)
public:
    IOService *probe(IOService *provider, SInt32 *score) override;
};
OSDefineMetaClassAndStructors(org_loopflower_witness_ScribbleScoreUp, IOService)

IOService *org_loopflower_witness_ScribbleScoreUp::probe(IOService *, SInt32 *score) {
    scribble(score, 1);
    return this;
}
