//! The methods of user clients from before dispatch tables: up to six words of arguments, scalars of 32 bits and structures.

use crate::iokit::ioreturn::IOReturn;
use crate::iokit::userclient::{VARIABLE, arguments, call_member};
use crate::mem;
use crate::object::Obj;

/// Byte offsets in IOExternalMethod.
const FUNCTION: usize = 8;
const FLAGS: usize = 24;
const COUNT_0: usize = 32;
const COUNT_1: usize = 40;
/// `kIOUCTypeMask`, and the types: what goes in, what comes out.
const TYPE_MASK: u32 = 15;
const SCALARS_TO_SCALARS: u32 = 0;
const SCALARS_TO_STRUCTURE: u32 = 2;
const STRUCTURE_TO_STRUCTURE: u32 = 3;
const SCALARS_AND_STRUCTURE: u32 = 4;
/// Arguments of such a method, both ways together.
const MOST: usize = 6;

/// A method, and what it is called with.
struct Older {
    target: Obj,
    method: usize,
    call: Obj,
    /// How much goes in and out, or [`VARIABLE`].
    counts: [u32; 2],
}

/// Calls an older method with the arguments of `externalMethod`.
pub(super) fn call(target: Obj, method: usize, call: Obj) -> IOReturn {
    let counts = [COUNT_0, COUNT_1].map(|count| mem::read::<u64>(method + count) as u32);
    let older = Older { target, method, call, counts };
    let done = match mem::read::<u32>(method + FLAGS) & TYPE_MASK {
        SCALARS_TO_SCALARS => older.scalars(),
        SCALARS_TO_STRUCTURE => older.scalars_to_structure(),
        STRUCTURE_TO_STRUCTURE => older.structures(),
        SCALARS_AND_STRUCTURE => older.scalars_and_structure(),
        _ => None,
    };
    done.unwrap_or(IOReturn::BAD_ARGUMENT)
}

impl Older {
    fn count(&self, field: usize) -> u32 {
        self.call.get(field)
    }

    fn invoke(&self, words: &[u64; MOST]) -> IOReturn {
        IOReturn(call_member(self.target, self.method + FUNCTION, words) as u32)
    }

    /// The scalars that go in, as the first words; `None` when there are not as many as the method takes.
    fn inputs(&self) -> Option<([u64; MOST], usize)> {
        let count = self.count(arguments::SCALAR_INPUT_COUNT) as usize;
        if count != self.counts[0] as usize || count > MOST {
            return None;
        }
        let from: usize = self.call.get(arguments::SCALAR_INPUT);
        let scalar = |place: usize| u64::from(mem::read::<u64>(from + place * 8) as u32);
        Some((core::array::from_fn(|place| if place < count { scalar(place) } else { 0 }), count))
    }

    /// Pointers to the scalars that come out stand behind those that go in.
    fn scalars(&self) -> Option<IOReturn> {
        let (mut words, inputs) = self.inputs()?;
        let outputs = self.counts[1] as usize;
        if (self.count(arguments::SCALAR_OUTPUT_COUNT) as usize) < outputs || inputs + outputs > MOST {
            return None;
        }
        let mut results = [0u32; MOST];
        let results_at = (&raw mut results) as usize;
        for place in 0..outputs {
            words[inputs + place] = (results_at + place * 4) as u64;
        }
        let result = self.invoke(&words);
        let to: usize = self.call.get(arguments::SCALAR_OUTPUT);
        for place in 0..outputs {
            mem::write(to + place * 8, u64::from(mem::read::<u32>(results_at + place * 4)));
        }
        Some(result)
    }

    /// Whether a structure has the size that the method asks for.
    fn fits(&self, count: usize, size: u32) -> bool {
        self.counts[count] == VARIABLE || self.counts[count] == size
    }

    /// Has the method fill the structure that comes out; `words` gives it the address of the size.
    fn with_output(&self, words: impl FnOnce(u64, u64) -> [u64; MOST]) -> Option<IOReturn> {
        let room = self.count(arguments::STRUCTURE_OUTPUT_SIZE);
        if !self.fits(1, room) {
            return None;
        }
        let mut size = u64::from(room);
        let size_at = (&raw mut size) as usize;
        let result = self.invoke(&words(self.call.get(arguments::STRUCTURE_OUTPUT), size_at as u64));
        self.call.set(arguments::STRUCTURE_OUTPUT_SIZE, (mem::read::<u64>(size_at) as u32).min(room));
        Some(result)
    }

    fn scalars_to_structure(&self) -> Option<IOReturn> {
        let (mut words, inputs) = self.inputs()?;
        if inputs + 2 > MOST {
            return None;
        }
        self.with_output(|to, size| {
            words[inputs] = to;
            words[inputs + 1] = size;
            words
        })
    }

    /// A method that takes nothing, or gives nothing, is not passed its half.
    fn structures(&self) -> Option<IOReturn> {
        let (from, length) = (self.call.get(arguments::STRUCTURE_INPUT), self.count(arguments::STRUCTURE_INPUT_SIZE));
        if !self.fits(0, length) {
            return None;
        }
        match self.counts {
            [_, 0] => Some(self.invoke(&[from, length.into(), 0, 0, 0, 0])),
            [0, _] => self.with_output(|to, size| [to, size, 0, 0, 0, 0]),
            [_, _] => self.with_output(|to, size| [from, to, length.into(), size, 0, 0]),
        }
    }

    /// The structure stands behind the scalars, and its size behind it where there is room for a word more.
    fn scalars_and_structure(&self) -> Option<IOReturn> {
        let (mut words, inputs) = self.inputs()?;
        let length = self.count(arguments::STRUCTURE_INPUT_SIZE);
        if !self.fits(1, length) || inputs >= MOST {
            return None;
        }
        words[inputs] = self.call.get(arguments::STRUCTURE_INPUT);
        if let Some(word) = words.get_mut(inputs + 1) {
            *word = length.into();
        }
        Some(self.invoke(&words))
    }
}
