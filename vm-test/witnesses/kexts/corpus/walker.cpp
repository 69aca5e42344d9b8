// A kext that calls the library `bridge` in every way, is called back by it, and says what arrived.
#include "bridge.h"
#include <IOKit/IOLib.h>

class BridgeWalker : public BridgeBase {
    OSDeclareDefaultStructors(BridgeWalker)
public:
    long back(long number, BridgeBase *other) override;
    Large large(long seed, BridgeBase *other) override;
    double many(const char *kinds, ...) override;
};
OSDefineMetaClassAndStructors(BridgeWalker, BridgeBase)

// Back into the library, which is on its way out already.
long BridgeWalker::back(long number, BridgeBase *other) { return other->BridgeBase::back(number * 10 + 2, other); }

Large BridgeWalker::large(long seed, BridgeBase *other) {
    Large large = BridgeBase::large(seed + 100, other);
    large.words[0] += 7;
    return large;
}

double BridgeWalker::many(const char *kinds, ...) { return kinds[0] == 'i' ? -1 : -2; }

static long step(long number, void *) { __attribute__((musttail)) return bridge_last(number * 10 + 2, nullptr); }

// Whole numbers and thousandths: the kernel's log knows no doubles.
static long thousandths(double number) { return static_cast<long>(number * 1000); }

static void tell(const char *what, const Large &large) {
    IOLog("%s %ld %ld %ld %ld\n", what, large.words[0], large.words[5], thousandths(large.parts[0]),
          thousandths(large.parts[1]));
}

extern "C" int corpus_start(void *, void *) {
    BridgeWalker *walker = new BridgeWalker;
    BridgeBase *base = new BridgeBase;
    // What the compiler does not know at whom it points is called by slot.
    BridgeBase *volatile other = walker, *volatile own = base;
    if (!walker || !base) {
        return 1;
    }
    double few = bridge_sum("id", 7, 0.25);
    double lots = bridge_sum("idldidldidldididdddd", 1, 0.5, 2l, 1.5, 3, 2.5, 4l, 3.5, 5, 4.5, 6l, 5.5, 7, 6.5, 8, 7.5, 8.5, 9.5, 10.5,
                             11.5);
    IOLog("variadic %ld %ld none %ld by slot %ld %ld\n", thousandths(few), thousandths(lots), thousandths(bridge_sum("")),
          thousandths(own->many("ddi", 0.25, 0.5, -3)), thousandths(other->many("i", 1)));

    Pair pair = bridge_pair(3, -4);
    Mixed mixed = bridge_mixed(41, 0.5);
    Point point = bridge_point(1.25, -2.5);
    IOLog("in registers %ld %ld, %ld %ld, %ld %ld, %ld\n", pair.first, pair.second, mixed.whole, thousandths(mixed.part),
          thousandths(point.x), thousandths(point.y), thousandths(static_cast<double>(bridge_long_double(1.5L))));

    tell("by name", bridge_large(20, 0.25));
    tell("by slot", own->large(1, nullptr));
    tell("and back", own->large(1, other));
    tell("back and forth", other->large(1, own));

    Large whole = {{1, 2, 3, 4, 5, 6}, {0.125, 0.5}};
    IOLog("on the stack %ld\n", thousandths(bridge_all(1, 2, 3, 4, 5, 6, 7, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, whole)));

    IOLog("jumps %ld %ld, by slot %ld %ld\n", bridge_step(7, reinterpret_cast<void *>(step)),
          bridge_step(8, reinterpret_cast<void *>(bridge_last)), own->around(7, other), own->around(8, own));
    walker->release();
    base->release();
    return 0;
}

extern "C" int corpus_stop(void *, void *) { return 0; }
