//! When a run has to end early: its time is over, or the runner is gone.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What each step asks before it begins.
#[derive(Clone, Debug)]
pub struct Stopping {
    deadline: Instant,
    is_alone: Arc<AtomicBool>,
}

impl Stopping {
    /// A run that may take so long, and ends when standard input does: the runner holds the other end.
    pub fn new(limit: Duration) -> Stopping {
        let is_alone = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&is_alone);
        thread::spawn(move || {
            let _ = io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink());
            told.store(true, Ordering::Relaxed);
        });
        Stopping { deadline: Instant::now() + limit, is_alone }
    }

    /// Whether the runner is gone.
    pub fn is_alone(&self) -> bool {
        self.is_alone.load(Ordering::Relaxed)
    }

    /// How long a step may take that has `limit`; the reason why it must not begin otherwise.
    ///
    /// # Errors
    /// The run is to end, in words.
    pub fn allow(&self, limit: Duration) -> Result<Duration, String> {
        if self.is_alone() {
            return Err("the runner is gone, so the run was broken off".to_owned());
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            Err("the run's time is over; give it more by --timeout".to_owned())
        } else {
            Ok(limit.min(left))
        }
    }
}
