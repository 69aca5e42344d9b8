//! OSBoolean: two objects that live for ever.

use crate::class;
use crate::functions;
use crate::mem;
use crate::object::Obj;
use crate::registry::Variable;
use crate::symbols;

/// `OSBoolean::value`.
const VALUE: usize = 12;

/// `kOSBooleanTrue`.
pub static TRUE: Variable = Variable { name: "_kOSBooleanTrue", size: 8, value: 0 };
/// `kOSBooleanFalse`.
pub static FALSE: Variable = Variable { name: "_kOSBooleanFalse", size: 8, value: 0 };

/// Makes the two objects.
pub fn boot() {
    for (variable, value) in [(TRUE.name, 1u8), (FALSE.name, 0)] {
        let object = class::instantiate("OSBoolean");
        object.set(VALUE, value);
        mem::write(symbols::variable(variable), object);
    }
}

/// The object of a value.
pub fn object(value: bool) -> Obj {
    mem::read(symbols::variable(if value { TRUE.name } else { FALSE.name }))
}

/// The value; false for anything that is no OSBoolean.
pub fn value(object: Obj) -> bool {
    object.is("OSBoolean") && object.get::<u8>(VALUE) != 0
}

extern "C" fn with_boolean(value: bool) -> Obj {
    object(value)
}

extern "C" fn is_true(this: Obj) -> bool {
    this.get::<u8>(VALUE) != 0
}

extern "C" fn is_false(this: Obj) -> bool {
    !is_true(this)
}

extern "C" fn equals_object(this: Obj, other: Obj) -> bool {
    this == other
}

extern "C" fn nothing(_this: Obj) {}

functions! { pub FUNCTIONS:
    "__ZN9OSBoolean11withBooleanEb" => with_boolean,
    "__ZN9OSBoolean4freeEv" => nothing,
    "__ZNK9OSBoolean12taggedRetainEPKv" => nothing,
    "__ZNK9OSBoolean13taggedReleaseEPKvi" => nothing,
    "__ZNK9OSBoolean6isTrueEv" => is_true,
    "__ZNK9OSBoolean7isFalseEv" => is_false,
    "__ZNK9OSBoolean8getValueEv" => is_true,
    "__ZNK9OSBoolean9isEqualToEPK15OSMetaClassBase" => equals_object,
    "__ZNK9OSBoolean9isEqualToEPKS_" => equals_object,
}
