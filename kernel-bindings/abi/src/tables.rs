//! The embedded files, typed.
//!
//! Nothing is kept: each function reads its file and hands out what borrows from it.

mod class;
mod constant;
mod export;
mod function;
mod library;
mod record;
mod rows;
mod typedef;

pub use class::{Class, Classes, Slot, classes};
pub use constant::{Constant, Value, constants};
pub use export::{Export, exports};
pub use function::{Function, FunctionKind, Variable, functions, variables};
pub use library::{Bundle, Edition, bundles, edition};
pub use record::{Field, Struct, fields, kernel_fields, struct_fields, structs};
pub use typedef::{Typedef, typedefs};

/// How the headers of IOAudioFamily's classes begin.
pub(crate) const FAMILY_HEADERS: &str = "IOKit/audio/";
