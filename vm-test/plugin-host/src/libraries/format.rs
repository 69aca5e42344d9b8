//! printf's formats: `%[flags][width][.precision][length]conversion` for d i u x X o p c s f F e g @ %.

use super::variadic::Taken;
use crate::{cf, memory};

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "printf has these flags, each independent")]
struct Spec {
    left: bool,
    zero: bool,
    plus: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    /// Bytes of an integer.
    bytes: u32,
}

/// Formats as printf does, and as CFString's functions do, whose `%@` is an object.
pub(crate) fn format(pattern: &[u8], taken: &mut Taken<'_>) -> String {
    let mut out = Vec::new();
    let mut rest = pattern.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut spec = Spec { bytes: 4, ..Spec::default() };
        while let Some(flag) = rest.next_if(|byte| b"-0+ #'".contains(byte)) {
            match flag {
                b'-' => spec.left = true,
                b'0' => spec.zero = true,
                b'+' => spec.plus = true,
                b'#' => spec.alternate = true,
                _ => {}
            }
        }
        spec.width = number(&mut rest, taken).unwrap_or(0);
        if rest.next_if_eq(&b'.').is_some() {
            spec.precision = Some(number(&mut rest, taken).unwrap_or(0));
        }
        while let Some(length) = rest.next_if(|byte| b"hlqLzjt".contains(byte)) {
            match length {
                b'h' => spec.bytes /= 2,
                _ => spec.bytes = 8,
            }
        }
        let Some(conversion) = rest.next() else { break };
        out.extend(convert(&spec, conversion, taken));
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn number(rest: &mut std::iter::Peekable<impl Iterator<Item = u8>>, taken: &mut Taken<'_>) -> Option<usize> {
    if rest.next_if_eq(&b'*').is_some() {
        return usize::try_from((taken.integer() as u32).cast_signed()).ok();
    }
    let mut number = None;
    while let Some(digit) = rest.next_if(u8::is_ascii_digit) {
        number = Some(number.unwrap_or(0_usize).saturating_mul(10).saturating_add(usize::from(digit - b'0')));
    }
    number
}

fn convert(spec: &Spec, conversion: u8, taken: &mut Taken<'_>) -> Vec<u8> {
    let bits = 64 - 8 * spec.bytes.clamp(1, 8);
    let (sign, body) = match conversion {
        b'd' | b'i' => {
            let value = (taken.integer() << bits).cast_signed() >> bits;
            let sign = if value < 0 {
                "-"
            } else if spec.plus {
                "+"
            } else {
                ""
            };
            (sign, value.unsigned_abs().to_string())
        }
        b'u' => ("", (taken.integer() << bits >> bits).to_string()),
        b'x' => (if spec.alternate { "0x" } else { "" }, format!("{:x}", taken.integer() << bits >> bits)),
        b'X' => (if spec.alternate { "0X" } else { "" }, format!("{:X}", taken.integer() << bits >> bits)),
        b'o' => ("", format!("{:o}", taken.integer() << bits >> bits)),
        b'p' => ("0x", format!("{:x}", taken.integer())),
        b'c' => ("", char::from(taken.integer() as u8).to_string()),
        b's' => {
            let at = taken.integer() as usize;
            let text = if at == 0 { b"(null)".to_vec() } else { memory::c_bytes(at) };
            return pad(spec, "", &text[..spec.precision.map_or(text.len(), |most| most.min(text.len()))]);
        }
        b'f' | b'F' => ("", format!("{:.*}", spec.precision.unwrap_or(6), taken.double())),
        b'e' => ("", format!("{:.*e}", spec.precision.unwrap_or(6), taken.double())),
        b'g' => ("", taken.double().to_string()),
        b'@' => return pad(spec, "", cf::describe(taken.integer()).as_bytes()),
        b'%' => return b"%".to_vec(),
        other => return vec![b'%', other],
    };
    pad(spec, sign, body.as_bytes())
}

fn pad(spec: &Spec, sign: &str, body: &[u8]) -> Vec<u8> {
    let missing = spec.width.min(4096).saturating_sub(sign.len() + body.len());
    let (before, zeros, after) = match (spec.left, spec.zero) {
        (true, _) => (0, 0, missing),
        (false, true) => (0, missing, 0),
        (false, false) => (missing, 0, 0),
    };
    [vec![b' '; before], sign.as_bytes().to_vec(), vec![b'0'; zeros], body.to_vec(), vec![b' '; after]].concat()
}
