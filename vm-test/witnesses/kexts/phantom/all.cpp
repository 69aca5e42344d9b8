// A driver as those for sound cards were written: engines from the personality, 16 bits, clip and convert, controls of a
// codec, a timestamp for each interrupt. There is no card: nothing is heard of what is played, and what comes in is silence.
#include "Controls.cpp"
#include "Convert.cpp"
#include "Device.cpp"
#include "Engine.cpp"
#include "Setup.cpp"
#include "Timing.cpp"
