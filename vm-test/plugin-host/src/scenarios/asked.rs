//! `fuzz`: every selector that is known, of every object, in every scope and in one that there is not, with as much room as it
//! needs and with less. Whatever is asked for is answered or refused soundly.

use hal_sys::AudioObjectID;
use hal_sys::code::scope::{
    kAudioObjectPropertyScopeGlobal, kAudioObjectPropertyScopeInput, kAudioObjectPropertyScopeOutput,
};
use hal_sys::code::selector::NEED_MORE;
use hal_sys::code::{Shown, selector};
use hal_sys::interface::AudioObjectPropertyAddress;

use super::check;
use crate::hal::{Driver, notices};

const SCOPES: [u32; 4] = [
    kAudioObjectPropertyScopeGlobal,
    kAudioObjectPropertyScopeInput,
    kAudioObjectPropertyScopeOutput,
    u32::from_be_bytes(*b"none"),
];
/// A selector and an object that no driver has.
pub(crate) const NOTHING: u32 = u32::from_be_bytes(*b"noth");
pub(crate) const NOBODY: AudioObjectID = 0x00FF_FFFE;
/// More than any value has, and what stands where nothing was written.
const ROOM: usize = 1 << 16;
const UNTOUCHED: u8 = 0xA5;

/// Asks all of it.
pub(super) fn everything(driver: Driver) {
    let objects = notices::objects(driver);
    let selectors = selector::ALL.iter().map(|(_, code)| *code).filter(|code| !NEED_MORE.contains(code));
    let selectors: Vec<u32> = selectors.chain([NOTHING]).collect();
    let (mut asked, mut answered, mut problems) = (0_u32, 0_u32, Vec::new());
    for object in objects.iter().copied().chain([NOBODY]) {
        for (&selector, scope) in selectors.iter().flat_map(|selector| SCOPES.map(|scope| (selector, scope))) {
            let address = AudioObjectPropertyAddress { mSelector: selector, mScope: scope, mElement: 0 };
            asked += 1;
            match ask(driver, object, &address) {
                Ok(has) => answered += u32::from(has),
                Err(what) => {
                    problems.push(format!("object {object}, {} in {}: {what}", Shown(selector), Shown(scope)));
                }
            }
        }
    }
    let count = objects.len();
    let first = problems.first().map(|problem| format!("; the first: {problem}")).unwrap_or_default();
    let text = format!(
        "{asked} properties of {count} objects and of one that is not there: {answered} there, {} unsound{first}",
        problems.len()
    );
    check("properties", problems.is_empty() && answered > 0, text);
}

/// Asks for one property; whether it is there. In words, what is unsound.
pub(crate) fn ask(driver: Driver, object: AudioObjectID, address: &AudioObjectPropertyAddress) -> Result<bool, String> {
    let has = driver.has(object, address);
    if has && (address.mSelector == NOTHING || object == NOBODY) {
        return Err("it says that it has what there is not".to_owned());
    }
    let size = driver.size(object, address, &[]);
    let mut room = vec![UNTOUCHED; ROOM];
    let got = driver.get(object, address, &[], &mut room);
    let (size, used) = match (has, size, got) {
        (true, Ok(size), Ok(used)) => (size, used),
        (false, Err(_), Err(_)) => return Ok(false),
        (has, size, got) => {
            let shown = |answer: Result<u32, u32>| match answer {
                Ok(bytes) => format!("{bytes} bytes"),
                Err(status) => Shown(status).to_string(),
            };
            return Err(format!("has: {has}, size: {}, value: {}", shown(size), shown(got)));
        }
    };
    if used != size {
        return Err(format!("its size is said to be {size} bytes, and its value has {used}"));
    }
    if room[size as usize..].iter().any(|byte| *byte != UNTOUCHED) {
        return Err(format!("it writes beyond the {size} bytes that it has"));
    }
    for less in [0, size.saturating_sub(1)].into_iter().filter(|less| *less < size) {
        let mut room = vec![UNTOUCHED; size as usize];
        let got = driver.get(object, address, &[], &mut room[..less as usize]);
        if room[less as usize..].iter().any(|byte| *byte != UNTOUCHED) {
            return Err(format!("with room for {less} bytes it writes more"));
        }
        if let Ok(used) = got
            && used > less
        {
            return Err(format!("with room for {less} bytes it says that it used {used}"));
        }
    }
    Ok(true)
}
