//! sysctl: the numbers and texts that kexts register, read and written by name as user space does.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::functions;
use crate::global::Global;
use crate::mem;
use crate::registry::Variable;
use crate::symbols;

/// Byte offsets in `sysctl_oid`.
const PARENT: usize = 0;
const ARGUMENT_1: usize = 24;
const ARGUMENT_2: usize = 32;
const NAME: usize = 40;
const HANDLER: usize = 48;
/// Byte offsets in `sysctl_req`, and its size: where the old value goes, how much room there is and how much is used, the new
/// value and how long it is.
const OLD: usize = 16;
const OLD_LENGTH: usize = 24;
const OLD_USED: usize = 32;
const NEW: usize = 48;
const NEW_LENGTH: usize = 56;
const REQUEST: usize = 96;
/// Room for an old value.
const ROOM: usize = 1024;
const ENOMEM: i32 = 12;
const EINVAL: i32 = 22;

/// The lists that the kernel has, by the names of their nodes.
const LISTS: [(&str, &str); 8] = [
    ("_sysctl__children", ""),
    ("_sysctl__debug_children", "debug."),
    ("_sysctl__kern_children", "kern."),
    ("_sysctl__machdep_children", "machdep."),
    ("_sysctl__net_children", "net."),
    ("_sysctl__sysctl_children", "sysctl."),
    ("_sysctl__vfs_children", "vfs."),
    ("_sysctl__vm_children", "vm."),
];

/// The heads of those lists, which kexts only point at.
pub const VARIABLES: [Variable; 8] = {
    let mut variables = [Variable { name: "", size: 8, value: 0 }; 8];
    let mut place = 0;
    while place < LISTS.len() {
        variables[place].name = LISTS[place].0;
        place += 1;
    }
    variables
};

/// What is registered, oldest first.
static REGISTERED: Global<Vec<usize>> = Global::new(Vec::new());

/// The name of what is in a list, up to the last dot; `None` for a list of nobody's.
fn prefix(list: usize) -> Option<String> {
    if let Some((_, prefix)) = LISTS.iter().find(|(name, _)| symbols::variable(name) == list) {
        return Some((*prefix).to_string());
    }
    let node = REGISTERED.borrow().iter().copied().find(|&oid| mem::read::<usize>(oid + ARGUMENT_1) == list)?;
    name(node).map(|name| name + ".")
}

/// The dotted name of what is registered.
fn name(oid: usize) -> Option<String> {
    let last = mem::c_string(mem::read(oid + NAME));
    prefix(mem::read(oid + PARENT)).map(|prefix| prefix + &last)
}

fn find(wanted: &str) -> Option<usize> {
    let registered = REGISTERED.borrow().clone();
    registered.into_iter().find(|&oid| name(oid).as_deref() == Some(wanted))
}

/// Reads a value and, if there is a new one, writes it: the old value, or the error number of the handler; `None` when nobody
/// registered the name.
pub fn exchange(name: &str, new: Option<&[u8]>) -> Option<Result<Vec<u8>, i32>> {
    let oid = find(name)?;
    let mut old = [0u8; ROOM];
    let mut request = [0u64; REQUEST / 8];
    let at = request.as_mut_ptr() as usize;
    let old_at = old.as_mut_ptr() as usize;
    mem::write(at + OLD, old_at);
    mem::write(at + OLD_LENGTH, ROOM);
    if let Some(new) = new {
        mem::write(at + NEW, new.as_ptr() as usize);
        mem::write(at + NEW_LENGTH, new.len());
    }
    let arguments = [oid as u64, mem::read(oid + ARGUMENT_1), mem::read::<u32>(oid + ARGUMENT_2).into(), at as u64];
    let error = symbols::invoke(mem::read(oid + HANDLER), &arguments) as i32;
    let used: usize = mem::read(at + OLD_USED);
    Some(if error == 0 { Ok(mem::bytes(old_at, used)) } else { Err(error) })
}

extern "C" fn register(oid: usize) {
    REGISTERED.borrow().push(oid);
}

extern "C" fn unregister(oid: usize) {
    REGISTERED.borrow().retain(|&other| other != oid);
}

/// Hands a value out to a request, and takes a new one of `size` bytes at most in.
fn hand_over(value: usize, length: usize, size: usize, request: usize) -> i32 {
    let used: usize = mem::read(request + OLD_USED);
    if used + length > mem::read::<usize>(request + OLD_LENGTH) {
        return ENOMEM;
    }
    mem::copy(value, mem::read::<usize>(request + OLD) + used, length);
    mem::write(request + OLD_USED, used + length);
    let new: usize = mem::read(request + NEW);
    let given: usize = mem::read(request + NEW_LENGTH);
    if new != 0 {
        if given > size {
            return EINVAL;
        }
        mem::copy(new, value, given);
    }
    0
}

/// sysctl_handle_int: the number lies at the first argument; without one the second is the number, which cannot be changed.
extern "C" fn handle_int(_oid: usize, at: usize, constant: u32, request: usize) -> i32 {
    if at == 0 {
        let value = constant;
        let given: usize = mem::read(request + NEW);
        return if given == 0 { hand_over((&raw const value) as usize, 4, 0, request) } else { EINVAL };
    }
    hand_over(at, 4, 4, request)
}

extern "C" fn handle_long(_oid: usize, at: usize, _constant: u32, request: usize) -> i32 {
    if at == 0 { EINVAL } else { hand_over(at, 8, 8, request) }
}

/// sysctl_handle_string: the second argument is the room that the text has.
extern "C" fn handle_string(_oid: usize, at: usize, room: u32, request: usize) -> i32 {
    let length = mem::c_bytes(at).len() + 1;
    let given: usize = mem::read(request + NEW_LENGTH);
    if given >= room as usize && mem::read::<usize>(request + NEW) != 0 {
        return EINVAL;
    }
    let error = hand_over(at, length, room as usize, request);
    if error == 0 && mem::read::<usize>(request + NEW) != 0 {
        mem::write(at + given, 0u8);
    }
    error
}

extern "C" fn handle_opaque(_oid: usize, at: usize, size: u32, request: usize) -> i32 {
    hand_over(at, size as usize, size as usize, request)
}

functions! { pub FUNCTIONS:
    "_sysctl_register_oid" => register,
    "_sysctl_unregister_oid" => unregister,
    "_sysctl_handle_int" => handle_int,
    "_sysctl_handle_long" => handle_long,
    "_sysctl_handle_quad" => handle_long,
    "_sysctl_handle_string" => handle_string,
    "_sysctl_handle_opaque" => handle_opaque,
}
