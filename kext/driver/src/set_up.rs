//! What the family is told of an engine: its properties, streams and controls.

use core::ptr;

use core_io_sys as sys;
use core_io_sys::{IOAudioSampleRate, IOAudioStreamFormat};
use engine::Source;
use engine::config::RATES;
use engine::controls::{Control, Kind};
use engine::format::{SampleFormat, StreamFormat};
use engine::level::Side;
use heapless::Vec;

use crate::host::{Host, LfControl, LfDescription, LfStream};
use crate::instance::Instance;

/// A device can be the default for input, output and the system's sounds.
const EVERY_DEFAULT: u32 =
    sys::kIOAudioDeviceCanBeDefaultInput | sys::kIOAudioDeviceCanBeDefaultOutput | sys::kIOAudioDeviceCanBeSystemOutput;
/// The subtype of the pitch control, which the family has no name for.
const PITCH: u32 = u32::from_be_bytes(*b"ptch");

/// Publishes an engine and adds its streams and controls.
pub(crate) fn set_up(instance: &Instance, host: Host) -> core_io::Result<()> {
    let device = instance.engine.device();
    let description = LfDescription {
        name: device.name().as_ptr(),
        rate: whole(device.default_rate()),
        ring_frames: device.ring_frames(),
        latency: device.latency(),
        safety_offset: device.safety_offset(),
        defaults: if device.can_be_default() { EVERY_DEFAULT } else { 0 },
        hidden: device.is_hidden(),
    };
    // SAFETY: the device's name is a C string.
    unsafe { host.describe(&description) };
    publish_clock(instance, host);
    add_streams(instance, host)?;
    Control::of(device).try_for_each(|control| add_control(host, control))
}

/// Publishes what the clock follows.
pub(crate) fn publish_clock(instance: &Instance, host: Host) {
    let source = instance.engine.clock_source();
    host.set_clock(instance.engine.device().clock_domain(source), source == Source::Host);
}

fn add_streams(instance: &Instance, host: Host) -> core_io::Result<()> {
    let device = instance.engine.device();
    let formats: Vec<IOAudioStreamFormat, { SampleFormat::ALL.len() }> =
        device.formats().iter().map(|format| kernel_format(&StreamFormat::of(device.channels(), *format))).collect();
    let rates: Vec<IOAudioSampleRate, { RATES.len() }> = device.rates().iter().map(|rate| whole(*rate)).collect();
    for direction in [sys::kIOAudioStreamDirectionOutput, sys::kIOAudioStreamDirectionInput] {
        let stream = LfStream {
            direction,
            format_count: formats.len() as u32,
            formats: formats.as_ptr(),
            rates: rates.as_ptr(),
            ring: instance.ring().start().as_ptr().cast(),
            rate_count: rates.len() as u32,
            ring_bytes: instance.ring().len() as u32,
        };
        // SAFETY: formats and rates are borrowed, the ring belongs to the instance, which outlives the engine's streams.
        unsafe { host.add_stream(&stream) }?;
    }
    Ok(())
}

fn add_control(host: Host, control: Control) -> core_io::Result<()> {
    let (kind, sub_kind, usage) = match control.kind {
        Kind::Level(side) => (sys::kIOAudioControlTypeLevel, sys::kIOAudioLevelControlSubTypeVolume, usage(side)),
        Kind::Mute(side) => (sys::kIOAudioControlTypeToggle, sys::kIOAudioToggleControlSubTypeMute, usage(side)),
        Kind::ClockSource => (
            sys::kIOAudioControlTypeSelector,
            sys::kIOAudioSelectorControlSubTypeClockSource,
            sys::kIOAudioControlUsageInput,
        ),
        Kind::Pitch => (sys::kIOAudioControlTypeLevel, PITCH, sys::kIOAudioControlUsageInput),
    };
    // Fixed point with 16 bits behind the point. A pitch is labelled in per cent.
    let (least_db, most_db) = match control.kind {
        Kind::Level(side) => {
            let label = |value: u32| side.law().half_decibels(value) * (1 << 15);
            (label(0), label(control.most()))
        }
        Kind::Pitch => (-1 << 16, 1 << 16),
        Kind::Mute(_) | Kind::ClockSource => (0, 0),
    };
    let control = LfControl {
        kind,
        sub_kind,
        usage,
        id: control.id(),
        channel: control.channel,
        value: control.neutral() as i32,
        most: control.most() as i32,
        least_db,
        most_db,
        silent: matches!(control.kind, Kind::Level(_)),
        name: if control.channel == 0 { sys::kIOAudioControlChannelNameAll.as_ptr().cast() } else { ptr::null() },
        selections: [c"Host clock".as_ptr(), c"Adjustable".as_ptr()],
    };
    // SAFETY: all texts are C strings of the kext, and a selector has two values.
    unsafe { host.add_control(&control) }
}

fn usage(side: Side) -> u32 {
    match side {
        Side::Write => sys::kIOAudioControlUsageOutput,
        Side::Read => sys::kIOAudioControlUsageInput,
    }
}

fn whole(rate: u32) -> IOAudioSampleRate {
    IOAudioSampleRate { whole: rate, fraction: 0 }
}

/// The family's description of a format. The driver's tag is free for drivers and not used.
fn kernel_format(format: &StreamFormat) -> IOAudioStreamFormat {
    IOAudioStreamFormat {
        fNumChannels: format.channels,
        fSampleFormat: format.sample_format,
        fNumericRepresentation: format.representation,
        fBitDepth: format.bit_depth,
        fBitWidth: format.bit_width,
        fAlignment: format.alignment,
        fByteOrder: format.byte_order,
        fIsMixable: format.mixable.into(),
        fDriverTag: 0,
    }
}

/// What the family's description says.
pub(crate) fn stream_format(format: &IOAudioStreamFormat) -> StreamFormat {
    StreamFormat {
        channels: format.fNumChannels,
        sample_format: format.fSampleFormat,
        representation: format.fNumericRepresentation,
        bit_depth: format.fBitDepth,
        bit_width: format.fBitWidth,
        alignment: format.fAlignment,
        byte_order: format.fByteOrder,
        mixable: format.fIsMixable != 0,
    }
}
