//! OSUnserializeXML: objects from property-list text. Tags: dict, key, array, set, string, integer, data, true, false,
//! reference; `plist` around them, declarations and comments are skipped.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::functions;
use crate::libkern::{array, boolean, data, dictionary, number, set, string};
use crate::mem;
use crate::object::Obj;

/// Collections inside of each other at most.
const DEPTH: usize = 64;

/// A tag: its name, its attributes, and whether it is empty (`<true/>`).
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    empty: bool,
}

impl Tag {
    fn attribute(&self, key: &str) -> Option<&str> {
        self.attributes.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// Objects that have an ID, not retained: what they stand in holds them.
    known: BTreeMap<String, Obj>,
}

/// The object of a text, with one reference.
///
/// # Errors
/// What is wrong and in which line, as the kernel puts it.
pub fn parse(text: &[u8]) -> Result<Obj, String> {
    let mut parser = Parser { text, at: 0, known: BTreeMap::new() };
    let result = parser.document();
    let line = text[..parser.at.min(text.len())].split(|byte| *byte == b'\n').count();
    result.map_err(|what| format!("OSUnserializeXML: {what} near line {line}\n"))
}

impl Parser<'_> {
    fn document(&mut self) -> Result<Obj, String> {
        let mut tag = self.open()?.ok_or("syntax error")?;
        if tag.name == "plist" {
            tag = self.open()?.ok_or("syntax error")?;
        }
        self.object(&tag, DEPTH)
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.text[self.at.min(self.text.len())..]
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn skip_past(&mut self, end: &[u8]) -> Result<(), String> {
        let found = self.rest().windows(end.len()).position(|window| window == end);
        self.at += found.ok_or("syntax error")? + end.len();
        Ok(())
    }

    /// The text up to a byte, which is skipped.
    fn until(&mut self, end: u8) -> Result<Vec<u8>, String> {
        let length = self.rest().iter().position(|byte| *byte == end).ok_or("syntax error")?;
        let text = self.rest()[..length].to_vec();
        self.at += length + 1;
        Ok(text)
    }

    fn name(&mut self) -> String {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b':');
        let length = self.rest().iter().take_while(is_part).count();
        let name = String::from_utf8_lossy(&self.rest()[..length]).into_owned();
        self.at += length;
        name
    }

    /// The next opening tag; `None` when a closing one comes, which is left where it is.
    fn open(&mut self) -> Result<Option<Tag>, String> {
        loop {
            self.skip_space();
            if self.rest().starts_with(b"</") {
                return Ok(None);
            } else if self.rest().starts_with(b"<!--") {
                self.skip_past(b"-->")?;
            } else if self.rest().starts_with(b"<?") || self.rest().starts_with(b"<!") {
                self.skip_past(b">")?;
            } else if self.peek() == Some(b'<') {
                self.at += 1;
                return self.tag().map(Some);
            } else {
                return Err("syntax error".to_string());
            }
        }
    }

    fn tag(&mut self) -> Result<Tag, String> {
        let name = self.name();
        let mut attributes = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'>') => {
                    self.at += 1;
                    return Ok(Tag { name, attributes, empty: false });
                }
                Some(b'/') if self.rest().starts_with(b"/>") => {
                    self.at += 2;
                    return Ok(Tag { name, attributes, empty: true });
                }
                _ => attributes.push(self.attribute()?),
            }
        }
    }

    fn attribute(&mut self) -> Result<(String, String), String> {
        let key = self.name();
        self.skip_space();
        if key.is_empty() || self.peek() != Some(b'=') {
            return Err("syntax error".to_string());
        }
        self.at += 1;
        self.skip_space();
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\'')).ok_or("syntax error")?;
        self.at += 1;
        let value = self.until(quote)?;
        Ok((key, String::from_utf8_lossy(&value).into_owned()))
    }

    fn close(&mut self, name: &str) -> Result<(), String> {
        self.skip_space();
        if !self.rest().starts_with(b"</") {
            return Err("syntax error".to_string());
        }
        self.at += 2;
        let found = self.name();
        self.skip_space();
        if found != name || self.peek() != Some(b'>') {
            return Err("syntax error".to_string());
        }
        self.at += 1;
        Ok(())
    }

    /// The text of an element, its entities replaced, and its closing tag.
    fn content(&mut self, tag: &Tag) -> Result<Vec<u8>, String> {
        if tag.empty {
            return Ok(Vec::new());
        }
        let length = self.rest().iter().position(|byte| *byte == b'<').ok_or("syntax error")?;
        let text = self.rest()[..length].to_vec();
        self.at += length;
        self.close(&tag.name)?;
        unescape(&text)
    }

    /// The object of a tag that was read, with one reference.
    fn object(&mut self, tag: &Tag, depth: usize) -> Result<Obj, String> {
        if depth == 0 {
            return Err("maximum depth".to_string());
        }
        let object = match tag.name.as_str() {
            "dict" => self.collected(tag, depth, dictionary::new(), Parser::entry)?,
            "array" => self.collected(tag, depth, array::new(), |parser, list, tag, depth| {
                let member = parser.object(tag, depth)?;
                array::push(list, member);
                member.release();
                Ok(())
            })?,
            "set" => self.collected(tag, depth, set::new(), |parser, list, tag, depth| {
                let member = parser.object(tag, depth)?;
                set::add(list, member);
                member.release();
                Ok(())
            })?,
            "string" => string::from_bytes(&self.content(tag)?),
            "integer" => {
                let bits = tag.attribute("size").map_or(Ok(64), str::parse).map_err(|_| "syntax error")?;
                let value = integer(&self.content(tag)?).ok_or("syntax error")?;
                number::new(value, bits)
            }
            "data" => {
                let text = self.content(tag)?;
                let bytes = if tag.attribute("format") == Some("hex") { hexadecimal(&text) } else { base64(&text) };
                data::new(&bytes.ok_or("invalid data")?)
            }
            "true" | "false" => {
                self.content(tag)?;
                boolean::object(tag.name == "true")
            }
            "reference" => {
                let of = tag.attribute("IDREF").and_then(|id| self.known.get(id)).copied();
                of.ok_or("forward reference detected")?.retain()
            }
            _ => return Err("syntax error".to_string()),
        };
        if let Some(id) = tag.attribute("ID") {
            self.known.insert(id.to_string(), object);
        }
        Ok(object)
    }

    /// Fills a collection with what `member` makes of each opening tag.
    fn collected(
        &mut self,
        tag: &Tag,
        depth: usize,
        list: Obj,
        member: fn(&mut Self, Obj, &Tag, usize) -> Result<(), String>,
    ) -> Result<Obj, String> {
        let mut fill = || {
            if tag.empty {
                return Ok(());
            }
            while let Some(tag) = self.open()? {
                member(self, list, &tag, depth - 1)?;
            }
            self.close(&tag.name)
        };
        fill().map(|()| list).inspect_err(|_| list.release())
    }

    fn entry(&mut self, table: Obj, tag: &Tag, depth: usize) -> Result<(), String> {
        if tag.name != "key" {
            return Err("syntax error".to_string());
        }
        let key = string::symbol_of(&self.content(tag)?);
        let value = match self.open() {
            Ok(Some(tag)) => self.object(&tag, depth),
            Ok(None) => Err("syntax error".to_string()),
            Err(error) => Err(error),
        };
        if let Ok(value) = value {
            dictionary::set_symbol(table, key, value);
            value.release();
        }
        key.release();
        value.map(|_| ())
    }
}

fn unescape(text: &[u8]) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'&' {
            out.push(byte);
            continue;
        }
        let known: [(&[u8], u8); 5] =
            [(b"lt;", b'<'), (b"gt;", b'>'), (b"amp;", b'&'), (b"quot;", b'"'), (b"apos;", b'\'')];
        let (name, meant) = known.into_iter().find(|(name, _)| rest.starts_with(name)).ok_or("syntax error")?;
        out.push(meant);
        rest = &rest[name.len()..];
    }
    Ok(out)
}

/// A decimal or hexadecimal number, perhaps negative.
fn integer(text: &[u8]) -> Option<u64> {
    let text = core::str::from_utf8(text).ok()?.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |digits| (true, digits));
    let value = match digits.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    value.ok().map(|value| if negative { value.wrapping_neg() } else { value })
}

fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = (text.iter().filter(|byte| !byte.is_ascii_whitespace()))
        .map(|&byte| char::from(byte).to_digit(16).map(|digit| digit as u8))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}

fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut word, mut bits) = (0u32, 0);
    for &byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => return None,
        };
        word = word << 6 | u32::from(digit);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push((word >> bits) as u8);
        }
    }
    Some(out)
}

/// Parses; where it fails, the reason is handed out if the caller wants it.
fn parse_for(text: &[u8], error: usize) -> Obj {
    match parse(text) {
        Ok(object) => object,
        Err(reason) => {
            if error != 0 {
                mem::write(error, string::string(&reason));
            }
            Obj::NULL
        }
    }
}

extern "C" fn unserialize(text: usize, error: usize) -> Obj {
    if text == 0 { Obj::NULL } else { parse_for(&mem::c_bytes(text), error) }
}

/// The form with a length: the text must end inside of it.
extern "C" fn unserialize_sized(text: usize, size: usize, error: usize) -> Obj {
    if text == 0 || size == 0 {
        return Obj::NULL;
    }
    let bytes = mem::bytes(text, size);
    match bytes.iter().position(|byte| *byte == 0) {
        Some(end) => parse_for(&bytes[..end], error),
        None => Obj::NULL,
    }
}

functions! { pub FUNCTIONS:
    "__Z16OSUnserializeXMLPKcPP8OSString" => unserialize,
    "__Z16OSUnserializeXMLPKcmPP8OSString" => unserialize_sized,
}

#[cfg(test)]
mod tests {
    use super::{base64, hexadecimal, integer, unescape};

    #[test]
    fn numbers_are_decimal_or_hexadecimal() {
        assert_eq!(integer(b"0x2a"), Some(42));
        assert_eq!(integer(b" 42 "), Some(42));
        assert_eq!(integer(b"-1"), Some(u64::MAX));
        assert_eq!(integer(b"4x"), None);
    }

    #[test]
    fn data_is_read_in_both_forms() {
        assert_eq!(base64(b"Zm9v\n Yg==").as_deref(), Some(&b"foob"[..]));
        assert_eq!(base64(b"Zm9?"), None);
        assert_eq!(hexadecimal(b"0a FF").as_deref(), Some(&[10, 255][..]));
        assert_eq!(hexadecimal(b"0a F"), None);
    }

    #[test]
    fn entities_are_replaced() {
        assert_eq!(unescape(b"a &lt;&amp;&gt; b").as_deref(), Ok(&b"a <&> b"[..]));
        assert!(unescape(b"&nbsp;").is_err());
    }
}
