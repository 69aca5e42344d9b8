// Never comes back, with interrupts off. Outside of ring 0 it cannot switch them off.
//
// ends: 1
// hang (vm): 3actEP9IOService
// panic (hosted): a privileged operation
// at (hosted): 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_HangNoInterrupts)

void org_loopflower_witness_HangNoInterrupts::act(IOService *) {
    for (;;) {
        asm volatile("cli");
    }
}
