//! What a client is like: the choices that a HAL makes, with those that Core Audio's is known or believed to make as defaults.

pub use protocol::script::{Late, Offline};

/// How late a real-time thread wakes at most, ns.
const LATENESS: u64 = 40_000;

/// A client's choices.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Frames of an IO cycle.
    pub io_frames: u32,
    /// Whether it plays.
    pub plays: bool,
    /// Whether it records.
    pub records: bool,
    /// Frames from the engine's position at a cycle to the first one that is written; negative: it is late. `None`: as the
    /// HAL does, the margin and the safety offsets.
    pub lead: Option<i64>,
    /// Frames from the last one that is read to the engine's position; negative: it reads ahead. `None`: as the HAL does, the
    /// safety offsets.
    pub lag: Option<i64>,
    /// Cycles after which it stops by itself.
    pub cycles: Option<u64>,
    /// How late its IO thread wakes at most, ns; less where cycles are short. 0: threads that are due at one time are ready at
    /// one time, and the seed chooses among them.
    pub lateness: u64,
    /// Frames of safety offset that the host adds to the engine's own, at both sides: none.
    pub safety_offset: u32,
    /// Frames from the engine's position to the output beside the safety offsets. `None`: those of a cycle.
    pub margin: Option<u32>,
    /// What it does when the engine takes it offline: as the HAL does, it starts again by itself once the engine can be.
    pub when_offline: Offline,
    /// What it does when the engine says that its output came too late: it goes on with the next cycle.
    pub when_late: Late,
    /// How often Start is tried again, 100 ms apart, when it is refused on the way back: not at all.
    pub retries: u32,
    /// Whether its process has the entitlement of the HAL's host: it has. Without it, releases from 10.12 on refuse every method.
    pub entitled: bool,
    /// The number of its input's buffer set; that of its output is 1. The HAL has both in one.
    pub input_set: u64,
}

impl Spec {
    /// A client that plays and records, as the HAL does.
    pub fn duplex(io_frames: u32) -> Spec {
        Spec {
            io_frames,
            plays: true,
            records: true,
            lead: None,
            lag: None,
            cycles: None,
            lateness: LATENESS,
            safety_offset: 0,
            margin: None,
            when_offline: Offline::Return,
            when_late: Late::GoOn,
            retries: 0,
            entitled: true,
            input_set: 1,
        }
    }

    /// A client that plays.
    pub fn player(io_frames: u32) -> Spec {
        Spec { records: false, ..Spec::duplex(io_frames) }
    }

    /// A client that records.
    pub fn recorder(io_frames: u32) -> Spec {
        Spec { plays: false, ..Spec::duplex(io_frames) }
    }

    /// The same with another [`Spec::lead`].
    pub fn with_lead(self, frames: i64) -> Spec {
        Spec { lead: Some(frames), ..self }
    }

    /// The same with another [`Spec::lag`].
    pub fn with_lag(self, frames: i64) -> Spec {
        Spec { lag: Some(frames), ..self }
    }

    /// The same, always on time.
    pub fn punctual(self) -> Spec {
        Spec { lateness: 0, ..self }
    }

    /// The same with an end.
    pub fn with_cycles(self, cycles: u64) -> Spec {
        Spec { cycles: Some(cycles), ..self }
    }
}
