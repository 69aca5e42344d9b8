//! The table of functions and the factory: what the HAL calls. Each function checks what it is handed and passes it on.

use core::ffi::c_void;
use core::ptr::{NonNull, from_ref, null_mut};
use core::sync::atomic::{AtomicU32, Ordering};

use engine::level::Side;
use hal_sys::code::operation::{kAudioServerPlugInIOOperationReadInput, kAudioServerPlugInIOOperationWriteMix};
use hal_sys::code::status::{
    kAudioHardwareBadDeviceError, kAudioHardwareBadObjectError, kAudioHardwareBadStreamError,
    kAudioHardwareIllegalOperationError, kAudioHardwareNotRunningError, kAudioHardwareUnspecifiedError,
    kAudioHardwareUnsupportedOperationError,
};
use hal_sys::interface::{
    AudioObjectPropertyAddress, AudioServerPlugInClientInfo, AudioServerPlugInDriverInterface,
    AudioServerPlugInDriverRef, AudioServerPlugInHostInterface, AudioServerPlugInIOCycleInfo, CFTypeRef,
};
use hal_sys::uuid::{CFUUIDBytes, IUnknownUUID, kAudioServerPlugInDriverInterfaceUUID, kAudioServerPlugInTypeUUID};
use hal_sys::{AudioObjectID, OSStatus};

use crate::device::Device;
use crate::objects::{Object, device_at};
use crate::plugin::Plugin;
use crate::sink::{Outcome, Sink};
use crate::{cf, change, host, io, properties, system};

/// E_NOINTERFACE.
const NO_INTERFACE: i32 = 0x8000_0004_u32.cast_signed();

/// The driver's functions.
#[repr(transparent)]
struct Driver(AudioServerPlugInDriverInterface);

// SAFETY: nothing in it changes.
unsafe impl Sync for Driver {}

static INTERFACE: Driver = Driver(AudioServerPlugInDriverInterface {
    _reserved: null_mut(),
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    Initialize: initialize,
    CreateDevice: create_device,
    DestroyDevice: destroy_device,
    AddDeviceClient: add_device_client,
    RemoveDeviceClient: remove_device_client,
    PerformDeviceConfigurationChange: perform_change,
    AbortDeviceConfigurationChange: abort_change,
    HasProperty: has_property,
    IsPropertySettable: is_property_settable,
    GetPropertyDataSize: get_property_data_size,
    GetPropertyData: get_property_data,
    SetPropertyData: set_property_data,
    StartIO: start_io,
    StopIO: stop_io,
    GetZeroTimeStamp: get_zero_time_stamp,
    WillDoIOOperation: will_do_io_operation,
    BeginIOOperation: begin_io_operation,
    DoIOOperation: do_io_operation,
    EndIOOperation: end_io_operation,
});
/// The driver as the HAL holds it: a pointer to its functions.
static DRIVER: &Driver = &INTERFACE;
/// How often the driver is held. It is never given back: the HAL keeps the code as long as its process.
static HOLDERS: AtomicU32 = AtomicU32::new(0);

fn driver() -> AudioServerPlugInDriverRef {
    from_ref(&DRIVER).cast_mut().cast()
}

/// The factory that Info.plist names.
///
/// # Safety
/// Called as a factory of CFPlugIn: `kind` is a CFUUID, or null.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn Loopflower_Create(_allocator: CFTypeRef, kind: CFTypeRef) -> *mut c_void {
    // SAFETY: the caller hands in a CFUUID if it is not null.
    if kind.is_null() || unsafe { cf::uuid_bytes(kind) } != kAudioServerPlugInTypeUUID {
        return null_mut();
    }
    HOLDERS.fetch_add(1, Ordering::Relaxed);
    driver()
}

/// What an outcome is to the HAL.
fn status(outcome: Outcome) -> OSStatus {
    outcome.err().unwrap_or(0).cast_signed()
}

/// Whether it is our driver that is meant.
fn ours(reference: AudioServerPlugInDriverRef) -> Outcome {
    if reference == driver() { Ok(()) } else { Err(kAudioHardwareBadObjectError) }
}

/// A device that is meant, of our driver.
fn device(reference: AudioServerPlugInDriverRef, id: AudioObjectID) -> Result<&'static Device, u32> {
    ours(reference)?;
    let plugin = Plugin::get().ok_or(kAudioHardwareBadObjectError)?;
    match Object::find(plugin, id) {
        Some(Object::Device(device)) => Ok(device),
        _ => Err(kAudioHardwareBadDeviceError),
    }
}

/// Whether a device of our driver is meant that was there and went, while the host may still have clients of it.
fn went(reference: AudioServerPlugInDriverRef, id: AudioObjectID) -> bool {
    let found = Plugin::get().filter(|_| ours(reference).is_ok()).and_then(|plugin| device_at(plugin, id));
    matches!(found, Some((_, false)))
}

/// A place that the HAL hands in for a result.
///
/// # Safety
/// Null, or a place for a value that nobody else uses until the call returns.
unsafe fn place<'a, T>(pointer: *mut T) -> Result<&'a mut T, u32> {
    // SAFETY: the caller vouched for it.
    unsafe { pointer.as_mut() }.ok_or(kAudioHardwareIllegalOperationError)
}

unsafe extern "C" fn query_interface(reference: *mut c_void, uuid: CFUUIDBytes, interface: *mut *mut c_void) -> i32 {
    // SAFETY: the HAL hands in a place for the interface.
    let Ok(interface) = (unsafe { place(interface) }) else { return kAudioHardwareIllegalOperationError.cast_signed() };
    if ours(reference).is_err() || ![IUnknownUUID, kAudioServerPlugInDriverInterfaceUUID].contains(&uuid) {
        *interface = null_mut();
        return NO_INTERFACE;
    }
    HOLDERS.fetch_add(1, Ordering::Relaxed);
    *interface = driver();
    0
}

unsafe extern "C" fn add_ref(reference: *mut c_void) -> u32 {
    if ours(reference).is_err() {
        return 0;
    }
    HOLDERS.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
}

unsafe extern "C" fn release(reference: *mut c_void) -> u32 {
    if ours(reference).is_err() {
        return 0;
    }
    let less = |holders: u32| Some(holders.saturating_sub(1));
    HOLDERS.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).map_or(0, |before| before.saturating_sub(1))
}

unsafe extern "C" fn initialize(
    reference: AudioServerPlugInDriverRef,
    host_table: *const AudioServerPlugInHostInterface,
) -> OSStatus {
    status(ours(reference).and_then(|()| {
        if host_table.is_null() {
            return Err(kAudioHardwareIllegalOperationError);
        }
        // SAFETY: the HAL's table stays as long as its process.
        unsafe { host::keep(host_table) };
        Plugin::make();
        Ok(())
    }))
}

unsafe extern "C" fn create_device(
    _: AudioServerPlugInDriverRef,
    _: CFTypeRef,
    _: *const AudioServerPlugInClientInfo,
    _: *mut AudioObjectID,
) -> OSStatus {
    // For drivers of transports that make devices of others.
    kAudioHardwareUnsupportedOperationError.cast_signed()
}

unsafe extern "C" fn destroy_device(_: AudioServerPlugInDriverRef, _: AudioObjectID) -> OSStatus {
    kAudioHardwareUnsupportedOperationError.cast_signed()
}

unsafe extern "C" fn add_device_client(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: *const AudioServerPlugInClientInfo,
) -> OSStatus {
    // All clients are served alike.
    status(device(reference, id).map(drop))
}

unsafe extern "C" fn remove_device_client(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: *const AudioServerPlugInClientInfo,
) -> OSStatus {
    status(if went(reference, id) { Ok(()) } else { device(reference, id).map(drop) })
}

unsafe extern "C" fn perform_change(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    action: u64,
    _: *mut c_void,
) -> OSStatus {
    status(device(reference, id).and_then(|device| change::perform(device, action)))
}

unsafe extern "C" fn abort_change(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: u64,
    _: *mut c_void,
) -> OSStatus {
    // Nothing was kept of it.
    status(device(reference, id).map(drop))
}

/// The property that is meant.
///
/// # Safety
/// `address` is null or points to an address.
unsafe fn property(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    address: *const AudioObjectPropertyAddress,
    qualifier: (*const c_void, u32),
) -> Result<(&'static properties::Row, properties::Question), u32> {
    ours(reference)?;
    // SAFETY: the caller vouched for it.
    let address = unsafe { address.as_ref() }.ok_or(kAudioHardwareIllegalOperationError)?;
    properties::find(id, address, qualifier)
}

/// No qualifier.
const NONE: (*const c_void, u32) = (core::ptr::null(), 0);

unsafe extern "C" fn has_property(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: i32,
    address: *const AudioObjectPropertyAddress,
) -> u8 {
    // SAFETY: the HAL hands in an address.
    u8::from(unsafe { property(reference, id, address, NONE) }.is_ok())
}

unsafe extern "C" fn is_property_settable(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: i32,
    address: *const AudioObjectPropertyAddress,
    settable: *mut u8,
) -> OSStatus {
    // SAFETY: the HAL hands in an address.
    let found = unsafe { property(reference, id, address, NONE) };
    status(found.and_then(|(row, _)| {
        // SAFETY: the HAL hands in a place for the answer.
        *unsafe { place(settable) }? = u8::from(row.is_settable());
        Ok(())
    }))
}

unsafe extern "C" fn get_property_data_size(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: i32,
    address: *const AudioObjectPropertyAddress,
    qualifier_size: u32,
    qualifier: *const c_void,
    size: *mut u32,
) -> OSStatus {
    // SAFETY: the HAL hands in an address.
    let found = unsafe { property(reference, id, address, (qualifier, qualifier_size)) };
    status(found.and_then(|(row, question)| {
        // SAFETY: the HAL hands in a place for the size.
        *unsafe { place(size) }? = row.size(&question)?;
        Ok(())
    }))
}

unsafe extern "C" fn get_property_data(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: i32,
    address: *const AudioObjectPropertyAddress,
    qualifier_size: u32,
    qualifier: *const c_void,
    room: u32,
    used: *mut u32,
    data: *mut c_void,
) -> OSStatus {
    // SAFETY: the HAL hands in an address.
    let found = unsafe { property(reference, id, address, (qualifier, qualifier_size)) };
    status(found.and_then(|(row, question)| {
        // SAFETY: the HAL hands in a place for the size.
        let used = unsafe { place(used) }?;
        if data.is_null() {
            return Err(kAudioHardwareIllegalOperationError);
        }
        // SAFETY: the HAL hands in so much room.
        let mut sink = unsafe { Sink::new(data, room) };
        row.read(&question, &mut sink)?;
        *used = sink.used();
        Ok(())
    }))
}

unsafe extern "C" fn set_property_data(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: i32,
    address: *const AudioObjectPropertyAddress,
    qualifier_size: u32,
    qualifier: *const c_void,
    size: u32,
    data: *const c_void,
) -> OSStatus {
    // SAFETY: the HAL hands in an address.
    let found = unsafe { property(reference, id, address, (qualifier, qualifier_size)) };
    status(found.and_then(|(row, question)| {
        if data.is_null() {
            return Err(kAudioHardwareIllegalOperationError);
        }
        // SAFETY: the HAL hands in so many bytes.
        let value = unsafe { core::slice::from_raw_parts(data.cast(), size as usize) };
        row.set(&question, value)
    }))
}

unsafe extern "C" fn start_io(reference: AudioServerPlugInDriverRef, id: AudioObjectID, _: u32) -> OSStatus {
    status(device(reference, id).and_then(Device::start))
}

unsafe extern "C" fn stop_io(reference: AudioServerPlugInDriverRef, id: AudioObjectID, _: u32) -> OSStatus {
    // What went has ended by itself.
    status(if went(reference, id) { Ok(()) } else { device(reference, id).and_then(Device::stop) })
}

unsafe extern "C" fn get_zero_time_stamp(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: u32,
    sample_time: *mut f64,
    host_time: *mut u64,
    seed: *mut u64,
) -> OSStatus {
    status(device(reference, id).and_then(|device| {
        let stamp = device.engine.zero_time_stamp(system::now()).ok_or(kAudioHardwareNotRunningError)?;
        // SAFETY: the HAL hands in a place for each.
        *unsafe { place(sample_time) }? = stamp.frame as f64;
        // SAFETY: as above.
        *unsafe { place(host_time) }? = stamp.time;
        // SAFETY: as above.
        *unsafe { place(seed) }? = stamp.start;
        Ok(())
    }))
}

unsafe extern "C" fn will_do_io_operation(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: u32,
    operation: u32,
    will: *mut u8,
    in_place: *mut u8,
) -> OSStatus {
    status(device(reference, id).and_then(|_| {
        let done = [kAudioServerPlugInIOOperationReadInput, kAudioServerPlugInIOOperationWriteMix];
        // SAFETY: the HAL hands in a place for each.
        *unsafe { place(will) }? = u8::from(done.contains(&operation));
        // SAFETY: as above.
        *unsafe { place(in_place) }? = 1;
        Ok(())
    }))
}

unsafe extern "C" fn begin_io_operation(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: u32,
    _: u32,
    _: u32,
    _: *const AudioServerPlugInIOCycleInfo,
) -> OSStatus {
    status(device(reference, id).map(drop))
}

unsafe extern "C" fn do_io_operation(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    stream: AudioObjectID,
    client: u32,
    operation: u32,
    frames: u32,
    cycle: *const AudioServerPlugInIOCycleInfo,
    main: *mut c_void,
    _: *mut c_void,
) -> OSStatus {
    status(device(reference, id).and_then(|device| {
        let side = if crate::objects::stream_id(id, Side::Read) == stream {
            Side::Read
        } else if crate::objects::stream_id(id, Side::Write) == stream {
            Side::Write
        } else {
            return Err(kAudioHardwareBadStreamError);
        };
        // SAFETY: the HAL hands in the cycle.
        let cycle = unsafe { cycle.as_ref() }.ok_or(kAudioHardwareIllegalOperationError)?;
        let buffer = NonNull::new(main).ok_or(kAudioHardwareIllegalOperationError)?;
        match (operation, side) {
            (kAudioServerPlugInIOOperationReadInput, Side::Read) => {
                // SAFETY: the main buffer has so many frames of the stream.
                unsafe { io::read(device, buffer, frame(cycle.mInputTime.mSampleTime)?, frames) }
            }
            (kAudioServerPlugInIOOperationWriteMix, Side::Write) => {
                // SAFETY: as above.
                unsafe { io::write(device, client, buffer, frame(cycle.mOutputTime.mSampleTime)?, frames) }
            }
            _ => Err(kAudioHardwareUnsupportedOperationError),
        }
    }))
}

/// A sample time as a number of frames.
fn frame(time: f64) -> Result<i64, u32> {
    /// Beyond it, f64 has no numbers for all frames.
    const FURTHEST: f64 = 9_007_199_254_740_992.0;
    // What is no number is not below it either.
    if time > -FURTHEST && time < FURTHEST { Ok(floor(time)) } else { Err(kAudioHardwareUnspecifiedError) }
}

/// Rounds down.
fn floor(time: f64) -> i64 {
    let towards_zero = time as i64;
    towards_zero - i64::from(time < towards_zero as f64)
}

unsafe extern "C" fn end_io_operation(
    reference: AudioServerPlugInDriverRef,
    id: AudioObjectID,
    _: u32,
    _: u32,
    _: u32,
    _: *const AudioServerPlugInIOCycleInfo,
) -> OSStatus {
    status(device(reference, id).map(drop))
}
