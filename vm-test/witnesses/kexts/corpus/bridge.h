// What the library `bridge` offers: functions of every shape that passes arguments and results in a way of its own.
#pragma once
#include <libkern/c++/OSObject.h>

#define OFFERED __attribute__((visibility("default")))

// Returned in two integer registers, in one of each kind, in two vector registers, and where the caller says.
struct Pair {
    long first, second;
};
struct Mixed {
    long whole;
    double part;
};
struct Point {
    double x, y;
};
struct Large {
    long words[6];
    double parts[2];
};

class OFFERED BridgeBase : public OSObject {
    OSDeclareDefaultStructors(BridgeBase)
public:
    // Ends with a jump to what the other kext has in the next slot.
    virtual long around(long number, BridgeBase *other);
    virtual long back(long number, BridgeBase *other);
    // By hidden pointer, in both directions: the library asks `other` and adds to what it gets.
    virtual Large large(long seed, BridgeBase *other);
    virtual double many(const char *kinds, ...);
};

typedef long Step(long number, void *next);

extern "C" {
// The sum of what the letters say: i an int, l a long, d a double.
OFFERED double bridge_sum(const char *kinds, ...);
OFFERED Pair bridge_pair(long first, long second);
OFFERED Mixed bridge_mixed(long whole, double part);
OFFERED Point bridge_point(double x, double y);
OFFERED Large bridge_large(long seed, double part);
OFFERED long double bridge_long_double(long double number);
// Seven integers, nine doubles and a structure: registers of both kinds are used up.
OFFERED double bridge_all(long a, long b, long c, long d, long e, long f, long g, double h, double i, double j, double k, double l,
                          double m, double n, double o, double p, Large q);
// Jumps to the function `next`, which jumps back into the library.
OFFERED long bridge_step(long number, void *next);
OFFERED long bridge_last(long number, void *next);
}
