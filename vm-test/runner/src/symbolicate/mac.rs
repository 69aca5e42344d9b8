//! Panics of Macs.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use serde_json::{Deserializer, Value};

use super::kext::Kext;

/// Hexadecimal digits that an address of the kernel has at least.
const DIGITS: usize = 9;

/// A kext in the list of a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    identifier: String,
    version: String,
    /// Since 10.7.
    uuid: Option<String>,
    range: RangeInclusive<u64>,
}

/// The panic in a JSON report of a Mac: one object or two behind each other, with the text under a key that ends so.
pub fn panic_of_report(text: &str) -> Option<String> {
    let mut objects = Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok);
    let panic =
        |(key, value): (&String, &Value)| value.as_str().filter(|_| key.ends_with("anicString")).map(str::to_owned);
    objects.find_map(|object| object.as_object().and_then(|entries| entries.iter().find_map(panic)))
}

/// Whether a text has what panics of Macs have.
pub fn is_panic(text: &str) -> bool {
    text.contains("panic(cpu ")
        || text.contains("Frame : Return Address")
        || text.lines().any(|line| image(line).is_some())
}

/// The kexts that a panic lists: "org.example.kext(1.0)[UUID]@0x1000->0x1fff".
pub fn images(panic: &str) -> Vec<Image> {
    panic.lines().filter_map(image).collect()
}

fn image(line: &str) -> Option<Image> {
    let line = line.trim();
    let (names, range) = line.strip_prefix("dependency: ").unwrap_or(line).rsplit_once("@0x")?;
    let (start, end) = range.split_once("->0x")?;
    let range = u64::from_str_radix(start, 16).ok()?..=u64::from_str_radix(end.trim(), 16).ok()?;
    let (names, uuid) = match names.strip_suffix(']').and_then(|names| names.rsplit_once('[')) {
        Some((names, uuid)) => (names, Some(uuid.to_owned())),
        None => (names, None),
    };
    let (identifier, version) = names.strip_suffix(')')?.rsplit_once('(')?;
    Some(Image { identifier: identifier.to_owned(), version: version.to_owned(), uuid, range })
}

/// Where bundles are that were loaded when the panic happened; remarks say why others are not.
pub fn matched<'a>(
    images: &[Image],
    kexts: &'a [Kext],
    remarks: &mut Vec<String>,
) -> Vec<(RangeInclusive<u64>, &'a Kext)> {
    let mut usable: Vec<(RangeInclusive<u64>, &Kext)> = Vec::new();
    for kext in kexts.iter().filter(|_| !images.is_empty()) {
        let Kext { name, identifier, .. } = kext;
        let Some(image) = images.iter().find(|image| image.identifier == *identifier) else {
            let mut others: Vec<&str> = images.iter().map(|image| image.identifier.as_str()).collect();
            others.dedup();
            remarks.push(format!(
                "{name}.kext is {identifier}, which is not in this panic; it lists {}",
                others.join(", ")
            ));
            continue;
        };
        let differs = |what: &str, theirs: &str, ours: &str| {
            format!("{name}.kext is not the {identifier} of this panic: that has {what} {theirs}, the bundle {ours}")
        };
        match (&image.uuid, &kext.uuid) {
            (Some(theirs), ours) if ours.as_ref() != Some(theirs) => {
                remarks.push(differs("UUID", theirs, ours.as_deref().unwrap_or("none")));
            }
            (None, _) if image.version != kext.version => {
                remarks.push(differs("version", &image.version, &kext.version));
            }
            _ => usable.push((image.range.clone(), kext)),
        }
    }
    usable
}

/// Addresses of instructions themselves, not of what they return to: those of a trap.
pub fn exact_addresses(panic: &str) -> BTreeSet<u64> {
    let marks = ["Kernel trap at ", "RIP: "];
    marks.iter().flat_map(|mark| panic.split(mark).skip(1)).filter_map(|behind| addresses(behind).next()).collect()
}

/// What is known of the addresses in a line: how many got a name, and what to write behind the line.
pub fn notes(line: &str, kexts: &[(RangeInclusive<u64>, &Kext)], exact: &BTreeSet<u64>) -> Option<(usize, String)> {
    if image(line).is_some() {
        return None;
    }
    let describe = |address: u64| {
        let (range, kext) = kexts.iter().find(|(range, _)| range.contains(&address))?;
        Some(format!("{} : {}", kext.identifier, kext.describe(address - range.start(), !exact.contains(&address))))
    };
    let is_frame = line.starts_with("0x") && line.contains(" : 0x");
    if is_frame {
        let space = if line.ends_with(' ') { "" } else { " " };
        return addresses(line).nth(1).and_then(describe).map(|name| (1, format!("{space}{name}")));
    }
    let named: Vec<String> =
        addresses(line).filter_map(|address| Some(format!("\n  {address:#x} is {}", describe(address)?))).collect();
    (!named.is_empty()).then(|| (named.len(), named.concat()))
}

/// Addresses of the kernel in a line.
fn addresses(line: &str) -> impl Iterator<Item = u64> + '_ {
    line.split("0x").skip(1).filter_map(|behind| {
        let digits = behind.bytes().take_while(u8::is_ascii_hexdigit).count();
        if digits < DIGITS { None } else { u64::from_str_radix(&behind[..digits], 16).ok() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_kexts_is_read_in_both_forms() {
        let found = images(
            "      Kernel Extensions in backtrace:\n         org.old(1.2.3)@0xffffff7f80a00000->0xffffff7f80a0ffff\n         \
             org.new(4)[AB-CD]@0xffffff7f80b00000->0xffffff7f80b00fff\n            dependency: \
             com.apple.iokit.IOAudioFamily(1.9)[EF]@0xffffff7f80c00000->0xffffff7f80c0ffff\n",
        );
        let [old, new, family] = &found[..] else { panic!("{found:?}") };
        assert_eq!((old.identifier.as_str(), old.version.as_str(), old.uuid.as_deref()), ("org.old", "1.2.3", None));
        assert_eq!(old.range, 0xffff_ff7f_80a0_0000..=0xffff_ff7f_80a0_ffff);
        assert_eq!((new.identifier.as_str(), new.uuid.as_deref()), ("org.new", Some("AB-CD")));
        assert_eq!(family.identifier, "com.apple.iokit.IOAudioFamily");
        assert_eq!(images("a(b)@0x1->nothing\nk@0x1->0x2\n@0x->0x\n"), []);
    }

    #[test]
    fn a_report_in_json_holds_the_text() {
        let report = "{\"bug_type\":\"210\"}\n{\"build\":\"x\",\"macOSPanicString\":\"panic(cpu 0)\\nline\"}";
        assert_eq!(panic_of_report(report).as_deref(), Some("panic(cpu 0)\nline"));
        assert_eq!(panic_of_report("panic(cpu 0)"), None);
        assert_eq!(panic_of_report("{\"panicString\":5}"), None);
    }

    #[test]
    fn addresses_of_the_kernel_are_long() {
        assert!(addresses("0x1 0xffffff7f80a00000, 0xzz (0x123456789)").eq([0xffff_ff7f_80a0_0000, 0x1_2345_6789]));
        let panic = "panic(cpu 0 caller 0xffffff8000200000): Kernel trap at 0xffffff7f80a00010, type 14\nRIP: 0xffffff7f80a00010,";
        assert_eq!(exact_addresses(panic), BTreeSet::from([0xffff_ff7f_80a0_0010]));
    }
}
