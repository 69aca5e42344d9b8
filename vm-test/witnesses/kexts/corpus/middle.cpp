// A library whose class is derived from one of another library.
#define MIDDLE
#include "base.h"

OSDefineMetaClassAndStructors(CorpusMiddle, CorpusBase)
int CorpusMiddle::value() { return corpus_add(CorpusBase::value(), 2); }
