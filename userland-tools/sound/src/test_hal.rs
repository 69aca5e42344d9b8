//! A HAL for tests: one device that loops with a delay, in a time of its own.

use std::cell::{Cell, RefCell};
use std::string::String;
use std::vec;
use std::vec::Vec;

use hal_sys::AudioObjectID;
use hal_sys::code::client::{
    kAudioDevicePropertyBufferFrameSize, kAudioDevicePropertyBufferFrameSizeRange, kAudioHardwarePropertyDevices,
};
use hal_sys::code::scope::kAudioObjectPropertyScopeInput;
use hal_sys::code::selector::{
    kAudioDevicePropertyAvailableNominalSampleRates, kAudioDevicePropertyDeviceUID,
    kAudioDevicePropertyNominalSampleRate, kAudioDevicePropertySafetyOffset, kAudioDevicePropertyStreams,
    kAudioObjectPropertyName, kAudioStreamPropertyAvailablePhysicalFormats, kAudioStreamPropertyPhysicalFormat,
    kAudioStreamPropertyVirtualFormat,
};
use hal_sys::code::status::{
    kAudioHardwareBadPropertySizeError, kAudioHardwareIllegalOperationError, kAudioHardwareUnknownPropertyError,
};
use hal_sys::interface::AudioObjectPropertyAddress;

use crate::hal::{Cycle, Flow, Hal, Input, Moment, Notice, Output, Part, Ran, Status};

const DEVICE: AudioObjectID = 40;
const INPUT: AudioObjectID = 41;
const OUTPUT: AudioObjectID = 42;
/// The frame of the device's clock at the first cycle.
const EPOCH: i64 = 5000;

pub(crate) struct TestHal {
    /// Channels of both streams.
    pub(crate) channels: usize,
    /// The cycle after which one is left out.
    pub(crate) skips: Option<u64>,
    /// Bytes that the rate is said to have more than it has.
    pub(crate) lie: usize,
    /// Frames that the loop takes.
    pub(crate) delay: i64,
    /// The sample of the ring that is changed when it is written.
    pub(crate) damages: Option<usize>,
    /// Whether no cycle ever comes.
    pub(crate) is_dead: bool,
    pub(crate) rate: Cell<f64>,
    /// What was asked for, and how many looks until the device has it.
    pub(crate) pending: Cell<Option<(f64, u32)>>,
    pub(crate) io_frames: Cell<u32>,
    pub(crate) now: Cell<u64>,
    pub(crate) ring: RefCell<Vec<f32>>,
}

impl TestHal {
    pub(crate) fn new() -> TestHal {
        TestHal {
            channels: 2,
            skips: None,
            lie: 0,
            delay: 0,
            damages: None,
            is_dead: false,
            rate: Cell::new(44_100.0),
            pending: Cell::new(None),
            io_frames: Cell::new(512),
            now: Cell::new(0),
            ring: RefCell::new(vec![0.0; 1 << 18]),
        }
    }

    fn place(&self, frame: i64, channel: usize) -> usize {
        usize::try_from(frame).unwrap() * self.channels + channel
    }
}

impl Hal for TestHal {
    fn has(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> bool {
        self.read(object, address).is_ok()
    }

    fn is_settable(&self, _: AudioObjectID, _: &AudioObjectPropertyAddress) -> bool {
        false
    }

    fn size(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<usize, Status> {
        let lie = if address.mSelector == kAudioDevicePropertyNominalSampleRate { self.lie } else { 0 };
        Ok(self.read(object, address)?.len() + lie)
    }

    fn read(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u8>, Status> {
        let f64s = |all: &[f64]| all.iter().flat_map(|one| one.to_ne_bytes()).collect::<Vec<u8>>();
        let u32s = |all: &[u32]| all.iter().flat_map(|one| one.to_ne_bytes()).collect::<Vec<u8>>();
        Ok(match (object, address.mSelector) {
            (1, kAudioHardwarePropertyDevices) => u32s(&[DEVICE]),
            (DEVICE, kAudioDevicePropertyNominalSampleRate) => {
                if let Some((rate, looks)) = self.pending.get() {
                    self.pending.set((looks > 0).then_some((rate, looks.saturating_sub(1))));
                    self.rate.set(if looks == 0 { rate } else { self.rate.get() });
                }
                f64s(&[self.rate.get()])
            }
            (DEVICE, kAudioDevicePropertyAvailableNominalSampleRates) => {
                f64s(&[44_100.0, 44_100.0, 48_000.0, 48_000.0])
            }
            (DEVICE, kAudioDevicePropertySafetyOffset) => u32s(&[24]),
            (DEVICE, kAudioDevicePropertyBufferFrameSize) => u32s(&[self.io_frames.get()]),
            (DEVICE, kAudioDevicePropertyBufferFrameSizeRange) => f64s(&[16.0, 4096.0]),
            (DEVICE, kAudioDevicePropertyStreams) => {
                u32s(&[if address.mScope == kAudioObjectPropertyScopeInput { INPUT } else { OUTPUT }])
            }
            (INPUT | OUTPUT, kAudioStreamPropertyVirtualFormat | kAudioStreamPropertyPhysicalFormat) => {
                let channels = self.channels as u32;
                let mut format = f64s(&[self.rate.get()]);
                format.extend(u32s(&[u32::from_be_bytes(*b"lpcm"), 9, channels * 4, 1, channels * 4, channels, 32, 0]));
                format
            }
            (INPUT | OUTPUT, kAudioStreamPropertyAvailablePhysicalFormats) => {
                let now = AudioObjectPropertyAddress { mSelector: kAudioStreamPropertyPhysicalFormat, ..*address };
                [self.read(object, &now)?, f64s(&[44_100.0, 48_000.0])].concat()
            }
            _ => return Err(kAudioHardwareUnknownPropertyError),
        })
    }

    fn text(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<String, Status> {
        match (object, address.mSelector) {
            (DEVICE, kAudioObjectPropertyName) => Ok("Test Device".into()),
            (DEVICE, kAudioDevicePropertyDeviceUID) => Ok("test:uid".into()),
            _ => Err(kAudioHardwareUnknownPropertyError),
        }
    }

    fn write(&self, object: AudioObjectID, address: &AudioObjectPropertyAddress, value: &[u8]) -> Result<(), Status> {
        match address.mSelector {
            kAudioDevicePropertyNominalSampleRate if object == DEVICE => {
                let rate = value.try_into().map(f64::from_ne_bytes).map_err(|_| kAudioHardwareBadPropertySizeError)?;
                if ![44_100.0, 48_000.0].contains(&rate) {
                    return Err(kAudioHardwareIllegalOperationError);
                }
                self.pending.set(Some((rate, 3)));
            }
            kAudioDevicePropertyBufferFrameSize => {
                self.io_frames.set(u32::from_ne_bytes(value.try_into().unwrap()));
            }
            _ => return Err(kAudioHardwareUnknownPropertyError),
        }
        Ok(())
    }

    fn listen(&self, _: AudioObjectID, _: &AudioObjectPropertyAddress) -> Result<(), Status> {
        Err(kAudioHardwareUnknownPropertyError)
    }

    fn take_notices(&self) -> Vec<Notice> {
        Vec::new()
    }

    fn now(&self) -> u64 {
        self.now.get()
    }

    fn pause(&self, ns: u64) {
        self.now.set(self.now.get() + ns);
    }

    fn run(&self, parts: &mut [Part<'_>], watch: &mut dyn FnMut() -> Flow) -> Result<Ran, Status> {
        let [part] = parts else { return Err(kAudioHardwareUnknownPropertyError) };
        let n = i64::from(self.io_frames.get());
        let count = self.channels * n as usize;
        self.ring.borrow_mut().fill(0.0);
        for cycle in 0.. {
            self.pause(1_000_000);
            if watch() == Flow::Done {
                break;
            }
            if self.is_dead {
                continue;
            }
            let skipped = self.skips.map_or(0, |skips| i64::from(cycle > skips));
            let frame = EPOCH + (cycle as i64 + skipped) * n;
            let moment = |frame: i64| Moment { frame, ns: ((frame as f64) * 1e9 / self.rate.get()) as u64 };
            let (read, written) = (frame - n, frame + n);
            let from = self.place(read - self.delay, 0);
            let input: Vec<f32> = self.ring.borrow()[from..from + count].to_vec();
            let mut output = vec![0.0; count];
            let done = part.procedure.cycle(&mut Cycle {
                now: moment(frame),
                read: moment(read),
                written: moment(written),
                inputs: &[Input { channels: self.channels, samples: &input }],
                outputs: &mut [Output { channels: self.channels, samples: &mut output }],
            });
            let at = self.place(written, 0);
            let mut ring = self.ring.borrow_mut();
            ring[at..at + count].copy_from_slice(&output);
            if let Some(damaged) = self.damages.filter(|damaged| (at..at + count).contains(damaged)) {
                ring[damaged] = f32::from_bits(ring[damaged].to_bits() ^ 1);
            }
            if done == Flow::Done {
                break;
            }
        }
        Ok(Ran { ns: self.now.get() })
    }
}
