//! Running a program for at most so long.

use std::io::{self, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use runner::machine::bind;

/// Bytes of an output that are kept; the rest is read and dropped, so that nobody waits.
const KEPT: u64 = 64 << 20;
/// How often a process is asked whether it is over.
const PAUSE: Duration = Duration::from_millis(5);

/// What a program did.
#[derive(Debug)]
pub struct Ran {
    /// How it ended; `None` if it was stopped when its time was over.
    pub status: Option<ExitStatus>,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// Runs a command with `input` on its standard input; it ends with us.
///
/// # Errors
/// It cannot be started.
pub fn run(command: &mut Command, input: &[u8], limit: Duration) -> io::Result<Ran> {
    let mut child = bind(command).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let stdin = child.stdin.take();
    let (stdout, stderr) = (gather(child.stdout.take()), gather(child.stderr.take()));
    let status = thread::scope(|scope| {
        scope.spawn(move || {
            // A program that ends without reading all is judged by its status.
            let _ = stdin.map(|mut stdin| stdin.write_all(input));
        });
        let status = wait(&mut child, limit);
        if status.is_none() {
            let _ = child.kill();
            let _ = child.wait();
        }
        status
    });
    // A process that it left behind, such as a connection kept for the next, may hold its outputs open.
    let taken = |gathered: std::sync::mpsc::Receiver<Vec<u8>>| {
        gathered.recv_timeout(Duration::from_secs(5)).unwrap_or_default()
    };
    let (stdout, stderr) = (taken(stdout), taken(stderr));
    Ok(Ran { status, stdout, stderr: String::from_utf8_lossy(&stderr).trim_end().to_owned() })
}

/// Waits for a process to end, but not for ever.
fn wait(child: &mut Child, limit: Duration) -> Option<ExitStatus> {
    let until = Instant::now() + limit;
    while Instant::now() < until {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) => thread::sleep(PAUSE),
            Err(_) => return None,
        }
    }
    None
}

/// Reads a stream on a thread of its own.
fn gather(stream: Option<impl Read + Send + 'static>) -> std::sync::mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.by_ref().take(KEPT).read_to_end(&mut bytes);
            let _ = io::copy(&mut stream, &mut io::sink());
        }
        // Nobody listens any more if it took too long.
        let _ = sender.send(bytes);
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says_and_how_it_ends_are_told() {
        let ran = run(Command::new("sh").args(["-c", "cat; echo no >&2; exit 3"]), b"heard", Duration::from_secs(10))
            .unwrap();
        assert_eq!((ran.stdout.as_slice(), ran.stderr.as_str()), (b"heard".as_slice(), "no"));
        assert_eq!(ran.status.unwrap().code(), Some(3));
    }

    #[test]
    fn one_that_goes_on_is_stopped() {
        let ran = run(Command::new("sleep").arg("60"), b"", Duration::from_millis(50)).unwrap();
        assert!(ran.status.is_none());
    }
}
