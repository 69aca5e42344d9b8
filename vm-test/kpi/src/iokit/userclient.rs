//! IOUserClient.

use crate::object::Obj;

/// destroyUserReferences: user space loses what it holds of a terminated object.
pub fn drop_references(_object: Obj) {}
