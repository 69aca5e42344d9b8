// Notifications to a port of user space.
#pragma once
#include <IOKit/audio/IOAudioExpansionData.h>
#include <kern/ipc_mig.h>

#include "Support.h"

// Sets who gets a message, and what he told us to say with it.
static inline void addressMessage(_IOAudioNotificationMessage *message, ipc_port *port, UInt32 reference) {
    message->messageHeader.msgh_bits = MACH_MSG_TYPE_COPY_SEND;
    message->messageHeader.msgh_size = sizeof(*message);
    message->messageHeader.msgh_remote_port = port;
    message->messageHeader.msgh_local_port = nullptr;
    message->messageHeader.msgh_id = 0;
    message->ref = reference;
}

// Sends it, if anybody wants it. A full port loses it: nobody waits in the kernel for a client that does not look.
static inline IOReturn sendMessage(_IOAudioNotificationMessage *message, UInt32 type, void *sender) {
    if (!message || !message->messageHeader.msgh_remote_port) {
        return kIOReturnSuccess;
    }
    message->type = type;
    message->sender = sender;
    return mach_msg_send_from_kernel_proper(&message->messageHeader, message->messageHeader.msgh_size);
}
