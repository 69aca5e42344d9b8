//! Small functions of IOLib: registers that are mapped, tables of names.

use crate::functions;
use crate::iokit::ioreturn::IOReturn;
use crate::mem;
use crate::sched;

/// Entries of a table of `{ i32 value, const char *name }`, which one without a name ends.
fn entries(table: usize) -> impl Iterator<Item = (i32, usize)> {
    let entry = move |place: usize| (mem::read(table + place * 16), mem::read::<usize>(table + place * 16 + 8));
    (0..).map(entry).take_while(|&(_, name)| name != 0)
}

/// IOFindNameForValue; NULL when the table does not have it.
extern "C" fn name_for_value(value: i32, table: usize) -> usize {
    entries(table).find(|&(known, _)| known == value).map_or(0, |(_, name)| name)
}

extern "C" fn value_for_name(name: usize, table: usize, to: usize) -> IOReturn {
    let wanted = mem::c_bytes(name);
    let found = entries(table).find(|&(_, name)| mem::c_bytes(name) == wanted);
    if let Some((value, _)) = found {
        mem::write(to, value);
    }
    if found.is_some() { IOReturn::SUCCESS } else { IOReturn::BAD_ARGUMENT }
}

extern "C" fn read_8(at: usize) -> u8 {
    mem::read(at)
}

extern "C" fn read_16(at: usize) -> u16 {
    mem::read(at)
}

extern "C" fn read_32(at: usize) -> u32 {
    mem::read(at)
}

extern "C" fn read_64(at: usize) -> u64 {
    mem::read(at)
}

extern "C" fn write_8(at: usize, value: u8) {
    mem::write(at, value);
}

extern "C" fn write_16(at: usize, value: u16) {
    mem::write(at, value);
}

extern "C" fn write_32(at: usize, value: u32) {
    mem::write(at, value);
}

extern "C" fn write_64(at: usize, value: u64) {
    mem::write(at, value);
}

/// IOPause: nanoseconds of doing nothing.
extern "C" fn pause(ns: u32) {
    sched::spend(ns.into());
}

functions! { pub FUNCTIONS:
    "_IOFindNameForValue" => name_for_value,
    "_IOFindValueForName" => value_for_name,
    "_IOMappedRead8" => read_8,
    "_IOMappedRead16" => read_16,
    "_IOMappedRead32" => read_32,
    "_IOMappedRead64" => read_64,
    "_IOMappedWrite8" => write_8,
    "_IOMappedWrite16" => write_16,
    "_IOMappedWrite32" => write_32,
    "_IOMappedWrite64" => write_64,
    "_IOPause" => pause,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_end_with_no_name() {
        let (one, two) = (c"one".as_ptr() as u64, c"two".as_ptr() as u64);
        let table = [1u64, one, u64::from(u32::MAX), two, 0, 0];
        let at = table.as_ptr() as usize;
        assert_eq!(name_for_value(-1, at), two as usize);
        assert_eq!(name_for_value(0, at), 0);
        let mut value = 0i32;
        assert!(value_for_name(c"two".as_ptr() as usize, at, (&raw mut value) as usize).is_success());
        assert_eq!(mem::read::<i32>((&raw const value) as usize), -1);
        assert!(!value_for_name(c"three".as_ptr() as usize, at, (&raw mut value) as usize).is_success());
    }
}
