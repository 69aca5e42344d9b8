//! A client: IO cycles as the HAL's IO thread runs them, by positions that it computes from zero timestamps.

use hal_sys::code::Shown;
use hal_sys::code::operation::{
    kAudioServerPlugInIOOperationCycle, kAudioServerPlugInIOOperationReadInput, kAudioServerPlugInIOOperationThread,
    kAudioServerPlugInIOOperationWriteMix,
};
use hal_sys::code::scope::{kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput};
use hal_sys::interface::{
    AudioServerPlugInClientInfo, AudioServerPlugInIOCycleInfo, AudioTimeStamp, kAudioTimeStampHostTimeValid,
    kAudioTimeStampSampleTimeValid,
};

use super::device::{Device, Stream};
use super::driver::ZeroTimeStamp;
use crate::{cf, libraries, world};

/// The process of the client with number 0.
const PROCESS: i32 = 500;
/// How late its IO thread wakes at most, ns.
const LATENESS: u64 = 40_000;
/// What stands around buffers, that writing beyond them is seen.
const GUARD: usize = 64;
const PATTERN: f32 = -123.25;

/// What a client did.
#[derive(Debug)]
pub(crate) struct Recorded {
    /// The first frame that was written, and the first that was read.
    pub(crate) written_from: u64,
    pub(crate) read_from: u64,
    /// Operations that failed, by what they returned, and how often.
    pub(crate) failed: Vec<(u32, u64)>,
    /// From start to stop, ns.
    pub(crate) ns: u64,
    pub(crate) timestamps: u64,
    /// Largest distance of one from the ideal schedule, ns.
    pub(crate) timestamp_error_ns: u64,
}

/// Fills what is written from a frame on.
pub(crate) type Player<'a> = &'a mut dyn FnMut(u64, &mut [f32]);

/// The cycles of an IO thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cycles {
    /// Frames of one.
    pub(crate) frames: u32,
    /// Frames from the clock's position to the first that is written. `None`: a buffer and the safety offset.
    pub(crate) lead: Option<i64>,
    /// Frames from the last that is read to the clock's position. `None`: the safety offset.
    pub(crate) lag: Option<i64>,
}

impl Cycles {
    /// As the HAL has them.
    pub(crate) fn of(frames: u32) -> Cycles {
        Cycles { frames, lead: None, lag: None }
    }
}

/// A client that plays into a device's first output stream and records its first input stream.
pub(crate) struct Client<'a> {
    device: &'a Device,
    input: Stream,
    output: Stream,
    rate: u64,
    info: AudioServerPlugInClientInfo,
    first: ZeroTimeStamp,
    last: ZeroTimeStamp,
    stamps: u64,
    error_ns: u64,
    failed: Vec<(u32, u64)>,
    random: u64,
    /// Frames that the input is behind the clock's position, and the output before it.
    lag: i64,
    lead: i64,
    /// The clock's position at the next cycle, and when its thread wakes, ns.
    next: u64,
    wakes: u64,
    late: u64,
    /// The block that is to be handed over late: a frame of it, and how late, ns; the one whose cycle has begun; the one that was.
    delay: Option<(u64, u64)>,
    owed: Option<u64>,
    handed_over: Option<measure::Late>,
    /// The number of the next cycle, from 1, and what the last one was.
    cycles: u64,
    /// Not on the stack: near a driver's own frames it would pass for one of theirs when bytes are counted.
    info_of_cycle: Box<AudioServerPlugInIOCycleInfo>,
    /// Input and output, between guards.
    buffers: [Vec<f32>; 2],
}

/// In words, that the driver refuses something.
fn refuses(what: &str) -> impl FnOnce(u32) -> String + '_ {
    move |status| format!("the driver refuses {what}: {}", Shown(status))
}

impl<'a> Client<'a> {
    /// The device's client of this number, which is not 0 and no other's, with streams of so many channels. In words, why there
    /// is none.
    pub(crate) fn open(device: &'a Device, number: u32, channels: u32, seed: u64) -> Result<Client<'a>, String> {
        let stream = |streams: &[Stream], direction: &str| {
            let stream = *streams.first().ok_or_else(|| format!("{} has no {direction} stream", device.name))?;
            if stream.channels == channels {
                return Ok(stream);
            }
            Err(format!("the {direction} stream has {} channels, the sound {channels}", stream.channels))
        };
        let (input, output) = (stream(&device.inputs, "input")?, stream(&device.outputs, "output")?);
        let bundle = cf::new_string("org.loopflower.client");
        let info = AudioServerPlugInClientInfo {
            mClientID: number,
            mProcessID: PROCESS + number as i32,
            mIsNativeEndian: 1,
            mBundleID: bundle as *const _,
        };
        device.driver.add_client(device.id, &info).map_err(refuses("a client"))?;
        let nothing = ZeroTimeStamp { sample_time: 0.0, host_time: 0, seed: 0 };
        Ok(Client {
            device,
            input,
            output,
            rate: device.rate()? as u64,
            info,
            first: nothing,
            last: nothing,
            stamps: 0,
            error_ns: 0,
            failed: Vec::new(),
            random: seed,
            lag: 0,
            lead: 0,
            next: 0,
            wakes: 0,
            late: 0,
            delay: None,
            owed: None,
            handed_over: None,
            cycles: 1,
            info_of_cycle: Box::default(),
            buffers: [Vec::new(), Vec::new()],
        })
    }

    /// Runs so many cycles of `frames` frames: `play` fills the output of each, `record` gets its input.
    pub(crate) fn run(
        mut self,
        frames: u32,
        cycles: u64,
        play: &mut dyn FnMut(u64, &mut [f32]),
        record: &mut dyn FnMut(u64, &[f32]),
    ) -> Result<Recorded, String> {
        let begun = world::now();
        self.start(Cycles::of(frames))?;
        let written_from = self.next.saturating_add_signed(self.lead);
        for _ in 0..cycles {
            self.cycle(Some(&mut *play), record)?;
        }
        self.stop()?;
        let ns = world::now() - begun;
        let (failed, timestamps, timestamp_error_ns) = (self.failed.clone(), self.stamps, self.error_ns);
        self.leave()?;
        Ok(Recorded { written_from, read_from: 0, failed, ns, timestamps, timestamp_error_ns })
    }

    /// Starts IO. Where nobody else's runs the clock begins anew.
    pub(crate) fn start(&mut self, cycles: Cycles) -> Result<(), String> {
        let (device, driver, client) = (self.device, self.device.driver, self.info.mClientID);
        for operation in [kAudioServerPlugInIOOperationReadInput, kAudioServerPlugInIOOperationWriteMix] {
            let (will, _) = driver.will_do(device.id, client, operation).map_err(refuses("to say what it does"))?;
            if !will {
                return Err(format!("the driver does not do {}, which its streams need", Shown(operation)));
            }
        }
        // It may have been changed meanwhile.
        self.rate = device.rate()? as u64;
        let Cycles { frames, lead, lag } = cycles;
        let [behind, ahead] = [kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput]
            .map(|scope| device.safety_offset(scope).map(i64::from));
        self.lag = lag.unwrap_or(behind?);
        self.lead = lead.unwrap_or(i64::from(frames) + ahead?);
        self.rate = device.rate()? as u64;
        driver.start(device.id, client).map_err(refuses("StartIO"))?;
        self.first = self.stamp()?;
        self.last = self.first;
        (self.stamps, self.error_ns, self.cycles, self.owed) = (1, 0, 1, None);
        let samples = |stream: Stream| frames as usize * stream.channels as usize + 2 * GUARD;
        self.buffers = [vec![PATTERN; samples(self.input)], vec![PATTERN; samples(self.output)]];
        *self.info_of_cycle = AudioServerPlugInIOCycleInfo { mNominalIOBufferFrameSize: frames, ..Default::default() };
        self.began(kAudioServerPlugInIOOperationThread);
        // The first cycle's input begins where the clock does; where that runs already it is two buffers on.
        let n = u64::from(frames);
        let anchored = (self.last.sample_time as u64 + n).saturating_add_signed(self.lag.max(0));
        let position = self.position();
        self.next = if position + n <= anchored { anchored } else { position + 2 * n };
        self.wakes = self.time_of(self.next) + self.lateness();
        Ok(())
    }

    /// When the next cycle is done, ns.
    pub(crate) fn wakes(&self) -> u64 {
        self.wakes
    }

    /// Has the thread wake up no earlier.
    pub(crate) fn hold_until(&mut self, ns: u64) {
        self.wakes = self.wakes.max(ns);
    }

    /// Has the thread hand over the block that holds `frame`, or the next one, only `ns` after the clock's position is at the
    /// block's first frame.
    pub(crate) fn delay(&mut self, frame: u64, ns: u64) {
        self.delay = Some((frame, ns));
    }

    /// The block that was.
    pub(crate) fn handed_over_late(&self) -> Option<measure::Late> {
        self.handed_over
    }

    /// Waits for the next cycle and does it: the input is read, all of it behind the position; `play`, if somebody does, fills
    /// what is written. What lies before the first frame is neither. Where what is written has to wait, the cycle ends with the
    /// next call.
    pub(crate) fn cycle(
        &mut self,
        mut play: Option<Player<'_>>,
        record: &mut dyn FnMut(u64, &[f32]),
    ) -> Result<(), String> {
        let n = u64::from(self.frames());
        world::pass_until(self.wakes);
        libraries::run_dispatched();
        if let (Some(from), Some(play)) = (self.owed.take(), &mut play) {
            let before = self.failures();
            self.write(from, play);
            self.handed_over = Some(measure::Late { from, failed: self.failures() > before });
            self.end_cycle();
            return Ok(());
        }
        self.watch()?;
        // Who comes more than a cycle late goes on with the one that is due.
        let now = self.position();
        if now > self.next + n {
            self.next += (now - self.next) / n * n;
            self.late += 1;
        }
        let place = |distance: i64| u64::try_from(self.next as i64 + distance).ok();
        let (read, written) = (place(-self.lag - n as i64), place(self.lead));
        *self.info_of_cycle = AudioServerPlugInIOCycleInfo {
            mIOCycleCounter: self.cycles,
            mCurrentTime: self.moment(self.next),
            mInputTime: self.moment(read.unwrap_or(0)),
            mOutputTime: self.moment(written.unwrap_or(0)),
            mDeviceHostTicksPerFrame: self.ticks_per_frame(),
            mMainHostTicksPerFrame: self.ticks_per_frame(),
            ..*self.info_of_cycle
        };
        self.cycles += 1;
        self.began(kAudioServerPlugInIOOperationCycle);
        if let Some(read) = read {
            let mut input = std::mem::take(&mut self.buffers[0]);
            inner(&mut input).fill(PATTERN);
            self.operation(kAudioServerPlugInIOOperationReadInput, self.input, &mut input);
            record(read, inner(&mut input));
            self.buffers[0] = input;
        }
        if let (Some(play), Some(written)) = (play, written) {
            if let Some((_, ns)) = self.delay.take_if(|(frame, _)| *frame < written + n) {
                self.owed = Some(written);
                self.wakes = self.time_of(written) + ns;
                return Ok(());
            }
            self.write(written, play);
        }
        self.end_cycle();
        Ok(())
    }

    /// Writes what `play` fills in.
    fn write(&mut self, from: u64, play: Player<'_>) {
        let mut output = std::mem::take(&mut self.buffers[1]);
        play(from, inner(&mut output));
        self.operation(kAudioServerPlugInIOOperationWriteMix, self.output, &mut output);
        self.buffers[1] = output;
    }

    fn end_cycle(&mut self) {
        self.ended(kAudioServerPlugInIOOperationCycle);
        self.next += u64::from(self.frames());
        self.wakes = self.time_of(self.next) + self.lateness();
    }

    /// Ends IO.
    pub(crate) fn stop(&mut self) -> Result<(), String> {
        self.ended(kAudioServerPlugInIOOperationThread);
        self.device.driver.stop(self.device.id, self.info.mClientID).map_err(refuses("StopIO"))
    }

    /// Leaves the device; nothing can be done with it afterwards.
    pub(crate) fn leave(&mut self) -> Result<(), String> {
        let gone = self.device.driver.remove_client(self.device.id, &self.info);
        let bundle = std::mem::replace(&mut self.info.mBundleID, std::ptr::null());
        cf::release(bundle as u64);
        gone.map_err(refuses("that a client goes"))
    }

    /// Frames of a cycle.
    fn frames(&self) -> u32 {
        self.info_of_cycle.mNominalIOBufferFrameSize
    }

    /// How many operations failed.
    pub(crate) fn failures(&self) -> u64 {
        self.failed.iter().map(|(_, count)| count).sum()
    }

    /// Operations that failed, by what they returned, and how often.
    pub(crate) fn failed(&self) -> &[(u32, u64)] {
        &self.failed
    }

    /// Zero timestamps since the start, and the largest distance of one from the ideal schedule of the nominal rate, ns.
    pub(crate) fn timing(&self) -> (u64, u64) {
        (self.stamps, self.error_ns)
    }

    /// Cycles that came more than a cycle late.
    pub(crate) fn late(&self) -> u64 {
        self.late
    }

    /// Frames from one zero timestamp to the next.
    pub(crate) fn period(&self) -> u64 {
        self.device.period.into()
    }

    /// The last zero timestamp that was taken into account: its frame, and its time in ns.
    pub(crate) fn last_stamp(&self) -> (u64, u64) {
        (self.last.sample_time as u64, world::nanoseconds(self.last.host_time))
    }

    /// The last zero timestamp that the driver knows.
    pub(crate) fn stamp(&self) -> Result<ZeroTimeStamp, String> {
        let stamp = self
            .device
            .driver
            .zero_time_stamp(self.device.id, self.info.mClientID)
            .map_err(refuses("a zero timestamp"))?;
        let period = f64::from(self.device.period);
        if stamp.sample_time < 0.0 || (stamp.sample_time / period).fract() != 0.0 {
            return Err(format!(
                "a zero timestamp is at frame {}, which is no multiple of the period of {period} frames",
                stamp.sample_time
            ));
        }
        Ok(stamp)
    }

    /// Takes the driver's last timestamp into account.
    fn watch(&mut self) -> Result<(), String> {
        let stamp = self.stamp()?;
        if stamp.seed != self.last.seed {
            return Err(format!("the clock's seed changes from {} to {} while it runs", self.last.seed, stamp.seed));
        }
        if stamp.sample_time < self.last.sample_time {
            return Err(format!("the clock goes back from frame {} to {}", self.last.sample_time, stamp.sample_time));
        }
        if stamp.sample_time > self.last.sample_time {
            self.stamps += 1;
            let frames = (stamp.sample_time - self.first.sample_time) as u128;
            let ideal = frames * 1_000_000_000 / u128::from(self.rate);
            let passed = world::nanoseconds(stamp.host_time.saturating_sub(self.first.host_time));
            self.error_ns = self.error_ns.max(u128::from(passed).abs_diff(ideal) as u64);
            self.last = stamp;
        }
        Ok(())
    }

    /// When the clock stands at a frame, by its last timestamp and the nominal rate, ns.
    fn time_of(&self, frame: u64) -> u64 {
        let (from, base) = (world::nanoseconds(self.last.host_time), self.last.sample_time as u64);
        let frames = u128::from(frame.saturating_sub(base));
        from + (frames * 1_000_000_000).div_ceil(u128::from(self.rate)) as u64 + 1
    }

    /// The frame that the clock stands at now, by its last timestamp and the nominal rate.
    fn position(&self) -> u64 {
        let passed = world::now().saturating_sub(world::nanoseconds(self.last.host_time));
        self.last.sample_time as u64 + (u128::from(passed) * u128::from(self.rate) / 1_000_000_000) as u64
    }

    fn ticks_per_frame(&self) -> f64 {
        let (numer, denom) = world::timebase();
        1e9 * f64::from(denom) / f64::from(numer) / self.rate as f64
    }

    fn moment(&self, frame: u64) -> AudioTimeStamp {
        AudioTimeStamp {
            mSampleTime: frame as f64,
            mHostTime: world::ticks(self.time_of(frame)),
            mFlags: kAudioTimeStampSampleTimeValid | kAudioTimeStampHostTimeValid,
            ..Default::default()
        }
    }

    /// How late the thread wakes this time.
    fn lateness(&mut self) -> u64 {
        self.random = self.random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        (self.random >> 33) % (LATENESS + 1)
    }

    fn note(&mut self, done: Result<(), u32>) {
        let Err(status) = done else { return };
        match self.failed.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => self.failed.push((status, 1)),
        }
    }

    fn began(&mut self, operation: u32) {
        let (frames, cycle) = (self.frames(), &*self.info_of_cycle);
        let done = self.device.driver.begin(self.device.id, self.info.mClientID, operation, frames, cycle);
        self.note(done);
    }

    fn ended(&mut self, operation: u32) {
        let (frames, cycle) = (self.frames(), &*self.info_of_cycle);
        let done = self.device.driver.end(self.device.id, self.info.mClientID, operation, frames, cycle);
        self.note(done);
    }

    /// Begins, does and ends an operation.
    fn operation(&mut self, operation: u32, stream: Stream, buffer: &mut [f32]) {
        self.began(operation);
        let (place, frames, cycle) = ((self.device.id, stream.id), self.frames(), &*self.info_of_cycle);
        let done = self.device.driver.operate(place, self.info.mClientID, operation, frames, cycle, inner(buffer));
        self.note(done);
        let end = buffer.len() - GUARD;
        if buffer[..GUARD].iter().chain(&buffer[end..]).any(|sample| sample.to_bits() != PATTERN.to_bits()) {
            world::stop(format!("the driver writes beyond the buffer of {}", Shown(operation)));
        }
        self.ended(operation);
    }
}

/// The buffer without its guards.
fn inner(buffer: &mut [f32]) -> &mut [f32] {
    let end = buffer.len() - GUARD;
    &mut buffer[GUARD..end]
}
