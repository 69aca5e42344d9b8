//! Boot arguments (PE_parse_boot_argn), and which machine this is (PEGetModelName).

use alloc::string::{String, ToString};

use crate::functions;
use crate::global::Global;
use crate::mach::Boolean;
use crate::mem;

static ARGUMENTS: Global<String> = Global::new(String::new());

/// Sets the kernel's boot arguments.
pub fn set(arguments: &str) {
    *ARGUMENTS.borrow() = arguments.to_string();
}

/// A flag (`-name`) gives the number 1; `name=number` the number, `name=text` the text; sizes as the caller says.
extern "C" fn parse(name: usize, to: usize, size: u32) -> Boolean {
    let (name, arguments) = (mem::c_string(name), ARGUMENTS.borrow().clone());
    for argument in arguments.split_ascii_whitespace() {
        let (key, value) = argument.split_once('=').unwrap_or((argument, "1"));
        if key != name {
            continue;
        }
        let number = match value.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => value.parse::<u64>().ok(),
        };
        if let Some(number) = number {
            mem::put(to, &number.to_le_bytes()[..(size as usize).min(8)]);
        } else {
            let count = value.len().min((size as usize).saturating_sub(1));
            mem::put(to, &value.as_bytes()[..count]);
            mem::write(to + count, 0u8);
        }
        return true.into();
    }
    false.into()
}

/// The model that the bench is: none of a Mac's, so that a driver which looks it up in a list of its own finds nothing.
const MODEL: &str = "Bench1,1";

/// PEGetModelName: as much of it as there is room for, with a final zero.
extern "C" fn model_name(to: usize, room: i32) -> Boolean {
    let Some(room) = usize::try_from(room).ok().and_then(|room| room.checked_sub(1)) else { return false.into() };
    let count = MODEL.len().min(room);
    mem::put(to, &MODEL.as_bytes()[..count]);
    mem::write(to + count, 0u8);
    true.into()
}

functions! { pub FUNCTIONS:
    "_PEGetModelName" => model_name,
    "_PE_parse_boot_argn" => parse,
}
