//! A broken kext and what each linker makes of it.

use kext_link::link::Linked;
use kext_link::{Manner, Refusal, Rules};

use crate::kit::{BASE, Kext, Kpi};

/// What a linker does.
#[derive(Clone, Copy)]
enum Verdict {
    Takes,
    Refuses(Manner, &'static str),
}

/// Changes the kext, or makes the whole file of it.
type FileChange = dyn Fn(&mut Kext) -> Option<Vec<u8>>;

/// One change to the good kext, and the verdicts on it.
pub struct Case {
    what: &'static str,
    file: Box<FileChange>,
    kernel: Box<dyn Fn(&mut Kpi)>,
    base: u64,
    kxld: Verdict,
    builder: Verdict,
    releases: Vec<(&'static str, Verdict)>,
}

/// The good kext with one change.
pub fn changed(what: &'static str, change: impl Fn(&mut Kext) + 'static) -> Case {
    Case {
        what,
        file: Box::new(move |kext| {
            change(kext);
            None
        }),
        kernel: Box::new(|_| {}),
        base: BASE,
        kxld: Verdict::Takes,
        builder: Verdict::Takes,
        releases: vec![],
    }
}

/// The bytes of the good kext with one change.
pub fn bytes(what: &'static str, change: impl Fn(&Kext, &mut Vec<u8>) + 'static) -> Case {
    Case {
        file: Box::new(move |kext| {
            let mut file = kext.build();
            change(kext, &mut file);
            Some(file)
        }),
        ..changed(what, |_| {})
    }
}

/// The good kext and a kernel with one change.
pub fn kernel(what: &'static str, change: impl Fn(&mut Kpi) + 'static) -> Case {
    changed(what, |_| {}).and_kernel(change)
}

impl Case {
    pub fn and_kernel(self, change: impl Fn(&mut Kpi) + 'static) -> Self {
        Self { kernel: Box::new(change), ..self }
    }

    pub fn at(self, base: u64) -> Self {
        Self { base, ..self }
    }

    /// kxld says this.
    pub fn kxld(self, words: &'static str) -> Self {
        self.kxld_manner(Manner::Said, words)
    }

    /// kxld refuses without a message.
    pub fn silent(self, words: &'static str) -> Self {
        self.kxld_manner(Manner::Silent, words)
    }

    /// kxld would crash.
    pub fn crash(self, words: &'static str) -> Self {
        self.kxld_manner(Manner::Crash, words)
    }

    fn kxld_manner(self, manner: Manner, words: &'static str) -> Self {
        Self { kxld: Verdict::Refuses(manner, words), ..self }
    }

    /// The builder of macOS 11 says this.
    pub fn on_11(self, words: &'static str) -> Self {
        self.on_11_manner(Manner::Said, words)
    }

    pub fn on_11_manner(self, manner: Manner, words: &'static str) -> Self {
        Self { builder: Verdict::Refuses(manner, words), ..self }
    }

    /// These releases take it.
    pub fn taken(mut self, releases: &[&'static str]) -> Self {
        self.releases.extend(releases.iter().map(|release| (*release, Verdict::Takes)));
        self
    }

    /// These releases say something of their own.
    pub fn said(mut self, releases: &[&'static str], words: &'static str) -> Self {
        self.releases.extend(releases.iter().map(|release| (*release, Verdict::Refuses(Manner::Said, words))));
        self
    }

    fn link(&self, release: &str) -> Result<Linked, Refusal> {
        let mut kext = Kext::good();
        let file = (self.file)(&mut kext).unwrap_or_else(|| kext.build());
        let mut kpi = Kpi::of(release);
        (self.kernel)(&mut kpi);
        kpi.link_at(&file, release, self.base)
    }

    /// Asks every release.
    pub fn run(&self) {
        for release in Rules::releases() {
            let own = self.releases.iter().find(|(name, _)| *name == release).map(|(_, verdict)| *verdict);
            let verdict = own.unwrap_or(if release == "11" { self.builder } else { self.kxld });
            let what = format!("{} on {release}", self.what);
            match (verdict, self.link(release)) {
                (Verdict::Takes, Ok(linked)) => consistent(&linked, &what),
                (Verdict::Takes, Err(refusal)) => panic!("{what}: refused: {refusal}"),
                (Verdict::Refuses(_, words), Ok(_)) => panic!("{what}: taken, not refused with {words:?}"),
                (Verdict::Refuses(manner, words), Err(refusal)) => {
                    assert!(refusal.message.contains(words), "{what}: {words:?} is not in\n{refusal}");
                    assert_eq!(refusal.manner, manner, "{what}: {refusal}");
                    assert!(!refusal.detail.is_empty(), "{what}: {refusal}");
                }
            }
        }
    }

    /// Asks every release, and hands out what those that take it make of it.
    pub fn run_and(&self, then: impl Fn(&str, Linked)) {
        self.run();
        for release in Rules::releases() {
            if let Ok(linked) = self.link(release) {
                then(release, linked);
            }
        }
    }
}

/// What holds for everything that is linked.
pub fn consistent(linked: &Linked, what: &str) {
    let end = linked.base + linked.image.len() as u64;
    for segment in &linked.segments {
        assert_eq!(segment.address % 4096, 0, "{what}");
        assert_eq!(segment.size % 4096, 0, "{what}");
        assert!(segment.address >= linked.base && segment.address + segment.size <= end, "{what}: {segment:?}");
    }
}

/// The word at an address of the kext in a linked image.
pub fn word(linked: &Linked, address: u64) -> u64 {
    u64::from_le_bytes(linked.image[address as usize..][..8].try_into().unwrap())
}

/// Sets a 32-bit field of the first load command of a kind.
pub fn set_field(file: &mut [u8], cmd: u32, offset: usize, value: u32) {
    let at = field(file, cmd, offset);
    file[at..][..4].copy_from_slice(&value.to_le_bytes());
}

/// A 32-bit field of the first load command of a kind.
pub fn get_field(file: &[u8], cmd: u32, offset: usize) -> u32 {
    let at = field(file, cmd, offset);
    u32::from_le_bytes(file[at..][..4].try_into().unwrap())
}

fn field(file: &[u8], cmd: u32, offset: usize) -> usize {
    let macho = kext_link::macho::File::parse(file).unwrap();
    macho.commands().find(|command| command.cmd == cmd).unwrap().offset as usize + offset
}
