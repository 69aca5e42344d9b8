// The driver's classes. Class names are one space for all kexts of a system, hence the prefix.
#pragma once

#define ROOT_CLASS org_loopflower_witness_LoopRoot
#if DEFECT_S23
// No prefix: two drivers of one ancestry cannot both be loaded.
#define DEVICE_CLASS LoopDevice
#define ENGINE_CLASS LoopEngine
#else
#define DEVICE_CLASS org_loopflower_witness_LoopDevice
#define ENGINE_CLASS org_loopflower_witness_LoopEngine
#endif

// OSDefineMetaClassAndStructors with the names that these macros stand for.
#define DEFINE_CLASS(Class, Super) OSDefineMetaClassAndStructors(Class, Super)
