//! The embedded files, typed.
//!
//! Nothing is kept: each function reads its file and hands out what borrows from it.

mod class;
mod constant;
mod export;
mod family;
mod function;
mod import;
mod library;
mod record;
mod rows;
mod typedef;
mod user_client;

pub use class::{Class, Classes, OwnedSlot, Slot, classes, every_class, every_own_slot};
pub use constant::{Constant, Value, constants, every_constant};
pub use export::{Export, every_export, exports};
pub use family::{
    FamilyClass, FamilyMember, FamilyTag, TagSet, family_classes, family_headers, family_members, family_tags,
};
pub use function::{Function, FunctionKind, Variable, every_function, exported_data, functions, variables};
pub use import::{Import, imports};
pub use library::{Bundle, Edition, bundles, edition};
pub use record::{Field, Struct, fields, kernel_fields, struct_fields, structs};
pub use typedef::{Typedef, typedefs};
pub use user_client::{UserClientFact, user_clients};

/// How the headers of IOAudioFamily's classes begin.
pub(crate) const FAMILY_HEADERS: &str = "IOKit/audio/";
