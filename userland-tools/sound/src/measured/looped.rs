//! What is measured by a sound that goes through.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use hal_sys::code::format::{kAudioFormatFlagIsFloat, kAudioFormatFlagIsNonMixable, kAudioFormatLinearPCM};
use hal_sys::code::selector::{kAudioStreamPropertyAvailablePhysicalFormats, kAudioStreamPropertyPhysicalFormat};
use hal_sys::interface::{FORMAT, RANGED_FORMAT, WITHOUT_RATE};
use measure::Stop;
use measure::signal::{Bits, Noise, Signal};
use protocol::event::Event;
use protocol::job::Loop;
use protocol::measure::{Reading, Shape};

use super::Taken;
use crate::device::{Device, Direction, global};
use crate::hal::Hal;
use crate::looping::loop_through;

/// Frames of an IO cycle, as the HAL has them unless somebody asks for others.
const IO_FRAMES: u32 = 512;
/// Frames of IO cycles: the smallest and the largest that Core Audio's HAL has, and some that do not divide a ring.
const SIZES: [u32; 6] = [16, 64, 333, 512, 1000, 4096];
/// Frames that are played: more than the ring of any driver that is known.
const FRAMES: usize = 40_000;
/// Frames of silence before the pulse, and what is taken for it.
const BEFORE: usize = 10_240;
const HEARD: f32 = 0.25;
/// Frames of the curve before and behind what it shows.
const SHOWN: i64 = 24;

/// What was recorded while a sound was played.
struct Back {
    tape: Vec<f32>,
    channels: usize,
    /// Frames of the tape before the one that the sound's first was written at.
    before: i64,
}

impl Back {
    /// The samples of so many frames from one on that comes `shift` frames after the sound's first was written.
    fn from(&self, shift: i64, frames: usize) -> Result<&[f32], Stop> {
        let at = usize::try_from(self.before + shift).ok().map(|frame| frame * self.channels);
        let samples = at.and_then(|at| self.tape.get(at..at + frames * self.channels));
        samples.ok_or_else(|| format!("of {frames} frames not all came back within the recording").into())
    }
}

/// Channels of both first streams.
fn channels<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<usize, Stop> {
    let [input, output] = [device.channels(Direction::Input)?, device.channels(Direction::Output)?];
    if input != output || input == 0 {
        return Err(Stop::DoesNotApply(format!("It has {output} channels of output and {input} of input.")));
    }
    Ok(input)
}

fn play<H: Hal + ?Sized>(device: &Device<'_, H>, io_frames: u32, sound: &[f32]) -> Result<Back, Stop> {
    let channels = channels(device)?;
    let frames = (sound.len() / channels) as u64;
    let (rate, count) = (device.rate()? as u32, channels as u32);
    let parameters = Loop { rate, channels: count, frames, io_frames, timed: false };
    let mut tape = vec![0.0; parameters.recorded_frames() as usize * channels];
    let mut found = None;
    let mut say = |event: &Event| {
        if let Event::Finding { text } = event {
            found = Some(text.clone());
        }
    };
    let looped = loop_through(device, &parameters, sound, &mut tape, &mut say)?;
    if let Some(text) = found {
        // What the Mac leaves out says nothing of the driver.
        return Err(Stop::NotMeasured(text));
    }
    Ok(Back { tape, channels, before: looped.written_from.cast_signed() - looped.read_from.cast_signed() })
}

/// Frames from the sample time that a pulse is written for to the one that it is read at, and what was read around it.
fn pulse<H: Hal + ?Sized>(device: &Device<'_, H>) -> Result<(i64, Vec<(f64, f64)>), Stop> {
    let channels = channels(device)?;
    let mut sound = vec![0.0; 2 * BEFORE * channels];
    sound[BEFORE * channels] = 1.0;
    let back = play(device, IO_FRAMES, &sound)?;
    let written = back.before + BEFORE as i64;
    let frames = back.tape.chunks_exact(channels);
    let heard = frames.clone().position(|frame| frame.iter().any(|&sample| sample >= HEARD));
    let heard = heard.ok_or("a pulse did not come back within the recording")? as i64 - written;
    let shown = heard.min(0) - SHOWN..=heard.max(0) + SHOWN;
    let curve = (-written..).zip(frames).filter(|(at, _)| shown.contains(at));
    Ok((heard, curve.map(|(at, frame)| (at as f64, f64::from(frame[0]))).collect()))
}

/// What is declared, what is, and how far they are apart.
pub(super) fn latency<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let sides = [Direction::Input, Direction::Output];
    let ([input, output], [near, far]) =
        (sides.map(|side| device.latency(side)), sides.map(|side| device.safety_offset(side)));
    let [input, output, near, far] = [input?, output?, near?, far?].map(f64::from);
    let (distance, curve) = pulse(device)?;
    Ok(vec![
        Reading::new("declared-latency", input + output + near + far)
            .with_detail("latency of the input", input, "frames")
            .with_detail("latency of the output", output, "frames")
            .with_detail("safety offset of the input", near, "frames")
            .with_detail("safety offset of the output", far, "frames"),
        Reading::new("round-trip", distance as f64).with_series(
            "The impulse",
            ("Frames after the one it was written for", "frames"),
            ("Sample", "of full scale"),
            Shape::Line,
            curve,
        ),
        Reading::new("latency-error", libm::fabs(distance as f64 - (input + output))),
    ])
}

/// Wrong samples of all sizes of IO cycles.
pub(super) fn exactness<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let (before, (least, most)) = (device.io_frames()?, device.io_frames_range()?);
    let (shift, _) = pulse(device)?;
    let channels = channels(device)?;
    let (mut wrong, mut samples, mut reading) = (0_u64, 0, Reading::new("bit-exactness", 0.0));
    for io_frames in SIZES.into_iter().filter(|size| (least..=most).contains(size)) {
        let mut sound = vec![0.0; FRAMES * channels];
        Bits(io_frames.into()).fill(0, channels, &mut sound);
        let back = play(device, io_frames, &sound)?;
        let read = back.from(shift, FRAMES)?;
        let count = read.iter().zip(&sound).filter(|(got, wanted)| got.to_bits() != wanted.to_bits()).count() as u64;
        (wrong, samples) = (wrong + count, samples + read.len());
        reading = reading.with_detail(&format!("with buffers of {io_frames}"), count as f64, "wrong samples");
    }
    device.set_io_frames(before)?;
    let reading = Reading { value: Some(wrong as f64), ..reading };
    Ok(vec![reading.with_detail("samples compared", samples as f64, "")])
}

/// Samples that come back through each physical format further from what was played than a step of it.
pub(super) fn formats<H: Hal + ?Sized>(device: &Device<'_, H>) -> Taken {
    let place = global(kAudioStreamPropertyPhysicalFormat);
    let streams =
        [Direction::Output, Direction::Input].map(|side| device.stream_ids(side).map(|ids| ids.first().copied()));
    let [Some(output), Some(input)] = ({
        let [output, input] = streams;
        [output?, input?]
    }) else {
        return Err(Stop::DoesNotApply("It has no streams both ways.".into()));
    };
    let streams = [output, input];
    let before = streams.map(|stream| device.bytes("its physical format", stream, &place));
    let [output_before, input_before] = before;
    let before = [output_before?, input_before?];
    let list = device.bytes("its physical formats", output, &global(kAudioStreamPropertyAvailablePhysicalFormats))?;
    let mut known: Vec<[u8; FORMAT]> = Vec::new();
    for format in list.as_chunks::<RANGED_FORMAT>().0.iter().filter_map(|ranged| ranged.first_chunk::<FORMAT>()) {
        let is_new = known.iter().all(|known| known[WITHOUT_RATE] != format[WITHOUT_RATE]);
        if is_new && Physical::of(format).comes_as_floats() {
            known.push(*format);
        }
    }
    if known.is_empty() {
        return Err(Stop::DoesNotApply("No format comes to clients as floats.".into()));
    }
    let (mut sum, mut reading) = (0_u64, Reading::new("formats-wrong", 0.0));
    for format in &known {
        for stream in streams {
            set(device, stream, format)?;
        }
        let physical = Physical::of(format);
        let wrong = wrong_through(device, &physical)?;
        sum += wrong;
        reading = reading.with_detail(&physical.name(), wrong as f64, "wrong samples");
    }
    for (stream, format) in streams.into_iter().zip(&before) {
        if let Some(format) = format.first_chunk() {
            set(device, stream, format)?;
        }
    }
    Ok(vec![Reading { value: Some(sum as f64), ..reading }])
}

fn wrong_through<H: Hal + ?Sized>(device: &Device<'_, H>, physical: &Physical) -> Result<u64, Stop> {
    let (shift, _) = pulse(device)?;
    let channels = channels(device)?;
    let mut sound = vec![0.0; FRAMES * channels];
    Noise(13).fill(0, channels, &mut sound);
    let back = play(device, IO_FRAMES, &sound)?;
    let step = physical.step();
    let is_off = |(got, wanted): &(&f32, &f32)| {
        let distance = libm::fabs(f64::from(**got) - f64::from(**wanted));
        distance.is_nan() || distance > step
    };
    Ok(back.from(shift, FRAMES)?.iter().zip(&sound).filter(is_off).count() as u64)
}

/// Has a stream take a format at the device's rate.
fn set<H: Hal + ?Sized>(device: &Device<'_, H>, stream: u32, format: &[u8; FORMAT]) -> Result<(), Stop> {
    let place = global(kAudioStreamPropertyPhysicalFormat);
    let mut wanted = *format;
    wanted[..WITHOUT_RATE.start].copy_from_slice(&device.rate()?.to_ne_bytes());
    let is_so = || Ok(device.bytes("its physical format", stream, &place)? == wanted);
    if is_so()? {
        return Ok(());
    }
    let name = Physical::of(format).name();
    device.hal.write(stream, &place, &wanted).map_err(|status| device.refused(&name, status))?;
    Ok(device.wait(&format!("it does not come to have {name} within 5 s"), is_so)?)
}

/// What there is to know of an AudioStreamBasicDescription.
struct Physical {
    id: u32,
    flags: u32,
    channels: u32,
    bits: u32,
}

impl Physical {
    fn of(format: &[u8; FORMAT]) -> Physical {
        let word = |at: usize| format[at..].first_chunk().copied().map_or(0, u32::from_ne_bytes);
        Physical { id: word(8), flags: word(12), channels: word(28), bits: word(32) }
    }

    fn comes_as_floats(&self) -> bool {
        self.id == kAudioFormatLinearPCM && self.flags & kAudioFormatFlagIsNonMixable == 0
    }

    fn is_float(&self) -> bool {
        self.flags & kAudioFormatFlagIsFloat != 0
    }

    /// One step of it, of full scale; 0 of floats.
    fn step(&self) -> f64 {
        if self.is_float() { 0.0 } else { libm::exp2(1.0 - f64::from(self.bits)) }
    }

    fn name(&self) -> alloc::string::String {
        let kind = if self.is_float() { "float" } else { "integer" };
        format!("{} channels of {}-bit {kind}", self.channels, self.bits)
    }
}
