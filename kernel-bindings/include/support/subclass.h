// What a kext's own subclass of OSObject declares and defines, so that its symbols are those that the kernel's linker
// looks for: X::gMetaClass, X::metaClass and X::superClass, the vtables of X and X::MetaClass, and a superClass word that
// is relocated to the superclass's gMetaClass. The macro names are the kernel SDK's.
#pragma once

// Goes first into the body of a class that can be instantiated by the kernel.
#define OSDeclareDefaultStructors(Class)                                                                               \
private:                                                                                                               \
    static const OSMetaClass *const superClass;                                                                        \
                                                                                                                       \
public:                                                                                                                \
    class MetaClass : public OSMetaClass {                                                                             \
    public:                                                                                                            \
        MetaClass();                                                                                                   \
        virtual OSObject *alloc() const override;                                                                      \
    };                                                                                                                 \
    static const OSMetaClass *const metaClass;                                                                         \
    static MetaClass gMetaClass;                                                                                       \
    Class();                                                                                                           \
    virtual const OSMetaClass *getMetaClass() const override;                                                          \
                                                                                                                       \
protected:                                                                                                             \
    explicit Class(const OSMetaClass *);                                                                               \
    virtual ~Class();

// Defines what OSDeclareDefaultStructors declared. The metaclass object registers itself from a static constructor; the
// default constructor counts the instance, which is what keeps a kext from being unloaded while objects of it live.
#define OSDefineMetaClassAndStructors(Class, Super)                                                                    \
    const OSMetaClass *const Class::superClass = &Super::gMetaClass;                                                   \
    const OSMetaClass *const Class::metaClass = &Class::gMetaClass;                                                    \
    Class::MetaClass Class::gMetaClass;                                                                                \
    Class::MetaClass::MetaClass() : OSMetaClass(#Class, Class::superClass, sizeof(Class)) {}                           \
    OSObject *Class::MetaClass::alloc() const { return new Class; }                                                    \
    Class::Class() : Super(&gMetaClass) { gMetaClass.instanceConstructed(); }                                          \
    Class::Class(const OSMetaClass *meta) : Super(meta) {}                                                             \
    Class::~Class() {}                                                                                                 \
    const OSMetaClass *Class::getMetaClass() const { return &gMetaClass; }

// The object as a Class, or null when it is none or is null itself.
#define OSDynamicCast(Class, object) (static_cast<Class *>(OSMetaClassBase::safeMetaCast((object), Class::metaClass)))

// Gives an object up, if there is one, and forgets where it was.
#define OSSafeReleaseNULL(object)                                                                                      \
    do {                                                                                                               \
        if (object) {                                                                                                  \
            (object)->release();                                                                                       \
            (object) = nullptr;                                                                                        \
        }                                                                                                              \
    } while (false)
