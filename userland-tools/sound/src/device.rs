//! A device by its properties, typed.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use hal_sys::code::client::{
    kAudioDevicePropertyBufferFrameSize, kAudioDevicePropertyBufferFrameSizeRange, kAudioDevicePropertyMute,
    kAudioDevicePropertyVolumeScalar, kAudioHardwarePropertyDevices,
};
use hal_sys::code::format::{kAudioFormatFlagIsBigEndian, kAudioFormatFlagIsFloat, kAudioFormatLinearPCM};
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};
use hal_sys::code::selector::{
    kAudioDevicePropertyAvailableNominalSampleRates, kAudioDevicePropertyDeviceUID, kAudioDevicePropertyLatency,
    kAudioDevicePropertyNominalSampleRate, kAudioDevicePropertySafetyOffset, kAudioDevicePropertyStreams,
    kAudioObjectPropertyName, kAudioStreamPropertyPhysicalFormat, kAudioStreamPropertyVirtualFormat,
};
use hal_sys::interface::AudioObjectPropertyAddress;
use hal_sys::{AudioObjectID, kAudioObjectSystemObject};
use serde::Serialize;

use crate::error::Error;
use crate::hal::{Hal, Status};

/// How long a device may take to change, and between two looks, ns.
const CHANGE: u64 = 5_000_000_000;
const LOOK: u64 = 10_000_000;

/// A side of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// What is recorded.
    Input,
    /// What is played.
    Output,
}

impl Direction {
    /// As a scope of properties.
    pub fn scope(self) -> u32 {
        match self {
            Direction::Input => kAudioObjectPropertyScopeInput,
            Direction::Output => kAudioObjectPropertyScopeOutput,
        }
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Direction::Input => "input",
            Direction::Output => "output",
        }
    }
}

/// A format of samples.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Format {
    /// Frames a second.
    pub rate: f64,
    /// Channels.
    pub channels: u32,
    /// Bits of a sample.
    pub bits: u32,
    /// Bytes of a frame.
    pub frame_bytes: u32,
    /// Whether samples are floats.
    pub float: bool,
    /// Whether it is linear PCM in the processor's byte order.
    pub native: bool,
}

impl Format {
    /// An AudioStreamBasicDescription.
    fn of(bytes: &[u8]) -> Option<Format> {
        let word = |at: usize| Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?));
        let flags = word(12)?;
        Some(Format {
            rate: f64::from_ne_bytes(*bytes.first_chunk()?),
            frame_bytes: word(24)?,
            channels: word(28)?,
            bits: word(32)?,
            float: flags & kAudioFormatFlagIsFloat != 0,
            native: word(8)? == kAudioFormatLinearPCM && flags & kAudioFormatFlagIsBigEndian == 0,
        })
    }

    /// Whether its samples are what procedures have: interleaved Float32.
    pub fn is_float32(&self) -> bool {
        self.float && self.native && self.bits == 32 && self.frame_bytes == self.channels * 4
    }
}

/// A device of a HAL.
pub struct Device<'a, H: Hal + ?Sized> {
    /// The HAL.
    pub hal: &'a H,
    /// Its object.
    pub id: AudioObjectID,
    /// Its name, for messages.
    pub name: String,
}

fn address(selector: u32, scope: u32, element: u32) -> AudioObjectPropertyAddress {
    AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: element }
}

pub(crate) fn global(selector: u32) -> AudioObjectPropertyAddress {
    address(selector, kAudioObjectPropertyScopeGlobal, 0)
}

pub(crate) fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.as_chunks().0.iter().map(|word| u32::from_ne_bytes(*word)).collect()
}

impl<'a, H: Hal + ?Sized> Device<'a, H> {
    /// All devices, in the HAL's order.
    ///
    /// # Errors
    /// The HAL refuses its list, or a device its name.
    pub fn all(hal: &'a H) -> Result<Vec<Self>, Error> {
        let refused = |status| Error::Refused { device: "the HAL".into(), what: "its list of devices".into(), status };
        let ids = hal.read(kAudioObjectSystemObject, &global(kAudioHardwarePropertyDevices)).map_err(refused)?;
        words(&ids).into_iter().map(|id| Self::open(hal, id)).collect()
    }

    /// The device of an object.
    ///
    /// # Errors
    /// It has no name: it is none, or it has gone.
    pub fn open(hal: &'a H, id: AudioObjectID) -> Result<Self, Error> {
        let named = hal.text(id, &global(kAudioObjectPropertyName));
        let refused = |status| Error::Refused { device: format!("object {id}"), what: "its name".into(), status };
        Ok(Device { hal, id, name: named.map_err(refused)? })
    }

    /// The device with a UID.
    ///
    /// # Errors
    /// There is none, or the HAL refuses to say.
    pub fn with_uid(hal: &'a H, uid: &str) -> Result<Self, Error> {
        let mut there = Vec::new();
        for device in Self::all(hal)? {
            let its = device.uid()?;
            if its == uid {
                return Ok(device);
            }
            there.push(its);
        }
        Err(Error::NoDevice { wanted: uid.to_string(), there })
    }

    /// Its UID.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn uid(&self) -> Result<String, Error> {
        let text = self.hal.text(self.id, &global(kAudioDevicePropertyDeviceUID));
        text.map_err(|status| self.refused("its UID", status))
    }

    /// Its nominal rate, Hz.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn rate(&self) -> Result<f64, Error> {
        self.value("its rate", &global(kAudioDevicePropertyNominalSampleRate)).map(f64::from_ne_bytes)
    }

    /// The nominal rates that it can have, each from the least to the most, Hz.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn rates(&self) -> Result<Vec<(f64, f64)>, Error> {
        let all = self.bytes("its rates", self.id, &global(kAudioDevicePropertyAvailableNominalSampleRates))?;
        let ends: Vec<f64> = all.as_chunks().0.iter().map(|end| f64::from_ne_bytes(*end)).collect();
        Ok(ends.as_chunks().0.iter().map(|&[least, most]| (least, most)).collect())
    }

    /// Sets the nominal rate and waits until the device has it.
    ///
    /// # Errors
    /// It cannot have it, or does not come to have it.
    pub fn set_rate(&self, rate: f64) -> Result<(), Error> {
        if self.rate()?.to_bits() == rate.to_bits() {
            return Ok(());
        }
        let rates = self.rates()?;
        if !rates.iter().any(|(least, most)| (*least..=*most).contains(&rate)) {
            let all: Vec<String> = rates.iter().map(range).collect();
            return self.unsuitable(format!("it cannot run at {rate} Hz; it can at {} Hz", all.join(", ")));
        }
        self.write(&format!("{rate} Hz"), &global(kAudioDevicePropertyNominalSampleRate), &rate.to_ne_bytes())?;
        self.wait(&format!("it does not come to run at {rate} Hz within 5 s"), || {
            Ok(self.rate()?.to_bits() == rate.to_bits())
        })
    }

    /// Frames of an IO cycle of this program.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn io_frames(&self) -> Result<u32, Error> {
        self.value("its IO buffer's size", &global(kAudioDevicePropertyBufferFrameSize)).map(u32::from_ne_bytes)
    }

    /// The least and the most that they can be.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn io_frames_range(&self) -> Result<(u32, u32), Error> {
        let bytes: [u8; 16] = self.value("its IO buffer's sizes", &global(kAudioDevicePropertyBufferFrameSizeRange))?;
        let end = |at: usize| bytes[at..].first_chunk().map_or(0.0, |end| f64::from_ne_bytes(*end));
        Ok((end(0) as u32, end(8) as u32))
    }

    /// Sets them.
    ///
    /// # Errors
    /// They cannot be so many, or do not come to be.
    pub fn set_io_frames(&self, frames: u32) -> Result<(), Error> {
        let (least, most) = self.io_frames_range()?;
        if !(least..=most).contains(&frames) {
            return self.unsuitable(format!("an IO cycle cannot have {frames} frames; it can from {least} to {most}"));
        }
        let what = format!("IO cycles of {frames} frames");
        self.write(&what, &global(kAudioDevicePropertyBufferFrameSize), &frames.to_ne_bytes())?;
        self.wait(&format!("it does not come to {what} within 5 s"), || Ok(self.io_frames()? == frames))
    }

    /// The formats of its streams of a direction, as programs see them and as the device has them.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn streams(&self, direction: Direction) -> Result<Vec<(Format, Format)>, Error> {
        let what = format!("its {} streams", direction.name());
        let ids = self.stream_ids(direction)?;
        let of = |id, selector| {
            let bytes = self.bytes(&what, id, &global(selector))?;
            Format::of(&bytes).ok_or_else(|| self.wrong_size(&what, bytes.len()))
        };
        let both = |id| Ok((of(id, kAudioStreamPropertyVirtualFormat)?, of(id, kAudioStreamPropertyPhysicalFormat)?));
        ids.into_iter().map(both).collect()
    }

    /// The objects of its streams of a direction.
    ///
    /// # Errors
    /// The HAL refuses.
    pub(crate) fn stream_ids(&self, direction: Direction) -> Result<Vec<AudioObjectID>, Error> {
        let place = address(kAudioDevicePropertyStreams, direction.scope(), 0);
        if !self.hal.has(self.id, &place) {
            return Ok(Vec::new());
        }
        Ok(words(&self.bytes(&format!("its {} streams", direction.name()), self.id, &place)?))
    }

    /// Channels of its first stream of a direction, which must be one of Float32.
    ///
    /// # Errors
    /// There is none, or it is not.
    pub fn channels(&self, direction: Direction) -> Result<usize, Error> {
        let side = direction.name();
        match self.streams(direction)?.first() {
            None => self.unsuitable(format!("it has no {side} stream; `devices` lists the devices that have one")),
            Some((format, _)) if format.is_float32() => Ok(format.channels as usize),
            Some(_) => self.unsuitable(format!(
                "its {side} stream is set to a format other than interleaved Float32; set it to linear PCM that is mixable"
            )),
        }
    }

    /// Frames from the HAL's buffer to the wire: what the device and its first stream declare.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn latency(&self, direction: Direction) -> Result<u32, Error> {
        let of_device =
            self.u32_or_0("its latency", self.id, &address(kAudioDevicePropertyLatency, direction.scope(), 0))?;
        let of_stream = match self.stream_ids(direction)?.first() {
            Some(stream) => self.u32_or_0("its stream's latency", *stream, &global(kAudioDevicePropertyLatency))?,
            None => 0,
        };
        Ok(of_device + of_stream)
    }

    /// Frames that programs keep from the clock's position beside that.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn safety_offset(&self, direction: Direction) -> Result<u32, Error> {
        let place = address(kAudioDevicePropertySafetyOffset, direction.scope(), 0);
        self.u32_or_0("its safety offset", self.id, &place)
    }

    /// Frames from a program to the wire and back that it declares: latency and safety offset of both directions.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn round_trip(&self) -> Result<u32, Error> {
        let mut frames = 0;
        for direction in [Direction::Input, Direction::Output] {
            frames += self.latency(direction)? + self.safety_offset(direction)?;
        }
        Ok(frames)
    }

    /// The volume of a channel, from 0 to 1; channel 0 is all of them. Nothing where there is no such control.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn volume(&self, direction: Direction, channel: u32) -> Result<Option<f32>, Error> {
        let place = address(kAudioDevicePropertyVolumeScalar, direction.scope(), channel);
        if !self.hal.has(self.id, &place) {
            return Ok(None);
        }
        self.value("its volume", &place).map(|bytes| Some(f32::from_ne_bytes(bytes)))
    }

    /// Sets it.
    ///
    /// # Errors
    /// There is no such control, or the HAL refuses.
    pub fn set_volume(&self, direction: Direction, channel: u32, volume: f32) -> Result<(), Error> {
        if !(0.0..=1.0).contains(&volume) {
            return self.unsuitable(format!("a volume of {volume} is none; it is from 0 to 1"));
        }
        let place = address(kAudioDevicePropertyVolumeScalar, direction.scope(), channel);
        self.set_control("volume", direction, &place, &volume.to_ne_bytes())
    }

    /// Whether a channel is mute; channel 0 is all of them. Nothing where there is no such control.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn mute(&self, direction: Direction, channel: u32) -> Result<Option<bool>, Error> {
        let place = address(kAudioDevicePropertyMute, direction.scope(), channel);
        if !self.hal.has(self.id, &place) {
            return Ok(None);
        }
        self.value("whether it is mute", &place).map(|bytes| Some(u32::from_ne_bytes(bytes) != 0))
    }

    /// Sets it.
    ///
    /// # Errors
    /// There is no such control, or the HAL refuses.
    pub fn set_mute(&self, direction: Direction, channel: u32, mute: bool) -> Result<(), Error> {
        let place = address(kAudioDevicePropertyMute, direction.scope(), channel);
        self.set_control("mute", direction, &place, &u32::from(mute).to_ne_bytes())
    }

    fn set_control(
        &self,
        what: &str,
        direction: Direction,
        place: &AudioObjectPropertyAddress,
        value: &[u8],
    ) -> Result<(), Error> {
        if !self.hal.is_settable(self.id, place) {
            let (side, channel) = (direction.name(), place.mElement);
            return self.unsuitable(format!(
                "its {side} has no {what} of channel {channel} that can be set; `devices` lists what it has"
            ));
        }
        self.write(what, place, value)
    }

    fn u32_or_0(&self, what: &str, object: AudioObjectID, place: &AudioObjectPropertyAddress) -> Result<u32, Error> {
        if !self.hal.has(object, place) {
            return Ok(0);
        }
        let bytes = self.bytes(what, object, place)?;
        bytes.as_slice().try_into().map(u32::from_ne_bytes).map_err(|_| self.wrong_size(what, bytes.len()))
    }

    pub(crate) fn bytes(
        &self,
        what: &str,
        object: AudioObjectID,
        place: &AudioObjectPropertyAddress,
    ) -> Result<Vec<u8>, Error> {
        self.hal.read(object, place).map_err(|status| self.refused(what, status))
    }

    fn value<const N: usize>(&self, what: &str, place: &AudioObjectPropertyAddress) -> Result<[u8; N], Error> {
        let bytes = self.bytes(what, self.id, place)?;
        bytes.as_slice().try_into().map_err(|_| self.wrong_size(what, bytes.len()))
    }

    fn write(&self, what: &str, place: &AudioObjectPropertyAddress, value: &[u8]) -> Result<(), Error> {
        self.hal.write(self.id, place, value).map_err(|status| self.refused(what, status))
    }

    /// Waits until something has come to be.
    pub(crate) fn wait(&self, what: &str, mut is_so: impl FnMut() -> Result<bool, Error>) -> Result<(), Error> {
        let until = self.hal.now() + CHANGE;
        while !is_so()? {
            if self.hal.now() > until {
                return Err(Error::Stalled { device: self.name.clone(), what: what.to_string() });
            }
            self.hal.pause(LOOK);
        }
        Ok(())
    }

    /// That the HAL refuses something.
    pub(crate) fn refused(&self, what: &str, status: Status) -> Error {
        Error::Refused { device: self.name.clone(), what: what.to_string(), status }
    }

    fn wrong_size(&self, what: &str, bytes: usize) -> Error {
        let why = format!("{what} has {bytes} bytes, which is not what it is published to have");
        Error::Unsuitable { device: self.name.clone(), why }
    }

    /// That the device is not what is asked of it.
    pub(crate) fn unsuitable<T>(&self, why: String) -> Result<T, Error> {
        Err(Error::Unsuitable { device: self.name.clone(), why })
    }
}

fn range(&(least, most): &(f64, f64)) -> String {
    if least.to_bits() == most.to_bits() { format!("{least}") } else { format!("{least} to {most}") }
}
