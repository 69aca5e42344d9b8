//! What there is to say of a device, for people's programs.

use alloc::string::String;
use alloc::vec::Vec;

use serde::Serialize;

use crate::device::{Device, Direction, Format};
use crate::error::Error;
use crate::hal::Hal;

/// A device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// Its UID.
    pub uid: String,
    /// Its nominal rate, Hz.
    pub rate: f64,
    /// The nominal rates that it can have.
    pub rates: Vec<Range>,
    /// Frames of an IO cycle of this program.
    pub io_frames: u32,
    /// The least and the most that they can be.
    pub io_frames_range: (u32, u32),
    /// What is recorded from it.
    pub input: Side,
    /// What is played into it.
    pub output: Side,
}

/// Rates, Hz.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Range {
    /// The least.
    pub least: f64,
    /// The most.
    pub most: f64,
}

/// A side of a device.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Side {
    /// Its streams.
    pub streams: Vec<Stream>,
    /// Frames of latency, of the device and its first stream.
    pub latency: u32,
    /// Frames of safety offset.
    pub safety_offset: u32,
    /// Its controls, by channel; 0 is all of them.
    pub controls: Vec<Channel>,
}

/// A stream.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Stream {
    /// As programs see it.
    pub r#virtual: Format,
    /// As the device has it.
    pub physical: Format,
}

/// The controls of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Channel {
    /// The channel, from 1; 0 is all of them.
    pub channel: u32,
    /// From 0 to 1; `null` where there is no such control.
    pub volume: Option<f32>,
    /// Whether it is mute; `null` where there is no such control.
    pub mute: Option<bool>,
}

impl Description {
    /// Asks a device.
    ///
    /// # Errors
    /// The HAL refuses.
    pub fn of<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<Description, Error> {
        Ok(Description {
            name: device.name.clone(),
            uid: device.uid()?,
            rate: device.rate()?,
            rates: device.rates()?.into_iter().map(|(least, most)| Range { least, most }).collect(),
            io_frames: device.io_frames()?,
            io_frames_range: device.io_frames_range()?,
            input: Side::of(device, Direction::Input)?,
            output: Side::of(device, Direction::Output)?,
        })
    }
}

impl Side {
    fn of<H: Hal + ?Sized>(device: &Device<'_, H>, direction: Direction) -> Result<Side, Error> {
        let streams = device.streams(direction)?;
        let channels: u32 = streams.iter().map(|(format, _)| format.channels).sum();
        let mut controls = Vec::new();
        for channel in 0..=channels {
            let (volume, mute) = (device.volume(direction, channel)?, device.mute(direction, channel)?);
            if volume.is_some() || mute.is_some() {
                controls.push(Channel { channel, volume, mute });
            }
        }
        Ok(Side {
            streams: streams.into_iter().map(|(r#virtual, physical)| Stream { r#virtual, physical }).collect(),
            latency: device.latency(direction)?,
            safety_offset: device.safety_offset(direction)?,
            controls,
        })
    }
}
