//! Structures and tables of functions. Pointers to objects of CoreFoundation are `*const c_void`.

use core::ffi::c_void;
use core::mem::offset_of;
use core::ops::Range;

use crate::uuid::CFUUIDBytes;
use crate::{AudioObjectID, OSStatus};

/// An object of CoreFoundation.
pub type CFTypeRef = *const c_void;

/// Which property of an object is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(C)]
pub struct AudioObjectPropertyAddress {
    /// One of [`crate::code::selector`].
    pub mSelector: u32,
    /// One of [`crate::code::scope`].
    pub mScope: u32,
    /// 0 for all of the object, else a channel.
    pub mElement: u32,
}

/// A range of numbers, ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct AudioValueRange {
    /// The least.
    pub mMinimum: f64,
    /// The most.
    pub mMaximum: f64,
}

/// A format of samples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct AudioStreamBasicDescription {
    /// Frames a second.
    pub mSampleRate: f64,
    /// One of [`crate::code::format`].
    pub mFormatID: u32,
    /// Flags of the kind.
    pub mFormatFlags: u32,
    /// Bytes of a packet.
    pub mBytesPerPacket: u32,
    /// Frames of a packet: 1.
    pub mFramesPerPacket: u32,
    /// Bytes of a frame.
    pub mBytesPerFrame: u32,
    /// Channels.
    pub mChannelsPerFrame: u32,
    /// Bits of a sample.
    pub mBitsPerChannel: u32,
    /// 0.
    pub mReserved: u32,
}

/// A format at some rates.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct AudioStreamRangedDescription {
    /// The format; its rate is 0 where the range counts.
    pub mFormat: AudioStreamBasicDescription,
    /// The rates.
    pub mSampleRateRange: AudioValueRange,
}

/// Bytes of a format, of one with its range of rates, and of such a range alone.
pub const FORMAT: usize = size_of::<AudioStreamBasicDescription>();
/// See [`FORMAT`].
pub const RANGED_FORMAT: usize = size_of::<AudioStreamRangedDescription>();
/// See [`FORMAT`].
pub const RANGE: usize = size_of::<AudioValueRange>();
/// Where a format has what is not its rate.
pub const WITHOUT_RATE: Range<usize> = offset_of!(AudioStreamBasicDescription, mFormatID)..FORMAT;
/// Where it has its channels.
pub const CHANNELS: usize = offset_of!(AudioStreamBasicDescription, mChannelsPerFrame);

/// A time of SMPTE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct SMPTETime {
    /// Part of a frame.
    pub mSubframes: i16,
    /// What it counts in.
    pub mSubframeDivisor: i16,
    /// Messages of the code.
    pub mCounter: u32,
    /// Kind of code.
    pub mType: u32,
    /// What is valid.
    pub mFlags: u32,
    /// Hours.
    pub mHours: i16,
    /// Minutes.
    pub mMinutes: i16,
    /// Seconds.
    pub mSeconds: i16,
    /// Frames.
    pub mFrames: i16,
}

/// A moment by several clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct AudioTimeStamp {
    /// By the device's frames.
    pub mSampleTime: f64,
    /// By the host's clock, ticks.
    pub mHostTime: u64,
    /// Ticks of the host a frame, by what they are nominally.
    pub mRateScalar: f64,
    /// By a word clock.
    pub mWordClockTime: u64,
    /// By SMPTE.
    pub mSMPTETime: SMPTETime,
    /// Which of these are valid: `kAudioTimeStamp…Valid`.
    pub mFlags: u32,
    /// 0.
    pub mReserved: u32,
}

/// [`AudioTimeStamp::mSampleTime`] is valid.
pub const kAudioTimeStampSampleTimeValid: u32 = 1;
/// [`AudioTimeStamp::mHostTime`] is valid.
pub const kAudioTimeStampHostTimeValid: u32 = 1 << 1;
/// [`AudioTimeStamp::mRateScalar`] is valid.
pub const kAudioTimeStampRateScalarValid: u32 = 1 << 2;

/// The samples of a stream in a program's IO cycle.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AudioBuffer {
    /// Channels, interleaved.
    pub mNumberChannels: u32,
    /// Bytes.
    pub mDataByteSize: u32,
    /// The samples; null for a stream that the program does not use.
    pub mData: *mut c_void,
}

/// The streams of a direction in a program's IO cycle.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AudioBufferList {
    /// How many there are.
    pub mNumberBuffers: u32,
    /// They; as many as are said.
    pub mBuffers: [AudioBuffer; 1],
}

/// An IO cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct AudioServerPlugInIOCycleInfo {
    /// Cycles since IO began.
    pub mIOCycleCounter: u64,
    /// Frames of a cycle, nominally.
    pub mNominalIOBufferFrameSize: u32,
    /// When it began.
    pub mCurrentTime: AudioTimeStamp,
    /// The first frame of input.
    pub mInputTime: AudioTimeStamp,
    /// The first frame of output.
    pub mOutputTime: AudioTimeStamp,
    /// Ticks a frame of the device that leads an aggregate.
    pub mMainHostTicksPerFrame: f64,
    /// Ticks a frame of this device.
    pub mDeviceHostTicksPerFrame: f64,
}

/// A property of a driver's own, so that the host can hand its data on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct AudioServerPlugInCustomPropertyInfo {
    /// Its selector.
    pub mSelector: u32,
    /// What its data are, one of [`crate::code::custom`].
    pub mPropertyDataType: u32,
    /// What its qualifier is, one of them too.
    pub mQualifierDataType: u32,
}

/// A client of a device.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AudioServerPlugInClientInfo {
    /// Its number; 0 is the host.
    pub mClientID: u32,
    /// Its process.
    pub mProcessID: i32,
    /// Whether its numbers are in the host's byte order.
    pub mIsNativeEndian: u8,
    /// Its bundle's identifier, or null.
    pub mBundleID: CFTypeRef,
}

/// Where the driver is: a pointer to the pointer to its functions.
pub type AudioServerPlugInDriverRef = *mut c_void;

/// What a driver offers, in the order of its table.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AudioServerPlugInDriverInterface {
    /// Null.
    #[expect(clippy::pub_underscore_fields, reason = "C names kept")]
    pub _reserved: *mut c_void,
    /// Gives another interface of the object: 0, or an HRESULT.
    pub QueryInterface: unsafe extern "C" fn(*mut c_void, CFUUIDBytes, *mut *mut c_void) -> i32,
    /// Holds it.
    pub AddRef: unsafe extern "C" fn(*mut c_void) -> u32,
    /// Gives it up.
    pub Release: unsafe extern "C" fn(*mut c_void) -> u32,
    /// The host's first call: here is its own table.
    pub Initialize: unsafe extern "C" fn(AudioServerPlugInDriverRef, *const AudioServerPlugInHostInterface) -> OSStatus,
    /// Makes a device of a description.
    pub CreateDevice: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        CFTypeRef,
        *const AudioServerPlugInClientInfo,
        *mut AudioObjectID,
    ) -> OSStatus,
    /// Takes it away.
    pub DestroyDevice: unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID) -> OSStatus,
    /// A client has come to a device.
    pub AddDeviceClient:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, *const AudioServerPlugInClientInfo) -> OSStatus,
    /// It has gone.
    pub RemoveDeviceClient:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, *const AudioServerPlugInClientInfo) -> OSStatus,
    /// The change that the driver asked for may be done: IO is stopped.
    pub PerformDeviceConfigurationChange:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u64, *mut c_void) -> OSStatus,
    /// It may not be done.
    pub AbortDeviceConfigurationChange:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u64, *mut c_void) -> OSStatus,
    /// Whether an object has a property: 0 or 1.
    pub HasProperty:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, i32, *const AudioObjectPropertyAddress) -> u8,
    /// Whether it can be set.
    pub IsPropertySettable: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        i32,
        *const AudioObjectPropertyAddress,
        *mut u8,
    ) -> OSStatus,
    /// Bytes of its value, with a qualifier.
    pub GetPropertyDataSize: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        i32,
        *const AudioObjectPropertyAddress,
        u32,
        *const c_void,
        *mut u32,
    ) -> OSStatus,
    /// Its value, with a qualifier: room, bytes that were used, where to.
    pub GetPropertyData: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        i32,
        *const AudioObjectPropertyAddress,
        u32,
        *const c_void,
        u32,
        *mut u32,
        *mut c_void,
    ) -> OSStatus,
    /// Sets its value.
    pub SetPropertyData: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        i32,
        *const AudioObjectPropertyAddress,
        u32,
        *const c_void,
        u32,
        *const c_void,
    ) -> OSStatus,
    /// A client begins IO.
    pub StartIO: unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u32) -> OSStatus,
    /// It ends it.
    pub StopIO: unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u32) -> OSStatus,
    /// The last zero timestamp: sample time, host time, seed.
    pub GetZeroTimeStamp:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u32, *mut f64, *mut u64, *mut u64) -> OSStatus,
    /// Whether an operation is done, and whether in place.
    pub WillDoIOOperation:
        unsafe extern "C" fn(AudioServerPlugInDriverRef, AudioObjectID, u32, u32, *mut u8, *mut u8) -> OSStatus,
    /// An operation begins.
    pub BeginIOOperation: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        u32,
        u32,
        u32,
        *const AudioServerPlugInIOCycleInfo,
    ) -> OSStatus,
    /// Do it: device, stream, client, operation, frames, cycle, main and secondary buffer.
    pub DoIOOperation: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        AudioObjectID,
        u32,
        u32,
        u32,
        *const AudioServerPlugInIOCycleInfo,
        *mut c_void,
        *mut c_void,
    ) -> OSStatus,
    /// It ends.
    pub EndIOOperation: unsafe extern "C" fn(
        AudioServerPlugInDriverRef,
        AudioObjectID,
        u32,
        u32,
        u32,
        *const AudioServerPlugInIOCycleInfo,
    ) -> OSStatus,
}

/// What the host offers a driver; its functions take the pointer to this very table.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct AudioServerPlugInHostInterface {
    /// Properties of an object have changed.
    pub PropertiesChanged: unsafe extern "C" fn(
        *const AudioServerPlugInHostInterface,
        AudioObjectID,
        u32,
        *const AudioObjectPropertyAddress,
    ) -> OSStatus,
    /// What was stored under a key; the caller releases it.
    pub CopyFromStorage:
        unsafe extern "C" fn(*const AudioServerPlugInHostInterface, CFTypeRef, *mut CFTypeRef) -> OSStatus,
    /// Stores a property list under a key.
    pub WriteToStorage: unsafe extern "C" fn(*const AudioServerPlugInHostInterface, CFTypeRef, CFTypeRef) -> OSStatus,
    /// Deletes what is stored under a key.
    pub DeleteFromStorage: unsafe extern "C" fn(*const AudioServerPlugInHostInterface, CFTypeRef) -> OSStatus,
    /// Asks for a change of a device that IO must be stopped for: an action and something more, both the driver's own.
    pub RequestDeviceConfigurationChange:
        unsafe extern "C" fn(*const AudioServerPlugInHostInterface, AudioObjectID, u64, *mut c_void) -> OSStatus,
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::mem::{offset_of, size_of};

    #[test]
    fn structures_have_the_published_sizes() {
        assert_eq!(size_of::<AudioObjectPropertyAddress>(), 12);
        assert_eq!(size_of::<AudioValueRange>(), 16);
        assert_eq!(size_of::<AudioStreamBasicDescription>(), 40);
        assert_eq!(size_of::<AudioStreamRangedDescription>(), 56);
        assert_eq!(size_of::<SMPTETime>(), 24);
        assert_eq!(size_of::<AudioTimeStamp>(), 64);
        assert_eq!(size_of::<AudioServerPlugInClientInfo>(), 24);
        assert_eq!(size_of::<AudioServerPlugInIOCycleInfo>(), 224);
        assert_eq!(size_of::<CFUUIDBytes>(), 16);
    }

    #[test]
    fn functions_stand_where_the_published_tables_have_them() {
        type Driver = AudioServerPlugInDriverInterface;
        assert_eq!(size_of::<Driver>(), 23 * 8);
        assert_eq!(offset_of!(Driver, QueryInterface), 8);
        assert_eq!(offset_of!(Driver, Initialize), 4 * 8);
        assert_eq!(offset_of!(Driver, HasProperty), 11 * 8);
        assert_eq!(offset_of!(Driver, StartIO), 16 * 8);
        assert_eq!(offset_of!(Driver, EndIOOperation), 22 * 8);
        assert_eq!(size_of::<AudioServerPlugInHostInterface>(), 5 * 8);
        assert_eq!(offset_of!(AudioServerPlugInIOCycleInfo, mOutputTime), 144);
        assert_eq!(offset_of!(AudioServerPlugInClientInfo, mBundleID), 16);
    }
}
