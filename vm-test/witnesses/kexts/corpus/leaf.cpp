// A kext whose class is derived from a library's: start makes an object, has the library call back, and looks at the sum.
#include "base.h"
#include <IOKit/IOLib.h>

#ifdef MIDDLE
#define SUPER CorpusMiddle
#define TWICE 206
#else
#define SUPER CorpusBase
#define TWICE 202
#endif

class CorpusLeaf : public SUPER {
    OSDeclareDefaultStructors(CorpusLeaf)
public:
    bool init() override { return SUPER::init(); }
    int value() override;
};
OSDefineMetaClassAndStructors(CorpusLeaf, SUPER)
int CorpusLeaf::value() { return SUPER::value() + 100; }

extern "C" int corpus_start(void *, void *) {
    CorpusLeaf *leaf = new CorpusLeaf;
    if (!leaf || !leaf->init()) {
        return 1;
    }
    int twice = leaf->twice();
    leaf->release();
    IOLog("corpus: %d\n", twice);
    return twice == TWICE ? 0 : 1;
}

extern "C" int corpus_stop(void *, void *) { return 0; }
