// The driver's classes. Class names are one space for all kexts of a system, hence the prefix.
#pragma once

#define DEVICE_CLASS org_loopflower_witness_PhantomDevice
#define ENGINE_CLASS org_loopflower_witness_PhantomEngine

// OSDefineMetaClassAndStructors with the names that these macros stand for.
#define DEFINE_CLASS(Class, Super) OSDefineMetaClassAndStructors(Class, Super)
