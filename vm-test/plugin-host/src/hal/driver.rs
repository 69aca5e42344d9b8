//! A driver's table of functions, as safe calls: each is handed what the interface promises.

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use hal_sys::interface::{
    AudioObjectPropertyAddress, AudioServerPlugInClientInfo, AudioServerPlugInDriverInterface,
    AudioServerPlugInDriverRef, AudioServerPlugInIOCycleInfo,
};
use hal_sys::uuid::{kAudioServerPlugInDriverInterfaceUUID, kAudioServerPlugInTypeUUID};
use hal_sys::{AudioObjectID, OSStatus};

use super::host;
use crate::cf::{self, Object};
use crate::trace::{self, Shown};
use crate::{loader, world};

/// What a call returned where it did not succeed.
pub(crate) type Status = u32;

/// A driver that was made by its factory.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Driver {
    reference: AudioServerPlugInDriverRef,
    table: &'static AudioServerPlugInDriverInterface,
}

/// The last zero timestamp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ZeroTimeStamp {
    pub(crate) sample_time: f64,
    pub(crate) host_time: u64,
    pub(crate) seed: u64,
}

/// Calls a function of the table: note its name, then judge what it returns.
macro_rules! call {
    ($driver:expr, $function:ident ( $($argument:expr),* $(,)? )) => {{
        let call = trace::into(stringify!($function), || vec![$(Shown::shown(&$argument)),*]);
        // SAFETY: the driver's own function by the published table, with what the interface promises it.
        let result = world::inside(stringify!($function), || unsafe {
            ($driver.table.$function)($driver.reference, $($argument),*)
        });
        trace::ended(call, || Shown::shown(&result));
        result
    }};
}

fn done(status: OSStatus) -> Result<(), Status> {
    if status == 0 { Ok(()) } else { Err(status.cast_unsigned()) }
}

impl Driver {
    /// Asks the factory for a driver, and the driver for its interface.
    ///
    /// # Errors
    /// There is no such function, or it or the driver refuses; in words.
    pub(crate) fn make(factory: &str) -> Result<Driver, String> {
        let symbol = format!("_{factory}");
        let at = loader::export(&symbol).ok_or_else(|| {
            format!("its Info.plist names the factory {factory}, but the executable does not export {symbol}")
        })?;
        // SAFETY: Info.plist names the function as a factory of CFPlugIn.
        let make: extern "C" fn(u64, u64) -> AudioServerPlugInDriverRef = unsafe { std::mem::transmute(at) };
        let kind = cf::take(Object::Uuid(kAudioServerPlugInTypeUUID.0));
        let reference = world::inside("the factory", || make(0, kind));
        cf::release(kind);
        if reference.is_null() {
            return Err(format!("its factory {factory} returns no driver for the type of user-space drivers"));
        }
        let unknown = Driver { reference, table: table(reference) };
        let mut interface = null_mut();
        let wanted = kAudioServerPlugInDriverInterfaceUUID;
        let status = call!(unknown, QueryInterface(wanted, &raw mut interface));
        if status != 0 || interface.is_null() {
            return Err(format!(
                "its driver has no interface of user-space drivers: QueryInterface returns {status:#x}"
            ));
        }
        call!(unknown, Release());
        Ok(Driver { reference: interface, table: table(interface) })
    }

    pub(crate) fn initialize(self) -> Result<(), Status> {
        done(call!(self, Initialize(host::interface())))
    }

    /// Carries out the changes that the driver has asked for; IO is stopped. How many there were.
    pub(crate) fn perform_changes(self) -> Result<u32, Status> {
        let mut count = 0;
        while let Some(request) = host::next_request() {
            let info = request.info as *mut c_void;
            done(call!(self, PerformDeviceConfigurationChange(request.device, request.action, info)))?;
            count += 1;
        }
        Ok(count)
    }

    /// Whether the driver has asked for a change that was neither made nor given up.
    pub(crate) fn has_requests() -> bool {
        host::has_requests()
    }

    /// Gives up the changes that the driver has asked for. How many there were.
    pub(crate) fn abort_changes(self) -> Result<u32, Status> {
        let mut count = 0;
        while let Some(request) = host::next_request() {
            let info = request.info as *mut c_void;
            done(call!(self, AbortDeviceConfigurationChange(request.device, request.action, info)))?;
            count += 1;
        }
        Ok(count)
    }

    pub(crate) fn add_client(self, device: AudioObjectID, client: &AudioServerPlugInClientInfo) -> Result<(), Status> {
        done(call!(self, AddDeviceClient(device, client)))
    }

    pub(crate) fn remove_client(
        self,
        device: AudioObjectID,
        client: &AudioServerPlugInClientInfo,
    ) -> Result<(), Status> {
        done(call!(self, RemoveDeviceClient(device, client)))
    }

    pub(crate) fn has(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        call!(self, HasProperty(object, 0, address)) != 0
    }

    pub(crate) fn settable(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<bool, Status> {
        let mut settable = 0;
        done(call!(self, IsPropertySettable(object, 0, address, &raw mut settable)))?;
        Ok(settable != 0)
    }

    pub(crate) fn size(
        self,
        object: AudioObjectID,
        address: &AudioObjectPropertyAddress,
        qualifier: &[u8],
    ) -> Result<u32, Status> {
        let mut size = 0;
        let (count, data) = parts(qualifier);
        done(call!(self, GetPropertyDataSize(object, 0, address, count, data, &raw mut size)))?;
        Ok(size)
    }

    /// Reads a property into the room; how many bytes of it were used.
    pub(crate) fn get(
        self,
        object: AudioObjectID,
        address: &AudioObjectPropertyAddress,
        qualifier: &[u8],
        room: &mut [u8],
    ) -> Result<u32, Status> {
        let mut used = 0;
        let (count, data) = parts(qualifier);
        let (bytes, to) = (room.len() as u32, room.as_mut_ptr().cast());
        done(call!(self, GetPropertyData(object, 0, address, count, data, bytes, &raw mut used, to)))?;
        Ok(used)
    }

    /// Whether a property can be set.
    pub(crate) fn is_settable(
        self,
        object: AudioObjectID,
        address: &AudioObjectPropertyAddress,
    ) -> Result<bool, Status> {
        let mut settable = 0;
        done(call!(self, IsPropertySettable(object, 0, address, &raw mut settable)))?;
        Ok(settable != 0)
    }

    pub(crate) fn set(
        self,
        object: AudioObjectID,
        address: &AudioObjectPropertyAddress,
        value: &[u8],
    ) -> Result<(), Status> {
        let (count, data) = parts(value);
        done(call!(self, SetPropertyData(object, 0, address, 0, null::<c_void>(), count, data)))
    }

    pub(crate) fn start(self, device: AudioObjectID, client: u32) -> Result<(), Status> {
        done(call!(self, StartIO(device, client)))
    }

    pub(crate) fn stop(self, device: AudioObjectID, client: u32) -> Result<(), Status> {
        done(call!(self, StopIO(device, client)))
    }

    pub(crate) fn zero_time_stamp(self, device: AudioObjectID, client: u32) -> Result<ZeroTimeStamp, Status> {
        // Not on the stack, what lies near the driver's own frames would pass for theirs when bytes are counted.
        let mut stamp = Box::new(ZeroTimeStamp { sample_time: 0.0, host_time: 0, seed: 0 });
        let places = (&raw mut stamp.sample_time, &raw mut stamp.host_time, &raw mut stamp.seed);
        done(call!(self, GetZeroTimeStamp(device, client, places.0, places.1, places.2)))?;
        Ok(*stamp)
    }

    /// Whether an operation is done at all, and whether in place.
    pub(crate) fn will_do(self, device: AudioObjectID, client: u32, operation: u32) -> Result<(bool, bool), Status> {
        let (mut will, mut in_place) = (0, 0);
        done(call!(self, WillDoIOOperation(device, client, operation, &raw mut will, &raw mut in_place)))?;
        Ok((will != 0, in_place != 0))
    }

    pub(crate) fn begin(
        self,
        device: AudioObjectID,
        client: u32,
        operation: u32,
        frames: u32,
        cycle: &AudioServerPlugInIOCycleInfo,
    ) -> Result<(), Status> {
        done(call!(self, BeginIOOperation(device, client, operation, frames, cycle)))
    }

    pub(crate) fn end(
        self,
        device: AudioObjectID,
        client: u32,
        operation: u32,
        frames: u32,
        cycle: &AudioServerPlugInIOCycleInfo,
    ) -> Result<(), Status> {
        done(call!(self, EndIOOperation(device, client, operation, frames, cycle)))
    }

    /// Has an operation done on a buffer, in place.
    pub(crate) fn operate(
        self,
        (device, stream): (AudioObjectID, AudioObjectID),
        client: u32,
        operation: u32,
        frames: u32,
        cycle: &AudioServerPlugInIOCycleInfo,
        buffer: &mut [f32],
    ) -> Result<(), Status> {
        let main = buffer.as_mut_ptr().cast();
        done(call!(self, DoIOOperation(device, stream, client, operation, frames, cycle, main, null_mut::<c_void>())))
    }

    /// Gives the driver up; nothing of it is used any more.
    pub(crate) fn release(self) {
        call!(self, Release());
    }
}

/// The table that a driver's reference points to a pointer to.
fn table(reference: AudioServerPlugInDriverRef) -> &'static AudioServerPlugInDriverInterface {
    let at = crate::memory::u64_at(reference as usize);
    // SAFETY: COM's objects begin with a pointer to their table, which stays as long as they; where it is none, the driver's
    // fault is reported.
    unsafe { &*(at as *const AudioServerPlugInDriverInterface) }
}

/// Bytes as the interface takes them; null for none.
fn parts(bytes: &[u8]) -> (u32, *const c_void) {
    (bytes.len() as u32, if bytes.is_empty() { null() } else { bytes.as_ptr().cast() })
}
