//! What a client and its IO thread share.

use alloc::boxed::Box;
use alloc::vec::Vec;

use kpi::mach::port;

use super::{Done, Registered};
use crate::clock::Timestamp;

/// Fills a block in: the absolute frame of its first sample, and interleaved samples. It is called with the client borrowed
/// and must neither wait nor ask the client.
pub type Source = Box<dyn FnMut(u64, &mut [f32])>;
/// Takes a block: the absolute frame of its first sample, and interleaved samples. As for [`Source`].
pub type Sink = Box<dyn FnMut(u64, &[f32])>;

/// Takes a timestamp. As for [`Source`].
pub type Follower = Box<dyn FnMut(Timestamp)>;

/// What an IO thread is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Wait.
    #[default]
    Idle,
    /// Cycle.
    Running,
    /// End.
    Ended,
}

/// The state of a client.
pub struct Shared {
    pub phase: Phase,
    /// The thread waits: no call of it is under way.
    pub at_rest: bool,
    /// Virtual time until which the thread does nothing.
    pub stalled_until: u64,
    /// The block that is handed over late: a frame of it, and how late, ns.
    pub delay: Option<(u64, u64)>,
    pub source: Option<Source>,
    pub sink: Option<Sink>,
    pub follower: Option<Follower>,
    pub done: Done,
    pub notices: Vec<Notice>,
    /// What has to be unregistered.
    pub registered: Vec<Registered>,
}

impl Default for Shared {
    fn default() -> Shared {
        Shared {
            phase: Phase::Idle,
            at_rest: true,
            stalled_until: 0,
            delay: None,
            source: None,
            sink: None,
            follower: None,
            done: Done::default(),
            notices: Vec::new(),
            registered: Vec::new(),
        }
    }
}

/// Size of `mach_msg_header_t` in the kernel.
const HEADER: usize = 32;

/// A notification of an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A stream's format changed.
    Format,
    /// Properties changed.
    Change,
    /// The engine started.
    Started,
    /// It stopped.
    Stopped,
    /// It paused.
    Paused,
    /// It can be started again.
    Resumed,
    /// Another, by its number.
    Other(u32),
}

impl Notice {
    /// Takes the oldest one from a port.
    pub fn receive(from: u64) -> Option<Notice> {
        Notice::with_sender(from).map(|(notice, _)| notice)
    }

    /// Takes the oldest one from a port, with its sender: for [`Notice::Format`] the stream, as the family names it.
    pub fn with_sender(from: u64) -> Option<(Notice, u64)> {
        /// Where the sender is.
        const SENDER: usize = 8;
        let message = port::receive(from)?;
        // An IOAudioFamily that is a kext sends Mach messages; the bench's own sends what is behind their headers.
        let body = message.get(HEADER..).filter(|body| !body.is_empty()).unwrap_or(&message);
        let kind = body.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let sender = body.get(SENDER..).and_then(<[u8]>::first_chunk).map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let notice = match kind {
            1 => Notice::Format,
            2 => Notice::Change,
            3 => Notice::Started,
            4 => Notice::Stopped,
            5 => Notice::Paused,
            6 => Notice::Resumed,
            other => Notice::Other(other),
        };
        Some((notice, sender))
    }
}
