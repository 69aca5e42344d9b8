// Sleeps in a command gate without an action.
//
// ends: 1
// only: hosted
// finding: sleep-unlocked: commandSleep outside of the gate
// finding: in command_sleep`
#include <IOKit/IOCommandGate.h>
#include <IOKit/IOWorkLoop.h>

#include "witness.h"

WITNESS(org_loopflower_witness_CommandSleep)

void org_loopflower_witness_CommandSleep::act(IOService *) {
    IOWorkLoop *loop = IOWorkLoop::workLoop();
    IOCommandGate *gate = IOCommandGate::commandGate(this, nullptr);
    loop->addEventSource(gate);
    gate->commandSleep(this, 0);
    loop->removeEventSource(gate);
    gate->release();
    loop->release();
}
