// Calls itself without end, with something on the stack each time.
//
// ends: 1
// panic: kernel stack overflow
// at: deeper
#include "witness.h"

WITNESS(org_loopflower_witness_StackOverflow)

// Compilers refuse a recursion that plainly has no end.
static volatile int end = -1;

__attribute__((noinline)) static int deeper(int depth) {
    volatile char frame[200];
    if (depth == end) {
        return depth;
    }
    frame[depth & 127] = static_cast<char>(depth);
    return deeper(depth + 1) + frame[depth & 63];
}

void org_loopflower_witness_StackOverflow::act(IOService *) {
    IOLog("stack_overflow: %d\n", deeper(0));
}
