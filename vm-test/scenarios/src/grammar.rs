//! Property-list values that nobody means, from a seed.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use kpi::random::Random;
use protocol::value::Value;

/// Numbers at and beyond all edges.
const EDGES: [u64; 16] = [
    0,
    1,
    2,
    65,
    256,
    257,
    2047,
    16_384,
    48_000,
    768_000,
    1 << 20,
    (1 << 31) - 1,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    u64::MAX,
];
/// Texts that look like something, and some that do not.
const TEXTS: [&str; 8] = ["", "x", "Float32", "48000", "%s%n%d", "../..\0", "line\nbreak", "\u{1F50A}\u{202E}\u{0}"];
/// How deep the deepest nest.
const DEEPEST: u64 = 60;

/// Makes values.
pub struct Grammar {
    random: Random,
}

impl Grammar {
    /// One series for one seed.
    pub fn new(seed: u64) -> Grammar {
        Grammar { random: Random::new(seed) }
    }

    /// A number below a bound.
    pub fn below(&mut self, bound: usize) -> usize {
        self.random.below(bound as u64) as usize
    }

    /// One of these.
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// Anything.
    pub fn value(&mut self, depth: u32) -> Value {
        match self.below(if depth == 0 { 7 } else { 10 }) {
            0 => Value::Boolean(self.below(2) == 1),
            1 | 2 => self.number(),
            3 | 4 => Value::String(self.text()),
            5 => Value::Data(self.bytes()),
            6 => self.nest(),
            7 => Value::Array((0..self.below(5)).map(|_| self.value(depth - 1)).collect()),
            _ => Value::Dictionary((0..self.below(5)).map(|_| (self.text(), self.value(depth - 1))).collect()),
        }
    }

    /// A number of whatever size.
    pub fn number(&mut self) -> Value {
        let value = match self.below(3) {
            0 => self.random.next() >> self.below(64),
            _ => self.one(&EDGES),
        };
        Value::Number(value, self.one(&[8, 16, 32, 64]))
    }

    fn text(&mut self) -> String {
        match self.below(4) {
            0 => core::iter::repeat_n('y', self.below(5000)).collect(),
            1 => format!("key{}", self.below(10)),
            _ => self.one(&TEXTS).to_string(),
        }
    }

    fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(300)).map(|_| self.random.next() as u8).collect()
    }

    /// Lists or dictionaries in each other.
    fn nest(&mut self) -> Value {
        let mut value = self.number();
        for _ in 0..self.random.below(DEEPEST) {
            value = match self.below(2) {
                0 => Value::Array([value].into()),
                _ => Value::Dictionary([(self.text(), value)].into()),
            };
        }
        value
    }

    /// A dictionary with up to two of its entries gone, changed, doubled by kind or added.
    pub fn mutant(&mut self, sound: &Value) -> Value {
        let Value::Dictionary(mut entries) = sound.clone() else { return self.value(3) };
        for _ in 0..self.below(3) {
            let at = self.below(entries.len().max(1));
            match self.below(8) {
                0 if at < entries.len() => drop(entries.remove(at)),
                1 => {
                    let (key, value) = (self.text(), self.value(3));
                    entries.retain(|(own, _)| *own != key);
                    entries.push((key, value));
                }
                2 | 3 if at < entries.len() => entries[at].1 = self.number(),
                4 if at < entries.len() => entries[at].1 = self.list(),
                _ if at < entries.len() => entries[at].1 = self.value(3),
                _ => {}
            }
        }
        Value::Dictionary(entries)
    }

    /// A list as rates and formats are, more or less.
    fn list(&mut self) -> Value {
        const RATES: [u32; 5] = [44_100, 48_000, 192_000, 768_000, 44_101];
        const FORMATS: [&str; 5] = ["Float32", "Int16", "Int24", "Int32", "Int8"];
        let count = self.below(20);
        let of_texts = self.below(2) == 1;
        let member = |grammar: &mut Grammar| match grammar.below(6) {
            0 => grammar.value(1),
            _ if of_texts => Value::string(grammar.one(&FORMATS)),
            _ => Value::number(grammar.one(&RATES)),
        };
        Value::Array((0..count).map(|_| member(self)).collect())
    }
}
