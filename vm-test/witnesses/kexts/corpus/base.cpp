// A library with a class and a function.
#include "base.h"

OSDefineMetaClassAndStructors(CorpusBase, OSObject)
int CorpusBase::value() { return 1; }
int CorpusBase::twice() { return 2 * value(); }

int corpus_add(int a, int b) { return a + b; }
