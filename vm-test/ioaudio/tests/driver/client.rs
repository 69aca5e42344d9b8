//! The HAL's side: a process that plays and records.

use kpi::heap;
use kpi::iokit::connection::{self, Call, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::mach::port;
use kpi::mem;
use kpi::object::Obj;
use kpi::sched;

use super::{FRAME, RATE};

/// A process with an IO context on the engine: one output and one input buffer in a set.
pub struct Client {
    /// The user client.
    pub connection: Connection,
    /// Where its notifications go.
    pub port: u64,
    frames: u32,
    buffers: [usize; 2],
}

impl Client {
    /// Opens the engine and registers buffers of so many frames.
    pub fn new(engine: Obj, frames: u32) -> Client {
        let client = Client::open(engine, frames);
        for stream in [0, 1] {
            assert_eq!(client.register(stream), Ok(()));
        }
        client
    }

    /// Opens the engine.
    pub fn open(engine: Obj, frames: u32) -> Client {
        let connection = connection::open(engine, 0).expect("the engine opens");
        let port = port::new();
        connection::set_notification_port(connection, port, 0, 0).expect("a port");
        let size = 16 + frames as usize * FRAME;
        let buffers = [0, 1].map(|_| heap::allocate(size, 16));
        Client { connection, port, frames, buffers }
    }

    fn size(&self) -> usize {
        16 + self.frames as usize * FRAME
    }

    /// Registers the buffer of a stream.
    pub fn register(&self, stream: usize) -> Result<(), IOReturn> {
        let (buffer, bytes) = (self.buffers[stream], self.frames * FRAME as u32);
        mem::write(buffer, [bytes, self.frames, self.size() as u32, bytes]);
        self.call(0, &[stream as u64, buffer as u64, self.size() as u64, 1])
    }

    /// Unregisters the buffer of a stream.
    pub fn unregister(&self, stream: usize) -> Result<(), IOReturn> {
        self.call(1, &[self.buffers[stream] as u64, 1])
    }

    /// Calls a method.
    pub fn call(&self, selector: u32, scalars: &[u64]) -> Result<(), IOReturn> {
        connection::call(self.connection, selector, &Call { scalars, ..Call::default() }).map(|_| ())
    }

    /// Start.
    pub fn start(&self) -> Result<(), IOReturn> {
        self.call(3, &[])
    }

    /// Stop.
    pub fn stop(&self) {
        self.call(4, &[]).expect("Stop succeeds");
    }

    /// Where a buffer is in user space.
    pub fn address(&self, stream: usize) -> usize {
        self.buffers[stream]
    }

    /// The descriptor of a buffer, as words.
    pub fn descriptor(&self, stream: usize) -> [u32; 4] {
        mem::read(self.buffers[stream])
    }

    /// Overwrites a word of a buffer's descriptor.
    pub fn describe(&self, stream: usize, word: usize, value: u32) {
        mem::write(self.buffers[stream] + word * 4, value);
    }

    /// Writes a full buffer of one value at a position.
    pub fn write(&self, lap: u32, first: u32, value: f32) -> IOReturn {
        for sample in 0..self.frames as usize * 2 {
            mem::write(self.buffers[0] + 16 + sample * 4, value);
        }
        self.trap(lap, first, false)
    }

    /// Reads a full buffer at a position and returns the left channel's samples.
    pub fn read(&self, lap: u32, first: u32) -> Result<Vec<f32>, IOReturn> {
        self.trap(lap, first, true).ok()?;
        Ok((0..self.frames as usize).map(|frame| mem::read(self.buffers[1] + 16 + frame * FRAME)).collect())
    }

    fn trap(&self, lap: u32, first: u32, input: bool) -> IOReturn {
        self.trap_on(1, lap, first, input)
    }

    /// The trap, on any buffer set.
    pub fn trap_on(&self, set: u64, lap: u32, first: u32, input: bool) -> IOReturn {
        let interval = 1_000_000_000 / u64::from(RATE);
        connection::trap(self.connection, 0, [u64::from(first), u64::from(lap), u64::from(input), set, 0, interval])
    }

    /// The kinds of the notifications since the last call.
    pub fn notifications(&self) -> Vec<u32> {
        std::iter::from_fn(|| port::receive(self.port))
            .map(|body| u32::from_le_bytes(body[..4].try_into().unwrap()))
            .collect()
    }

    /// Closes the connection.
    pub fn close(self) {
        connection::close(self.connection).expect("it was open");
        self.forget();
    }

    /// Frees what the process has once its connection is gone.
    pub fn forget(self) {
        port::destroy(self.port);
        for buffer in self.buffers {
            heap::free(buffer, self.size());
        }
        sched::yield_now();
    }
}
