//! The kernel's printf: `%[-0+ #][width][.precision][hh|h|l|ll|q|z|j|t]conversion` for d i u x X o p c s %.

use alloc::string::String;

use crate::boundary::{self, Registers};
use crate::mem;

/// The arguments of a variadic function, as the caller in the kext passed them.
pub struct Arguments {
    registers: Registers,
    next: usize,
}

impl Arguments {
    /// Arguments of the running function behind its first `fixed` ones.
    pub fn after(fixed: usize) -> Arguments {
        Arguments { registers: boundary::entry_registers(), next: fixed }
    }

    /// The next argument.
    pub fn take(&mut self) -> u64 {
        let index = self.next;
        self.next += 1;
        match self.registers.integer.get(index) {
            Some(&value) => value,
            None => mem::read(self.registers.kext_sp as usize + 8 + (index - 6) * 8),
        }
    }
}

#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "printf has these flags, each independent")]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    long: bool,
}

/// Formats as the kernel does. `next` gives the arguments.
pub fn format(pattern: &[u8], mut next: impl FnMut() -> u64) -> String {
    let mut out = String::new();
    let mut rest = pattern.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            out.push(byte as char);
            continue;
        }
        let mut spec = Spec::default();
        while let Some(&flag) = rest.peek() {
            match flag {
                b'-' => spec.left = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b' ' => spec.space = true,
                b'#' => spec.alternate = true,
                _ => break,
            }
            rest.next();
        }
        spec.width = number(&mut rest, &mut next).unwrap_or(0);
        if rest.next_if_eq(&b'.').is_some() {
            spec.precision = Some(number(&mut rest, &mut next).unwrap_or(0));
        }
        while let Some(length) = rest.next_if(|byte| b"hlqzjtL".contains(byte)) {
            spec.long |= length != b'h';
        }
        let Some(conversion) = rest.next() else { break };
        convert(&mut out, &spec, conversion, &mut next);
    }
    out
}

fn number(rest: &mut core::iter::Peekable<impl Iterator<Item = u8>>, next: &mut impl FnMut() -> u64) -> Option<usize> {
    if rest.next_if_eq(&b'*').is_some() {
        return Some(next() as u32 as usize);
    }
    let mut value = None;
    while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
        value = Some((value.unwrap_or(0) * 10 + usize::from(digit - b'0')).min(4096));
    }
    value
}

fn convert(out: &mut String, spec: &Spec, conversion: u8, next: &mut impl FnMut() -> u64) {
    match conversion {
        b'%' => out.push('%'),
        b'c' => pad(out, spec, "", &String::from(next() as u8 as char)),
        b's' => {
            let pointer = next() as usize;
            let text = if pointer == 0 { String::from("(null)") } else { text(pointer, spec.precision) };
            pad(out, &Spec { zero: false, ..copy(spec) }, "", &text);
        }
        b'd' | b'i' => {
            let value = next();
            let value = if spec.long { value as i64 } else { i64::from(value as i32) };
            let sign = if value < 0 {
                "-"
            } else if spec.plus {
                "+"
            } else if spec.space {
                " "
            } else {
                ""
            };
            pad(out, spec, sign, &digits(value.unsigned_abs(), spec, |v| alloc::format!("{v}")));
        }
        b'u' | b'x' | b'X' | b'o' | b'p' => {
            let value = next();
            let value = if spec.long || conversion == b'p' { value } else { u64::from(value as u32) };
            let prefix =
                if conversion == b'p' || (spec.alternate && value != 0 && conversion == b'x') { "0x" } else { "" };
            let text = digits(value, spec, |v| match conversion {
                b'X' => alloc::format!("{v:X}"),
                b'o' => alloc::format!("{v:o}"),
                b'u' => alloc::format!("{v}"),
                _ => alloc::format!("{v:x}"),
            });
            pad(out, spec, prefix, &text);
        }
        other => {
            out.push('%');
            out.push(other as char);
        }
    }
}

fn copy(spec: &Spec) -> Spec {
    Spec { ..*spec }
}

fn text(pointer: usize, limit: Option<usize>) -> String {
    let mut out = String::new();
    for index in 0..limit.unwrap_or(usize::MAX) {
        match mem::read::<u8>(pointer + index) {
            0 => break,
            byte => out.push(byte as char),
        }
    }
    out
}

fn digits(value: u64, spec: &Spec, write: impl Fn(u64) -> String) -> String {
    let text = write(value);
    match spec.precision {
        Some(least) if text.len() < least => alloc::format!("{}{text}", "0".repeat(least - text.len())),
        _ => text,
    }
}

fn pad(out: &mut String, spec: &Spec, prefix: &str, text: &str) {
    let missing = spec.width.saturating_sub(prefix.len() + text.chars().count());
    let zeros = spec.zero && !spec.left && spec.precision.is_none();
    if !spec.left && !zeros {
        out.push_str(&" ".repeat(missing));
    }
    out.push_str(prefix);
    if zeros {
        out.push_str(&"0".repeat(missing));
    }
    out.push_str(text);
    if spec.left {
        out.push_str(&" ".repeat(missing));
    }
}

#[cfg(test)]
mod tests {
    use super::format;

    fn check(pattern: &str, arguments: &[u64], expected: &str) {
        let mut arguments = arguments.iter().copied();
        assert_eq!(format(pattern.as_bytes(), || arguments.next().unwrap_or(0)), expected, "{pattern}");
    }

    #[test]
    fn formats_as_the_kernel_does() {
        let text = c"text".as_ptr() as u64;
        check("%d|%5d|%-5d|%05d", &[u64::from(-7i32 as u32), 42, 42, 42], "-7|   42|42   |00042");
        check("%u %x %X %#x %p", &[7, 255, 255, 255, 0x10], "7 ff FF 0xff 0x10");
        check("%llx %lu %qd", &[u64::MAX, 5, -5i64 as u64], "ffffffffffffffff 5 -5");
        check("%s|%6s|%-6s|%.2s|%.*s", &[text, text, text, text, 3, text], "text|  text|text  |te|tex");
        check("%c%%%s", &[65, 0], "A%(null)");
        check("%.3d %y", &[5], "005 %y");
    }
}
