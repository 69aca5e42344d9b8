#include "Root.h"

#include <IOKit/IOUserClient.h>
#include <kern/task.h>
#include <libkern/c++/OSDictionary.h>
#include <libkern/c++/OSIterator.h>

#include "Device.h"
#include "driver.h"

using Device = org_loopflower_driver_Device;
using Root = org_loopflower_driver_Root;
OSDefineMetaClassAndStructors(org_loopflower_driver_Root, IOService)

bool Root::start(IOService *provider) {
    return IOService::start(provider) && lf_root_start(this, getProperty("Devices"));
}

IOReturn Root::setProperties(OSObject *request) { return lf_root_request(this, request); }

extern "C" { // What the Rust library calls back.
extern const int version_major;

int lf_darwin_version() { return version_major; }
void lf_root_register(Root *root) { root->registerService(0); }
IOReturn lf_root_privilege() { return IOUserClient::clientHasPrivilege(current_task(), "root"); }

bool lf_root_start_device(Root *root, OSObject *definition) {
    Device *device = new Device;
    bool started = false;
    if (device && device->init(nullptr) && device->attach(root)) {
        device->setProperty(Device::definitionKey, definition);
        started = device->start(root);
        if (!started) {
            device->detach(root);
        }
    }
    OSSafeReleaseNULL(device);
    return started;
}

// The device is to be released.
Device *lf_root_find_device(const Root *root, const char *uid) {
    OSIterator *clients = root->getClientIterator();
    Device *found = nullptr;
    while (OSObject *next = clients && !found ? clients->getNextObject() : nullptr) {
        Device *device = OSDynamicCast(Device, next);
        if (device && !device->isInactive() && device->isCalled(uid)) {
            device->retain();
            found = device;
        }
    }
    OSSafeReleaseNULL(clients);
    return found;
}

OSObject *lf_device_definition(const Device *device) { return device->getProperty(Device::definitionKey); }
bool lf_device_stop(Device *device) { return device->terminate(kIOServiceSynchronous); }
}
