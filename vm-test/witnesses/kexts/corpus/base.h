// What the library `base` offers to other kexts.
#pragma once
#include <libkern/c++/OSObject.h>

#define OFFERED __attribute__((visibility("default")))

class OFFERED CorpusBase : public OSObject {
    OSDeclareDefaultStructors(CorpusBase)
public:
    virtual int value();
    virtual int twice();
};

extern "C" OFFERED int corpus_add(int a, int b);

#ifdef MIDDLE
class OFFERED CorpusMiddle : public CorpusBase {
    OSDeclareDefaultStructors(CorpusMiddle)
public:
    int value() override;
};
#endif
