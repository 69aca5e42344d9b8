//! Paths of registry entries: "IOService:/IOResources/Device@1f".

use alloc::string::String;
use alloc::vec::Vec;

use crate::functions;
use crate::iokit::{names, plane, registry};
use crate::mem;
use crate::object::{Method, Obj};

static NAME: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry7getNameEPK15IORegistryPlane");
static LOCATION: Method = Method::new("IORegistryEntry", "__ZNK15IORegistryEntry11getLocationEPK15IORegistryPlane");

/// Name and location of an entry: "Device@1f".
pub fn component(entry: Obj, in_plane: Obj) -> String {
    let mut text = mem::c_string(NAME.call(entry, &[in_plane.word()]) as usize);
    let location = mem::c_string(LOCATION.call(entry, &[in_plane.word()]) as usize);
    if !location.is_empty() {
        text.push('@');
        text.push_str(&location);
    }
    text
}

/// The path of an entry in a plane; `None` when it is not in it.
pub fn of(entry: Obj, in_plane: Obj) -> Option<String> {
    let mut way = Vec::new();
    let mut at = entry;
    while let Some(&parent) = registry::parents(at, in_plane).first() {
        way.push(component(at, in_plane));
        at = parent;
    }
    if at != registry::root() {
        return None;
    }
    way.reverse();
    Some(alloc::format!("{}:/{}", plane::name(in_plane)?, way.join("/")))
}

/// The entry at a path, from the root or from `from`, and the rest of the path that leads to no entry (it begins with a
/// colon, or is empty). Not retained.
pub fn find(path: &str, in_plane: Obj, from: Obj) -> Option<(Obj, String)> {
    let (mut in_plane, mut rest) = (in_plane, path);
    if let Some((name, after)) = path.split_once(':')
        && let Some(named) = plane::find(name)
    {
        (in_plane, rest) = (named, after);
    }
    if in_plane.is_null() {
        return None;
    }
    let mut at = if from.is_null() { registry::root() } else { from };
    rest = rest.strip_prefix('/').unwrap_or(rest);
    while !rest.is_empty() && !rest.starts_with(':') {
        let end = rest.find(['/', ':']).unwrap_or(rest.len());
        at = child(at, &rest[..end], in_plane)?;
        rest = &rest[end..];
        rest = rest.strip_prefix('/').unwrap_or(rest);
    }
    Some((at, rest.into()))
}

/// The child with a name and, if the component has one, a location.
fn child(of: Obj, component: &str, in_plane: Obj) -> Option<Obj> {
    let (name, location) = component.split_once('@').map_or((component, None), |(name, at)| (name, Some(at)));
    let is_it = |&child: &Obj| {
        let own = mem::c_string(NAME.call(child, &[in_plane.word()]) as usize);
        let place = mem::c_string(LOCATION.call(child, &[in_plane.word()]) as usize);
        own == name && location.is_none_or(|location| same_location(&place, location))
    };
    registry::children(of, in_plane).into_iter().find(is_it)
}

/// Whether two locations, lists of hexadecimal numbers, are the same.
fn same_location(one: &str, other: &str) -> bool {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split(',').map(|number| u64::from_str_radix(number, 16).ok()).collect()
    };
    one == other || numbers(one).is_some_and(|one| Some(one) == numbers(other))
}

/// Hands a text out, if it fits; the length goes in as the room there is.
fn hand_out(text: &str, to: usize, length: usize) -> bool {
    let room = mem::read::<u32>(length) as usize;
    let fits = text.len() < room;
    if fits {
        mem::put(to, text.as_bytes());
        mem::write(to + text.len(), 0u8);
        mem::write(length, text.len() as u32);
    }
    fits
}

extern "C" fn get(this: Obj, to: usize, length: usize, in_plane: Obj) -> bool {
    to != 0 && length != 0 && of(this, in_plane).is_some_and(|path| hand_out(&path, to, length))
}

extern "C" fn get_component(this: Obj, to: usize, length: usize, in_plane: Obj) -> bool {
    hand_out(&component(this, in_plane), to, length)
}

/// fromPath: retained; a rest of the path is handed out where there is room for it, else there must be none.
extern "C" fn from_path(path: usize, in_plane: Obj, to: usize, length: usize, from: Obj) -> Obj {
    let Some((entry, rest)) = (path != 0).then(|| find(&mem::c_string(path), in_plane, from)).flatten() else {
        return Obj::NULL;
    };
    let done = if to == 0 || length == 0 { rest.is_empty() } else { hand_out(&rest, to, length) };
    if done { entry.retain() } else { Obj::NULL }
}

extern "C" fn child_from_path(this: Obj, path: usize, in_plane: Obj, to: usize, length: usize) -> Obj {
    from_path(path, in_plane, to, length, this)
}

extern "C" fn match_location(this: Obj, location: usize, _plane: Obj) -> bool {
    names::location_text(this).is_some_and(|own| same_location(&own, &mem::c_string(location)))
}

functions! { pub FUNCTIONS:
    "__ZNK15IORegistryEntry7getPathEPcPiPK15IORegistryPlane" => get,
    "__ZNK15IORegistryEntry16getPathComponentEPcPiPK15IORegistryPlane" => get_component,
    "__ZN15IORegistryEntry8fromPathEPKcPK15IORegistryPlanePcPiPS_" => from_path,
    "__ZN15IORegistryEntry13childFromPathEPKcPK15IORegistryPlanePcPi" => child_from_path,
    "__ZN15IORegistryEntry17matchPathLocationEPKcPK15IORegistryPlane" => match_location,
}

#[cfg(test)]
mod tests {
    #[test]
    fn locations_are_numbers() {
        assert!(super::same_location("1F,0", "1f,00"));
        assert!(super::same_location("name", "name"));
        assert!(!super::same_location("1f", "1f,1"));
        assert!(!super::same_location("name", "other"));
    }
}
