// Logs more than the shared memory has room for: numbered lines of 8,000 bytes, and then some short ones.
#include "../witness.h"

WITNESS(org_loopflower_witness_Chatter)

static const unsigned long_lines = 2100, short_lines = 50;
static char filler[8001];

void org_loopflower_witness_Chatter::act(IOService *) {
    for (char &letter : filler) {
        letter = '.';
    }
    filler[8000] = 0;
    for (unsigned line = 0; line < long_lines; line++) {
        IOLog("%u%s\n", line, filler);
    }
    for (unsigned line = 0; line < short_lines; line++) {
        IOLog("%u.\n", long_lines + line);
    }
}
