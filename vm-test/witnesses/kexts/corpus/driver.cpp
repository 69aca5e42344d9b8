// A driver on IOResources, with one class or two.
#include <IOKit/IOService.h>

class Corpus : public IOService {
    OSDeclareDefaultStructors(Corpus)
};
OSDefineMetaClassAndStructors(Corpus, IOService)

#ifdef TWICE
// Another class that says that its name is Corpus.
class CorpusTwin : public IOService {
    OSDeclareDefaultStructors(CorpusTwin)
};
const OSMetaClass *const CorpusTwin::superClass = &IOService::gMetaClass;
const OSMetaClass *const CorpusTwin::metaClass = &CorpusTwin::gMetaClass;
CorpusTwin::MetaClass CorpusTwin::gMetaClass;
CorpusTwin::MetaClass::MetaClass() : OSMetaClass("Corpus", CorpusTwin::superClass, sizeof(CorpusTwin)) {}
OSObject *CorpusTwin::MetaClass::alloc() const { return new CorpusTwin; }
CorpusTwin::CorpusTwin() : IOService(&gMetaClass) { gMetaClass.instanceConstructed(); }
CorpusTwin::CorpusTwin(const OSMetaClass *meta) : IOService(meta) {}
CorpusTwin::~CorpusTwin() {}
const OSMetaClass *CorpusTwin::getMetaClass() const { return &gMetaClass; }
#endif
#ifdef TWO
// The subclass's metaclass is constructed first.
class CorpusRoot : public IOService {
    OSDeclareDefaultStructors(CorpusRoot)
};
class CorpusLeaf : public CorpusRoot {
    OSDeclareDefaultStructors(CorpusLeaf)
};
OSDefineMetaClassAndStructors(CorpusLeaf, CorpusRoot)
OSDefineMetaClassAndStructors(CorpusRoot, IOService)
#endif
