//! Who listens to an engine and to its controls: ports that notifications come to, as the HAL has them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpi::iokit::connection::{self, Connection};
use kpi::mach::port;
use kpi::object::Obj;

use crate::client::Notice;
use crate::control::Control;
use crate::engine::Engine;
use crate::stream::Stream;

/// Notifications of all types, or of a control's values.
const ALL: u32 = 0;

/// A notification that has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A format has changed: that of this stream, if the sender is one that is known.
    Format(Option<Stream>),
    /// Another notification of the engine.
    Engine(Notice),
    /// The value of a control has changed, or what it can be.
    Control(Control),
}

/// Listens to an engine and to the controls that it has now, until it is dropped.
pub struct Listener {
    streams: Vec<Stream>,
    engine: Ear,
    controls: Vec<(Control, Ear)>,
}

/// A user client that serves for its notifications only, and the port that they come to.
struct Ear {
    connection: Connection,
    port: u64,
}

impl Ear {
    fn open(service: Obj, what: &str) -> Result<Ear, String> {
        let failed = |error| format!("listening to {what}: {error}");
        let ear = Ear { connection: connection::open(service, 0).map_err(failed)?, port: port::new() };
        connection::set_notification_port(ear.connection, ear.port, ALL, 0).map_err(failed)?;
        Ok(ear)
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        // What is gone has closed it.
        let _ = connection::close(self.connection);
        port::destroy(self.port);
    }
}

impl Listener {
    /// Listens from here on.
    ///
    /// # Errors
    /// What lets nobody listen, in words.
    pub fn open(engine: Engine) -> Result<Listener, String> {
        let ear = |control: Control| Ok((control, Ear::open(control.service, &control.name())?));
        Ok(Listener {
            streams: [engine.output()?, engine.input()?].into(),
            engine: Ear::open(engine.service, "the engine")?,
            controls: engine.controls().into_iter().map(ear).collect::<Result<_, String>>()?,
        })
    }

    /// What has come since the last time.
    pub fn heard(&self) -> Vec<Heard> {
        let notices = core::iter::from_fn(|| Notice::with_sender(self.engine.port));
        let of_engine = notices.map(|(notice, sender)| match notice {
            Notice::Format => {
                Heard::Format(self.streams.iter().copied().find(|stream| stream.service.word() == sender))
            }
            other => Heard::Engine(other),
        });
        let mut heard: Vec<Heard> = of_engine.collect();
        for (control, ear) in &self.controls {
            heard.extend(core::iter::from_fn(|| port::receive(ear.port)).map(|_| Heard::Control(*control)));
        }
        heard
    }
}
