// Waits inside of a gate for a service to be terminated: a thread that terminates another may need the gate.
//
// ends: 1
// only: hosted
// finding: terminate-in-gate: a synchronous termination is waited for inside the gate of a work loop
// finding: in terminate_in_gate`
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

WITNESS(org_loopflower_witness_TerminateInGate)

static IOReturn terminate_child(OSObject *child, void *, void *, void *, void *) {
    static_cast<IOService *>(child)->terminate(kIOServiceSynchronous);
    return kIOReturnSuccess;
}

void org_loopflower_witness_TerminateInGate::act(IOService *) {
    IOWorkLoop *loop = IOWorkLoop::workLoop();
    IOService *child = new IOService;
    child->init(static_cast<OSDictionary *>(nullptr));
    child->attach(this);
    child->start(this);
    loop->runAction(terminate_child, child, nullptr, nullptr, nullptr, nullptr);
    child->release();
    loop->release();
}
