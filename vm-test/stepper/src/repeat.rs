//! Instructions that copy or fill as much memory as a register says: the trap flag stops after each element, so the rest of one
//! is done here at once.

use crate::Registers;

/// The prefix that repeats, and the one that makes elements of 8 bytes.
const REPEAT: u8 = 0xF3;
const WIDE: u8 = 0x48;
/// The direction flag: from the end down.
const DOWN: i64 = 1 << 10;

/// One that copies or fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Bytes of an element.
    element: usize,
    /// Whether it copies; else it fills.
    copies: bool,
    /// Bytes of its code.
    length: usize,
}

impl Repeated {
    /// The one at an address, if there is one.
    pub(crate) fn at(pc: u64) -> Option<Repeated> {
        let code = |offset: usize| {
            // SAFETY: it is about to be executed; what comes next belongs to it as long as a prefix was before.
            unsafe { ((pc as usize + offset) as *const u8).read() }
        };
        if code(0) != REPEAT {
            return None;
        }
        let wide = code(1) == WIDE;
        let length = 2 + usize::from(wide);
        let element = if wide { 8 } else { 4 };
        let (element, copies) = match code(length - 1) {
            0xA4 => (1, true),
            0xA5 => (element, true),
            0xAA => (1, false),
            0xAB => (element, false),
            _ => return None,
        };
        Some(Repeated { element, copies, length })
    }

    /// Bytes that it reads and writes with these registers.
    pub(crate) fn moves(self, registers: &Registers) -> (u64, u64) {
        let bytes = registers[libc::REG_RCX as usize] as u64 * self.element as u64;
        (if self.copies { bytes } else { 0 }, bytes)
    }
}

/// If the next instruction is such a one, does all of it.
pub(crate) fn finish(registers: &mut Registers) {
    let at = |register: libc::c_int| register as usize;
    let Some(repeated) = Repeated::at(registers[at(libc::REG_RIP)] as u64) else { return };
    if registers[at(libc::REG_EFL)] & DOWN != 0 {
        return;
    }
    let elements = registers[at(libc::REG_RCX)] as usize;
    let filling = registers[at(libc::REG_RAX)].to_le_bytes();
    let (mut from, mut to) = (registers[at(libc::REG_RSI)] as usize, registers[at(libc::REG_RDI)] as usize);
    for _ in 0..elements {
        let source = if repeated.copies { from } else { filling.as_ptr() as usize };
        // SAFETY: what the instruction would do next, as it would; where it may not, the process ends.
        unsafe { std::ptr::copy(source as *const u8, to as *mut u8, repeated.element) };
        (from, to) = (from + repeated.element, to + repeated.element);
    }
    if repeated.copies {
        registers[at(libc::REG_RSI)] = from as i64;
    }
    registers[at(libc::REG_RDI)] = to as i64;
    registers[at(libc::REG_RCX)] = 0;
    registers[at(libc::REG_RIP)] += repeated.length as i64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_and_fills_are_known_and_done() {
        let place = |code: &[u8]| Repeated::at(code.as_ptr() as u64);
        assert_eq!(place(&[0xF3, 0x48, 0xA5]), Some(Repeated { element: 8, copies: true, length: 3 }));
        assert_eq!(place(&[0xF3, 0xAA]), Some(Repeated { element: 1, copies: false, length: 2 }));
        assert_eq!(place(&[0xF3, 0x0F, 0x10]), None);
        let (code, from, mut to) = ([0xF3_u8, 0xA5], [1_u32, 2, 3], [0_u32; 3]);
        let mut registers: Registers = [0; 23];
        registers[libc::REG_RIP as usize] = code.as_ptr() as i64;
        registers[libc::REG_RCX as usize] = 3;
        registers[libc::REG_RSI as usize] = from.as_ptr() as i64;
        registers[libc::REG_RDI as usize] = to.as_mut_ptr() as i64;
        finish(&mut registers);
        assert_eq!((to, registers[libc::REG_RCX as usize]), (from, 0));
        assert_eq!(registers[libc::REG_RIP as usize], code.as_ptr() as i64 + 2);
    }
}
