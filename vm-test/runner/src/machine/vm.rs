//! The VM: our guest at ring 0 in QEMU, under plain TCG with an instruction-counted clock.
//!
//! ```text
//!  memory file   [ guest's own RAM | shared area ]      RAM of the guest, mapped by both sides
//!  events        guest ── shared area, a byte a line by the debug console ──► QEMU's standard output
//!  hang          runner ── QMP inject-nmi ──► guest, which says the state of its threads
//! ```

use std::fmt::Display;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use protocol::share::Kind;
use rustix::io::{FdFlags, fcntl_setfd};

use super::{Machine, bind, signal_name};
use crate::Error;
use crate::debug::Attach;
use crate::share::{Room, Share};

/// RAM that the guest has for itself: its image, page tables, kernel heap and stacks, the kext. It is taken from the host
/// only as it is touched.
const OWN_RAM: u64 = 192 << 20;
/// Lines of a hundred scenarios take a quarter of a MiB; those that have no room take a system call a byte.
const EVENTS: u64 = 16 << 20;
/// RAM comes in whole MiB.
const MIB: u64 = 1 << 20;
/// No device but those of the processor: nothing in a run depends on the host's time.
const BOARD: &str =
    "microvm,acpi=off,pit=off,pic=off,rtc=off,isa-serial=off,auto-kernel-cmdline=off,memory-backend=ram";
const QEMU: &str = "qemu-system-x86_64";
/// QMP wants its capabilities negotiated first.
const STOP: &[u8] = b"{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"stop\"}\n";
/// How long QEMU may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
const INJECT_NMI: &[u8] = b"{\"execute\":\"qmp_capabilities\"}\n{\"execute\":\"inject-nmi\"}\n";

/// QEMU with our guest.
#[derive(Debug)]
pub struct Vm {
    guest: PathBuf,
    /// Our end of QMP; open while the machine runs.
    control: Option<UnixStream>,
    /// Where a debugger connects to, if one may.
    stub: Option<String>,
}

impl Vm {
    /// A machine that boots the ELF at `guest`.
    ///
    /// # Errors
    /// [`Error::Missing`]: it has not been built.
    pub fn new(guest: PathBuf) -> Result<Vm, Error> {
        if !guest.is_file() {
            let shown = guest.display();
            return Err(Error::Missing(format!("the VM's guest {shown} is missing; type: cargo xtask build")));
        }
        Ok(Vm { guest, control: None, stub: None })
    }

    fn command(&self, share: &Share, control: &UnixStream) -> Result<Command, Error> {
        let ram = share.round_up(MIB)?;
        let mut command = Command::new(QEMU);
        command.args(["-no-user-config", "-nodefaults", "-no-reboot", "-display", "none"]);
        command.args(["-M", BOARD]);
        command.args(["-cpu", "core2duo", "-smp", "1", "-accel", "tcg", "-icount", "shift=0,sleep=off"]);
        command.args(["-m", &format!("{}M", ram / MIB)]);
        command.args(["-object", &format!("memory-backend-file,id=ram,size={ram},share=on,mem-path={}", share.path())]);
        // QEMU reads a doubled comma as one that is part of a path.
        command.args(["-kernel", &self.guest.display().to_string().replace(',', ",,")]);
        command.args(["-append", &format!("share={:#x}", share.base())]);
        command.args(["-chardev", "stdio,id=events,signal=off", "-device", "isa-debugcon,chardev=events"]);
        command.args(["-device", "isa-debug-exit,iobase=0xf4,iosize=1"]);
        command.args(["-chardev", &format!("socket,id=control,fd={}", control.as_raw_fd())]);
        command.args(["-mon", "chardev=control,mode=control"]);
        if let Some(stub) = &self.stub {
            command.args(["-gdb", &format!("tcp:{stub}")]);
        }
        Ok(command)
    }
}

impl Machine for Vm {
    fn name(&self) -> &'static str {
        "vm"
    }

    fn room(&self) -> Room {
        Room { own: OWN_RAM, events: EVENTS }
    }

    fn power_on(&mut self, share: &Share) -> Result<Child, Error> {
        let failed = |why: std::io::Error| Error::Failed(format!("no socket to control QEMU with: {why}"));
        let (ours, theirs) = UnixStream::pair().map_err(failed)?;
        fcntl_setfd(&theirs, FdFlags::empty()).map_err(|why| failed(why.into()))?;
        let child = bind(&mut self.command(share, &theirs)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|why| match why.kind() {
                ErrorKind::NotFound => Error::Missing(format!(
                    "{QEMU}, which runs the kext at ring 0, is missing; type: sudo apt-get install qemu-system-x86 \
                     (or use --machine hosted)"
                )),
                _ => Error::Failed(format!("cannot start {QEMU}: {why}")),
            })?;
        self.control = Some(ours);
        Ok(child)
    }

    fn take_debugger(&mut self) -> Result<Attach, Error> {
        let failed = |why| Error::Failed(format!("no port for a debugger: {why}"));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        let place = listener.local_addr().map_err(failed)?.to_string();
        self.stub = Some(place.clone());
        Ok(Attach::Stub(place))
    }

    fn hold(&mut self, share: &Share) -> Result<(), Error> {
        let failed = |why: &dyn Display| Error::Failed(format!("QEMU does not stop for a debugger: {why}"));
        let control = self.control.as_mut().ok_or_else(|| failed(&"it is not on"))?;
        control.write_all(STOP).map_err(|why| failed(&why))?;
        control.set_read_timeout(Some(PATIENCE)).map_err(|why| failed(&why))?;
        let mut answers = BufReader::new(&mut *control);
        let mut line = String::new();
        while !line.contains("\"STOP\"") {
            line.clear();
            if answers.read_line(&mut line).map_err(|why| failed(&why))? == 0 {
                return Err(failed(&"it says no more"));
            }
        }
        share.write(Kind::Debug, &[1])
    }

    fn ask_for_state(&mut self, _child: &Child) {
        if let Some(control) = &mut self.control {
            // If QEMU does not take it, its guest will not answer, and that is seen.
            let _ = control.write_all(INJECT_NMI);
        }
    }

    fn cause_of_death(&self, status: ExitStatus) -> String {
        match (status.signal(), status.code()) {
            (Some(signal), _) => format!("QEMU was ended by {}", signal_name(signal)),
            // Asked not to reboot, QEMU ends well when its guest resets.
            (None, Some(0)) => "the machine reset without a word: a triple fault".to_owned(),
            // The guest's exit code comes doubled, plus one; QEMU's own errors say why on standard error.
            (None, Some(code)) => format!("QEMU exited with status {code} before the machine's last word"),
            (None, None) => "QEMU ended".to_owned(),
        }
    }
}
