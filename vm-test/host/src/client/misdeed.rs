//! What no HAL does, but any process that may open the device can.

use kpi::iokit::connection;
use kpi::iokit::ioreturn::IOReturn;
use kpi::mach::clock;
use protocol::script::Misdeed;

use super::thread::PERFORM_CLIENT_IO;
use super::{Client, SET, call, method, of_process};
use crate::buffer::UserBuffer;

/// A set, a stream, a method and a trap that there are not.
const NO_SET: u64 = 0xbad;
const NO_STREAM: u64 = 99;
const NO_METHOD: u32 = 99;
const NO_TRAP: u32 = 99;
/// Bytes of a buffer that has no room for its descriptor.
const TINY: u64 = 8;
/// Laps that are far beyond what any client writes ahead.
const FAR: u64 = 1000;

impl Client {
    /// Asks for what it must not; the thread that asks is the caller's, while its own may be at IO.
    ///
    /// # Errors
    /// The answer that is not success; of several calls the last one's.
    pub fn misbehave(&self, how: Misdeed) -> Result<(), IOReturn> {
        of_process(self.spec.entitled, || self.ask(how))
    }

    fn ask(&self, how: Misdeed) -> Result<(), IOReturn> {
        let frames = self.spec.io_frames;
        let (lap, _) = self.timestamp();
        let ring = self.engine.ring().max(1);
        match how {
            Misdeed::Descriptor => self.with_descriptor(2 * frames, || self.io(0, lap + 1, SET)),
            Misdeed::Set => self.io(0, lap + 1, NO_SET),
            Misdeed::Position => self.io(ring, lap + 1, SET),
            Misdeed::Lap => self.io(0, lap + FAR, SET),
            Misdeed::Stream => self.register(NO_STREAM, None),
            Misdeed::Buffer => self.register(0, Some(TINY)),
            Misdeed::Unregister => {
                let buffer = UserBuffer::new(4, 1);
                call(self.connection, method::UNREGISTER_BUFFER, &[buffer.address as u64, SET])
            }
            Misdeed::Method => call(self.connection, NO_METHOD, &[]),
            Misdeed::Trap => connection::trap(self.connection, NO_TRAP, [0; 6]).ok(),
            Misdeed::Flood(calls) => {
                for _ in 1..calls {
                    let _answer = self.io(0, lap + 1, SET);
                }
                self.io(0, lap + 1, SET)
            }
        }
    }

    /// One IO call for the output.
    fn io(&self, frame: u64, lap: u64, set: u64) -> Result<(), IOReturn> {
        let interval = clock::from_ns(1_000_000_000) / u64::from(self.engine.rate().whole.max(1));
        let words = [frame, lap, 0, set, interval >> 32, interval & 0xffff_ffff];
        connection::trap(self.connection, PERFORM_CLIENT_IO, words).ok()
    }

    /// Makes a call while the output buffer says that it holds so many frames.
    fn with_descriptor(&self, frames: u32, call: impl FnOnce() -> Result<(), IOReturn>) -> Result<(), IOReturn> {
        let buffer = self.shared.borrow().registered.first().map(super::Registered::buffer);
        let Some(buffer) = buffer else { return Err(IOReturn::NOT_FOUND) };
        let before = buffer.described();
        buffer.describe(2 * before.0 as usize, frames);
        let answer = call();
        buffer.describe(before.0 as usize, before.1);
        answer
    }

    /// Registers a buffer that is gone at once; what the engine took of it is unregistered.
    fn register(&self, stream: u64, size: Option<u64>) -> Result<(), IOReturn> {
        let buffer = UserBuffer::new(64, 1);
        let size = size.unwrap_or(buffer.size as u64);
        let answer = call(self.connection, method::REGISTER_BUFFER, &[stream, buffer.address as u64, size, NO_SET]);
        if answer.is_ok() {
            call(self.connection, method::UNREGISTER_BUFFER, &[buffer.address as u64, NO_SET])?;
        }
        answer
    }
}
