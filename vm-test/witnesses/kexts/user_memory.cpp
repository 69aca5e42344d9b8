// Writes to an address of a user task.
//
// ends: 1
// panic: user-memory: write to user memory that is not there without a memory descriptor
// at: 3actEP9IOService
#include "witness.h"

WITNESS(org_loopflower_witness_UserMemory)

void org_loopflower_witness_UserMemory::act(IOService *) {
    *reinterpret_cast<volatile int *>(0x100000000000) = 1;
    IOLog("user_memory: went on\n");
}
