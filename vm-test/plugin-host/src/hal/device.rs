//! Devices as the HAL finds them.

use std::collections::BTreeSet;

use hal_sys::AudioObjectID;
use hal_sys::code::scope::{kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput};
use hal_sys::code::selector::{
    STATE, kAudioDevicePropertyAvailableNominalSampleRates, kAudioDevicePropertyDeviceUID, kAudioDevicePropertyLatency,
    kAudioDevicePropertyNominalSampleRate, kAudioDevicePropertySafetyOffset, kAudioDevicePropertyStreams,
    kAudioDevicePropertyZeroTimeStampPeriod, kAudioObjectPropertyControlList, kAudioObjectPropertyName,
    kAudioPlugInPropertyDeviceList, kAudioStreamPropertyAvailablePhysicalFormats, kAudioStreamPropertyPhysicalFormat,
    kAudioStreamPropertyVirtualFormat,
};
use hal_sys::interface::{CHANNELS, FORMAT, RANGE, RANGED_FORMAT, WITHOUT_RATE};
use protocol::event;

use super::driver::Driver;
use super::properties::{address, global};

/// The driver itself.
pub(crate) const PLUG_IN: AudioObjectID = 1;

/// A stream of a device.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stream {
    pub(crate) id: AudioObjectID,
    pub(crate) channels: u32,
}

/// A device.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) driver: Driver,
    pub(crate) id: AudioObjectID,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) inputs: Vec<Stream>,
    pub(crate) outputs: Vec<Stream>,
    /// Frames from one zero timestamp to the next.
    pub(crate) period: u32,
    pub(crate) controls: u32,
}

impl Device {
    /// All devices of a driver; in words, what is wrong with one.
    pub(crate) fn all(driver: Driver) -> Result<Vec<Device>, String> {
        let ids = driver.list(PLUG_IN, &global(kAudioPlugInPropertyDeviceList))?;
        ids.into_iter().map(|id| Self::read(driver, id)).collect()
    }

    fn read(driver: Driver, id: AudioObjectID) -> Result<Device, String> {
        let controls = global(kAudioObjectPropertyControlList);
        Ok(Device {
            driver,
            id,
            name: driver.text(id, &global(kAudioObjectPropertyName))?,
            uid: driver.text(id, &global(kAudioDevicePropertyDeviceUID))?,
            inputs: Self::streams(driver, id, kAudioObjectPropertyScopeInput)?,
            outputs: Self::streams(driver, id, kAudioObjectPropertyScopeOutput)?,
            period: driver.u32(id, &global(kAudioDevicePropertyZeroTimeStampPeriod))?,
            controls: if driver.has(id, &controls) { driver.list(id, &controls)?.len() as u32 } else { 0 },
        })
    }

    fn streams(driver: Driver, id: AudioObjectID, scope: u32) -> Result<Vec<Stream>, String> {
        let ids = driver.list(id, &address(kAudioDevicePropertyStreams, scope))?;
        let stream = |id| {
            let format = driver.value(id, &global(kAudioStreamPropertyVirtualFormat))?;
            let channels = format.get(CHANNELS..).and_then(<[u8]>::first_chunk).copied().map(u32::from_ne_bytes);
            let channels = channels.ok_or_else(|| format!("stream {id}: its format has {} bytes", format.len()))?;
            Ok(Stream { id, channels })
        };
        ids.into_iter().map(stream).collect()
    }

    /// As reports have it.
    pub(crate) fn event(&self) -> event::Device {
        let channels = |streams: &[Stream]| streams.iter().map(|stream| stream.channels).collect();
        event::Device {
            name: self.name.clone(),
            uid: self.uid.clone(),
            inputs: channels(&self.inputs),
            outputs: channels(&self.outputs),
            period: self.period,
            controls: self.controls,
        }
    }

    pub(crate) fn rate(&self) -> Result<f64, String> {
        self.driver.f64(self.id, &global(kAudioDevicePropertyNominalSampleRate))
    }

    /// How many physical formats a stream has, whatever the rate.
    pub(crate) fn formats(&self, stream: Stream) -> Result<usize, String> {
        let list = self.driver.value(stream.id, &global(kAudioStreamPropertyAvailablePhysicalFormats))?;
        let (formats, rest) = list.as_chunks::<RANGED_FORMAT>();
        if !rest.is_empty() {
            return Err(format!("stream {}: its list of formats has {} bytes", stream.id, list.len()));
        }
        Ok(formats.iter().map(|format| &format[WITHOUT_RATE]).collect::<BTreeSet<_>>().len())
    }

    /// How many nominal rates there are; a range counts once.
    pub(crate) fn rates(&self) -> Result<usize, String> {
        let list = self.driver.value(self.id, &global(kAudioDevicePropertyAvailableNominalSampleRates))?;
        let (ranges, rest) = list.as_chunks::<RANGE>();
        if !rest.is_empty() {
            return Err(format!("{}: its list of rates has {} bytes", self.name, list.len()));
        }
        Ok(ranges.iter().collect::<BTreeSet<_>>().len())
    }

    /// The nominal rates, Hz: of a range its ends.
    pub(crate) fn rate_ends(&self) -> Result<Vec<f64>, String> {
        let list = self.driver.value(self.id, &global(kAudioDevicePropertyAvailableNominalSampleRates))?;
        Ok(list.as_chunks::<8>().0.iter().map(|word| f64::from_ne_bytes(*word)).collect())
    }

    /// The physical formats of a stream without their ranges of rates, each once, in its order.
    pub(crate) fn physical_formats(&self, stream: Stream) -> Result<Vec<[u8; FORMAT]>, String> {
        let list = self.driver.value(stream.id, &global(kAudioStreamPropertyAvailablePhysicalFormats))?;
        let mut formats: Vec<[u8; FORMAT]> = Vec::new();
        for format in list.as_chunks::<RANGED_FORMAT>().0.iter().filter_map(|ranged| ranged.first_chunk::<FORMAT>()) {
            if formats.iter().all(|known| known[WITHOUT_RATE] != format[WITHOUT_RATE]) {
                formats.push(*format);
            }
        }
        Ok(formats)
    }

    /// Asks for a physical format of a stream; what it has for a rate is that of the device.
    pub(crate) fn ask_format(&self, stream: Stream, format: &[u8; FORMAT]) -> Result<(), String> {
        let mut wanted = *format;
        wanted[..WITHOUT_RATE.start].copy_from_slice(&self.rate()?.to_ne_bytes());
        let place = global(kAudioStreamPropertyPhysicalFormat);
        if self.driver.has(stream.id, &place) && self.driver.value(stream.id, &place)? == wanted {
            return Ok(());
        }
        let set = self.driver.set(stream.id, &place, &wanted);
        set.map_err(|status| format!("stream {} refuses a format: {}", stream.id, hal_sys::code::Shown(status)))
    }

    /// Asks for a rate.
    pub(crate) fn ask_rate(&self, rate: f64) -> Result<(), String> {
        let set = self.driver.set(self.id, &global(kAudioDevicePropertyNominalSampleRate), &rate.to_ne_bytes());
        set.map_err(|status| format!("{}: the driver refuses {rate} Hz: {}", self.name, hal_sys::code::Shown(status)))
    }

    /// What a refused request must leave as it is: objects, selectors and values of device, streams and controls.
    pub(crate) fn state(&self) -> Result<Vec<(AudioObjectID, u32, Vec<u8>)>, String> {
        let mut state = Vec::new();
        let controls = global(kAudioObjectPropertyControlList);
        let mut objects = vec![self.id];
        objects.extend(self.inputs.iter().chain(&self.outputs).map(|stream| stream.id));
        if self.driver.has(self.id, &controls) {
            objects.extend(self.driver.list(self.id, &controls)?);
        }
        for (object, selector) in objects.iter().flat_map(|object| STATE.map(|selector| (*object, selector))) {
            if self.driver.has(object, &global(selector)) {
                state.push((object, selector, self.driver.value(object, &global(selector))?));
            }
        }
        Ok(state)
    }

    /// Frames of latency that the device declares in a scope.
    pub(crate) fn latency(&self, scope: u32) -> Result<u32, String> {
        self.driver.u32(self.id, &address(kAudioDevicePropertyLatency, scope))
    }

    /// Frames of latency that a stream declares beside the device.
    pub(crate) fn stream_latency(&self, stream: Stream) -> Result<u32, String> {
        // The selector is the device's.
        self.driver.u32(stream.id, &global(kAudioDevicePropertyLatency))
    }

    /// Frames from a program to the wire and back that the device and its first streams declare.
    pub(crate) fn round_trip(&self) -> Result<u32, String> {
        let mut frames = 0;
        for (scope, streams) in
            [(kAudioObjectPropertyScopeInput, &self.inputs), (kAudioObjectPropertyScopeOutput, &self.outputs)]
        {
            frames += self.latency(scope)? + self.safety_offset(scope)?;
            if let Some(stream) = streams.first() {
                frames += self.stream_latency(*stream)?;
            }
        }
        Ok(frames)
    }

    /// Frames that clients keep from the clock's position, beside the latency, of a scope.
    pub(crate) fn safety_offset(&self, scope: u32) -> Result<u32, String> {
        self.latency(scope)?;
        self.driver.u32(self.id, &address(kAudioDevicePropertySafetyOffset, scope))
    }

    /// Sets the rate while nothing runs; the driver asks for a change, which is carried out.
    pub(crate) fn set_rate(&self, rate: u32) -> Result<(), String> {
        let wanted = f64::from(rate);
        if self.rate()?.to_bits() == wanted.to_bits() {
            return Ok(());
        }
        let refused = |what: &str, status| format!("{}: {what} {rate} Hz: {}", self.name, hal_sys::code::Shown(status));
        let rate_address = global(kAudioDevicePropertyNominalSampleRate);
        let set = self.driver.set(self.id, &rate_address, &wanted.to_ne_bytes());
        set.map_err(|status| refused("the driver refuses", status))?;
        crate::libraries::run_dispatched();
        self.driver.perform_changes().map_err(|status| refused("the driver does not change to", status))?;
        let now = self.rate()?;
        if now.to_bits() == wanted.to_bits() {
            Ok(())
        } else {
            Err(format!("{}: set to {rate} Hz, it says {now} Hz", self.name))
        }
    }
}
