//! What IOService says of status codes, and the reports that it answers by default.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::ToString;

use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::object::Obj;

/// Error numbers of BSD.
mod errno {
    pub const EPERM: i32 = 1;
    pub const EIO: i32 = 5;
    pub const ENXIO: i32 = 6;
    pub const ENOMEM: i32 = 12;
    pub const EACCES: i32 = 13;
    pub const EFAULT: i32 = 14;
    pub const EBUSY: i32 = 16;
    pub const EEXIST: i32 = 17;
    pub const EINVAL: i32 = 22;
    pub const ENOSPC: i32 = 28;
    pub const EROFS: i32 = 30;
    pub const EMSGSIZE: i32 = 40;
    pub const ENOTSUP: i32 = 45;
    pub const ETIMEDOUT: i32 = 60;
    pub const ENOLCK: i32 = 77;
    pub const EPWROFF: i32 = 82;
    pub const EDEVERR: i32 = 83;
    pub const EBADMACHO: i32 = 88;
}

/// Names of codes that were asked for; kexts keep the pointers.
static NAMES: Global<BTreeMap<u32, &'static [u8]>> = Global::new(BTreeMap::new());

/// errnoFromReturn.
extern "C" fn errno(_this: Obj, code: IOReturn) -> i32 {
    use errno::{
        EACCES, EBADMACHO, EBUSY, EDEVERR, EEXIST, EFAULT, EINVAL, EIO, EMSGSIZE, ENOLCK, ENOMEM, ENOSPC, ENOTSUP,
        ENXIO, EPERM, EPWROFF, EROFS, ETIMEDOUT,
    };
    match code {
        IOReturn::SUCCESS => 0,
        IOReturn::NOT_PERMITTED => EPERM,
        IOReturn::NO_DEVICE | IOReturn::BAD_MEDIA | IOReturn::NO_MEDIA | IOReturn::UNFORMATTED_MEDIA => ENXIO,
        IOReturn::NO_MEMORY | IOReturn::CANNOT_WIRE | IOReturn::NO_RESOURCES => ENOMEM,
        IOReturn::NOT_PRIVILEGED
        | IOReturn::EXCLUSIVE_ACCESS
        | IOReturn::LOCKED_READ
        | IOReturn::LOCKED_WRITE
        | IOReturn::NOT_ATTACHED
        | IOReturn::NOT_OPEN
        | IOReturn::NOT_READABLE => EACCES,
        IOReturn::VM_ERROR => EFAULT,
        IOReturn::BUSY | IOReturn::NOT_READY | IOReturn::ABORTED | IOReturn::OFFLINE | IOReturn::NOT_RESPONDING => {
            EBUSY
        }
        IOReturn::PORT_EXISTS | IOReturn::STILL_OPEN => EEXIST,
        IOReturn::BAD_ARGUMENT | IOReturn::BAD_MESSAGE_ID | IOReturn::NO_COMPLETION | IOReturn::NOT_ALIGNED => EINVAL,
        IOReturn::NO_SPACE => ENOSPC,
        IOReturn::NOT_WRITABLE => EROFS,
        IOReturn::MESSAGE_TOO_LARGE => EMSGSIZE,
        IOReturn::UNSUPPORTED => ENOTSUP,
        IOReturn::TIMEOUT => ETIMEDOUT,
        IOReturn::CANNOT_LOCK => ENOLCK,
        IOReturn::NO_POWER => EPWROFF,
        IOReturn::DEVICE_ERROR => EDEVERR,
        IOReturn::RLD_ERROR => EBADMACHO,
        _ => EIO,
    }
}

/// stringFromReturn: the constant's name here; the kernel has a phrase for each.
extern "C" fn text(_this: Obj, code: IOReturn) -> usize {
    let mut names = NAMES.borrow();
    let name = names.entry(code.0).or_insert_with(|| {
        let mut text = code.to_string().into_bytes();
        text.push(0);
        Box::leak(text.into_boxed_slice())
    });
    name.as_ptr() as usize
}

/// configureReport and updateReport: IOService has no channels of its own that anybody asks for here.
extern "C" fn report(_this: Obj, _channels: usize, _action: u32, _result: usize, _to: usize) -> IOReturn {
    IOReturn::SUCCESS
}

functions! { pub FUNCTIONS:
    "__ZN9IOService15errnoFromReturnEi" => errno,
    "__ZN9IOService16stringFromReturnEi" => text,
    "__ZN9IOService15configureReportEP19IOReportChannelListjPvS2_" => report,
    "__ZN9IOService12updateReportEP19IOReportChannelListjPvS2_" => report,
}
