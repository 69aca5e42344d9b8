// Releases the last reference to a command gate inside of its own action.
//
// ends: 1
// only: hosted
// panic: own-action: the last reference to a command gate was released inside its own action
// at: release_gate
// inside: __ZN13IOCommandGate4freeEv
#include <IOKit/IOCommandGate.h>
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

WITNESS(org_loopflower_witness_OwnAction)

static IOReturn release_gate(OSObject *, void *loop, void *gate, void *, void *) {
    static_cast<IOWorkLoop *>(loop)->removeEventSource(static_cast<IOCommandGate *>(gate));
    static_cast<IOCommandGate *>(gate)->release();
    return kIOReturnSuccess;
}

void org_loopflower_witness_OwnAction::act(IOService *) {
    IOWorkLoop *loop = IOWorkLoop::workLoop();
    IOCommandGate *gate = IOCommandGate::commandGate(this, nullptr);
    loop->addEventSource(gate);
    gate->runAction(release_gate, loop, gate, nullptr, nullptr);
    loop->release();
    IOLog("own_action: went on\n");
}
