//! CFBundle: the only one is the driver's.

use std::cell::RefCell;

use super::{Kind, Object, Reference, object_of, of_plist, take, text_of};
use crate::libraries::symbols;

/// The driver's bundle.
struct Bundle {
    reference: Reference,
    info: Reference,
    identifier: String,
    /// Its path, without an end slash.
    path: String,
}

thread_local! {
    static BUNDLE: RefCell<Option<Bundle>> = const { RefCell::new(None) };
}

/// Makes the driver's bundle known.
pub(crate) fn open(path: &str, identifier: &str, info: &plist::Value) {
    let bundle = Bundle {
        reference: take(Object::Bundle),
        info: of_plist(info),
        identifier: identifier.to_owned(),
        path: path.trim_end_matches('/').to_owned(),
    };
    BUNDLE.with_borrow_mut(|place| *place = Some(bundle));
}

fn with<R>(look: impl FnOnce(&Bundle) -> R) -> Option<R> {
    BUNDLE.with_borrow(|bundle| bundle.as_ref().map(look))
}

extern "C" fn type_id() -> usize {
    Kind::Bundle as usize
}

extern "C" fn with_identifier(identifier: Reference) -> Reference {
    let Some(identifier) = text_of(identifier) else { return 0 };
    with(|bundle| if bundle.identifier == identifier { bundle.reference } else { 0 }).unwrap_or(0)
}

extern "C" fn info(bundle: Reference) -> Reference {
    if object_of(bundle) == Some(Object::Bundle) { with(|bundle| bundle.info).unwrap_or(0) } else { 0 }
}

extern "C" fn info_value(bundle: Reference, key: Reference) -> Reference {
    let (Some(Object::Dictionary(entries)), Some(key)) = (object_of(info(bundle)), text_of(key)) else { return 0 };
    entries.into_iter().find(|(other, _)| text_of(*other).as_ref() == Some(&key)).map_or(0, |(_, value)| value)
}

/// A resource's URL, whether it is there or not: nobody reads it here.
extern "C" fn resource_url(bundle: Reference, name: Reference, kind: Reference, folder: Reference) -> Reference {
    let (Some(Object::Bundle), Some(name)) = (object_of(bundle), text_of(name)) else { return 0 };
    let kind = text_of(kind).map_or(String::new(), |kind| format!(".{kind}"));
    let folder = text_of(folder).map_or(String::new(), |folder| format!("{folder}/"));
    let url = with(|bundle| format!("file://{}/Contents/Resources/{folder}{name}{kind}", bundle.path));
    url.map_or(0, |url| take(Object::Url(url)))
}

extern "C" fn bundle_url(bundle: Reference) -> Reference {
    if object_of(bundle) != Some(Object::Bundle) {
        return 0;
    }
    with(|bundle| take(Object::Url(format!("file://{}/", bundle.path)))).unwrap_or(0)
}

extern "C" fn get_identifier(bundle: Reference) -> Reference {
    let key = super::new_string("CFBundleIdentifier");
    let value = info_value(bundle, key);
    super::release(key);
    value
}

extern "C" fn url_type() -> usize {
    Kind::Url as usize
}

extern "C" fn url_string(url: Reference) -> Reference {
    // On a Mac it stays as long as the URL; here, for good.
    if let Some(Object::Url(text)) = object_of(url) { super::new_string(&text) } else { 0 }
}

symbols! {
    "_CFBundleGetTypeID" => type_id,
    "_CFBundleGetBundleWithIdentifier" => with_identifier,
    "_CFBundleGetInfoDictionary" => info,
    "_CFBundleGetIdentifier" => get_identifier,
    "_CFBundleGetValueForInfoDictionaryKey" => info_value,
    "_CFBundleCopyResourceURL" => resource_url,
    "_CFBundleCopyBundleURL" => bundle_url,
    "_CFURLGetTypeID" => url_type,
    "_CFURLGetString" => url_string,
}
