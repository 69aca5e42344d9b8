//! One direction of a client: a stream and the buffer that is registered for it.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use kpi::global::Global;
use kpi::iokit::connection::Connection;
use kpi::iokit::ioreturn::IOReturn;

use super::shared::Shared;
use super::{call, method};
use crate::buffer::UserBuffer;
use crate::stream::Stream;

/// A stream's buffer.
pub struct Side {
    stream: Stream,
    pub set: u64,
    pub buffer: Rc<UserBuffer>,
    /// Bytes of a cycle.
    pub bytes: usize,
    /// Samples of a cycle, as far as they are of 4 bytes.
    pub samples: usize,
}

/// A buffer that the engine knows. Its memory stays until it is unregistered.
pub struct Registered {
    buffer: Rc<UserBuffer>,
    set: u64,
}

impl Registered {
    /// It.
    pub fn buffer(&self) -> Rc<UserBuffer> {
        Rc::clone(&self.buffer)
    }

    /// Has the engine forget it.
    pub fn unregister(&self, connection: Connection) -> Result<(), IOReturn> {
        call(connection, method::UNREGISTER_BUFFER, &[self.buffer.address as u64, self.set])
    }
}

impl Side {
    /// Registers a buffer for a stream.
    pub fn register(
        connection: Connection,
        stream: Stream,
        io_frames: u32,
        set: u64,
        shared: &Global<Shared>,
    ) -> Result<Side, String> {
        let bytes = bytes(stream, io_frames);
        let buffer = Rc::new(UserBuffer::new(bytes, io_frames));
        let arguments = [u64::from(stream.id()), buffer.address as u64, buffer.size as u64, set];
        call(connection, method::REGISTER_BUFFER, &arguments)
            .map_err(|error| format!("registering a buffer: {error}"))?;
        shared.borrow().registered.push(Registered { buffer: Rc::clone(&buffer), set });
        Ok(Side { stream, set, buffer, bytes, samples: bytes / 4 })
    }

    /// After a change of format: registers another buffer if the old one is not of the right size any more; whether it was
    /// so.
    pub fn reform(&mut self, connection: Connection, io_frames: u32, shared: &Global<Shared>) -> Result<bool, String> {
        if bytes(self.stream, io_frames) == self.bytes {
            return Ok(false);
        }
        let old = {
            let registered = &mut shared.borrow().registered;
            let at = registered.iter().position(|known| known.buffer.address == self.buffer.address);
            at.map(|at| registered.remove(at))
        };
        if let Some(old) = old {
            old.unregister(connection).map_err(|error| format!("unregistering a buffer: {error}"))?;
        }
        *self = Side::register(connection, self.stream, io_frames, self.set, shared)?;
        Ok(true)
    }
}

/// Bytes of a cycle.
fn bytes(stream: Stream, io_frames: u32) -> usize {
    let format = stream.format();
    (io_frames * format.channels) as usize * format.client_sample_bytes()
}
