//! Properties by type. What a driver says of a value's size must be so, or it is told.

use hal_sys::AudioObjectID;
use hal_sys::code::Shown;
use hal_sys::code::scope::kAudioObjectPropertyScopeGlobal;
use hal_sys::interface::AudioObjectPropertyAddress;

use super::driver::Driver;
use crate::cf::{self, Reference};
use crate::world;

/// A property of the main element.
pub(crate) fn address(selector: u32, scope: u32) -> AudioObjectPropertyAddress {
    AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: 0 }
}

/// The global one.
pub(crate) fn global(selector: u32) -> AudioObjectPropertyAddress {
    address(selector, kAudioObjectPropertyScopeGlobal)
}

impl Driver {
    /// The value of a property; in words, why there is none.
    pub(crate) fn value(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u8>, String> {
        /// More than any property has.
        const MOST: u32 = 1 << 20;
        /// Bytes behind the room.
        const GUARD: usize = 64;
        let name = Shown(address.mSelector);
        let refused =
            |what: &str, status| Err(format!("object {object} refuses the {what} of {name}: {}", Shown(status)));
        if !self.has(object, address) {
            return Err(format!("object {object} has no property {name} in scope {}", Shown(address.mScope)));
        }
        let size = match self.size(object, address, &[]) {
            Ok(size) if size > MOST => return Err(format!("object {object} says that {name} has {size} bytes")),
            Ok(size) => size,
            Err(status) => return refused("size", status),
        };
        // A pattern behind the room, that what is written beyond it is seen.
        let mut room = vec![0xA5_u8; size as usize + GUARD];
        let used = match self.get(object, address, &[], &mut room[..size as usize]) {
            Ok(used) => used,
            Err(status) => return refused("value", status),
        };
        if room[size as usize..].iter().any(|byte| *byte != 0xA5) {
            world::finding(format!("object {object} writes {name} beyond the {size} bytes that it asked for"));
        }
        if used > size {
            return Err(format!("object {object} says that {name} has {size} bytes, and then that it has {used}"));
        }
        room.truncate(used as usize);
        Ok(room)
    }

    /// A value of a fixed number of bytes.
    fn fixed<const N: usize>(
        self,
        object: AudioObjectID,
        address: &AudioObjectPropertyAddress,
    ) -> Result<[u8; N], String> {
        let value = self.value(object, address)?;
        value.as_slice().try_into().map_err(|_| {
            format!("object {object}: {} has {} bytes, {N} are right", Shown(address.mSelector), value.len())
        })
    }

    pub(crate) fn u32(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<u32, String> {
        self.fixed(object, address).map(u32::from_ne_bytes)
    }

    pub(crate) fn f64(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<f64, String> {
        self.fixed(object, address).map(f64::from_ne_bytes)
    }

    /// IDs, or whatever else is a list of u32.
    pub(crate) fn list(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<Vec<u32>, String> {
        let value = self.value(object, address)?;
        let (words, rest) = value.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(format!(
                "object {object}: {} has {} bytes, which are no whole IDs",
                Shown(address.mSelector),
                value.len()
            ));
        }
        Ok(words.iter().map(|word| u32::from_ne_bytes(*word)).collect())
    }

    /// A string, which is given back.
    pub(crate) fn text(self, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<String, String> {
        let reference = Reference::from_ne_bytes(self.fixed(object, address)?);
        let text = cf::text_of(reference);
        cf::release_unless_none(reference);
        text.ok_or_else(|| format!("object {object}: {} is no string", Shown(address.mSelector)))
    }
}
