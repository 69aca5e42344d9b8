// Removes an event source from a work loop that it is not on.
//
// ends: 1
// only: hosted
// finding: event-source: an event source is removed from a work loop that it is not on
// finding: in foreign_source`
#include <IOKit/IOCommandGate.h>
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

WITNESS(org_loopflower_witness_ForeignSource)

void org_loopflower_witness_ForeignSource::act(IOService *) {
    IOWorkLoop *loop = IOWorkLoop::workLoop(), *other = IOWorkLoop::workLoop();
    IOCommandGate *gate = IOCommandGate::commandGate(this, nullptr);
    loop->addEventSource(gate);
    other->removeEventSource(gate);
    loop->removeEventSource(gate);
    gate->release();
    other->release();
    loop->release();
}
