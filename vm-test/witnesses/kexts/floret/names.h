// The driver's classes. Only the device has a prefix: another driver of this ancestry has the same engine class, so that the
// kernel can load only one of them.
#pragma once

#define DEVICE_CLASS org_loopflower_witness_FloretDevice
#define ENGINE_CLASS FloretEngine

// OSDefineMetaClassAndStructors with the names that these macros stand for.
#define DEFINE_CLASS(Class, Super) OSDefineMetaClassAndStructors(Class, Super)
