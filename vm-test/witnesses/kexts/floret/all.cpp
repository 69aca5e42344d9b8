// A loopback driver as drivers of its kind were written: one device, its engines from the personality, a clock that counts
// blocks, a buffer through which the sound goes. What is wrong with such drivers is wrong here, too.
#include "Clock.cpp"
#include "Controls.cpp"
#include "Device.cpp"
#include "Engine.cpp"
#include "Sound.cpp"
