//! Which functions of the kernel may fail, and what they return then: by what their headers declare.

use abi::Release;
use abi::tables::{FunctionKind, functions};

/// kIOReturnNoMemory.
const NO_MEMORY: u64 = 0xe000_02bd;
/// KERN_RESOURCE_SHORTAGE.
const RESOURCE_SHORTAGE: u64 = 6;

/// The functions of a release that may fail, by Mach-O name, and what each returns then.
///
/// A function that returns an IOReturn or a kern_return_t may fail unless it takes something back; one that returns a truth
/// may if it does something, and does not only answer; one that returns an object may if it makes or looks for one.
pub fn fallible(release: Release) -> Vec<(String, u64)> {
    let declared = functions(release).filter_map(|function| {
        let (returned, name) = head(function.signature)?;
        let is_member = matches!(function.kind, FunctionKind::Method | FunctionKind::Static | FunctionKind::Virtual);
        let answer = match returned {
            "IOReturn" if !takes_back(name) => NO_MEMORY,
            "kern_return_t" if !takes_back(name) => RESOURCE_SHORTAGE,
            "bool" if is_member && acts(name) => 0,
            _ if is_object(function.canonical_return().unwrap_or(returned)) && gives(name, function.signature) => 0,
            _ => return None,
        };
        Some((function.symbol.to_owned(), answer))
    });
    let operators = ["__ZN8OSObjectnwEm", "__Znwm", "__Znam"].map(|name| (name.to_owned(), 0));
    let mut all: Vec<(String, u64)> = declared.chain(operators).collect();
    all.sort();
    all.dedup_by(|one, other| one.0 == other.0);
    all
}

/// Return type and last name of a signature: "static OSArray * OSArray::withCapacity(unsigned int)" is ("OSArray *",
/// "withCapacity").
fn head(signature: &str) -> Option<(&str, &str)> {
    let (head, _) = signature.split_once('(')?;
    let head = head.strip_prefix("static ").unwrap_or(head);
    let (returned, qualified) = head.rsplit_once(' ')?;
    let name = qualified.rsplit_once("::").map_or(qualified, |(_, name)| name);
    Some((returned, name))
}

/// Functions that undo or answer, after whose error nothing could be put right.
fn takes_back(name: &str) -> bool {
    const WORDS: [&str; 16] = [
        "acknowledge",
        "cancel",
        "close",
        "commandSleep",
        "complete",
        "detach",
        "deRegister",
        "disable",
        "release",
        "remove",
        "semaphore_",
        "stop",
        "terminate",
        "thread_wakeup",
        "unmap",
        "unregister",
    ];
    WORDS.iter().any(|word| name.starts_with(word))
}

/// Members that do something and say whether they could.
fn acts(name: &str) -> bool {
    const WORDS: [&str; 12] = [
        "addBytes",
        "append",
        "attach",
        "configure",
        "ensure",
        "init",
        "merge",
        "open",
        "reserve",
        "serialize",
        "set",
        "start",
    ];
    WORDS.iter().any(|word| name.starts_with(word))
}

fn is_object(returned: &str) -> bool {
    returned.ends_with('*') || returned.ends_with("_t")
}

/// Functions that make an object, give out memory, or look for something by a key that may not be there.
fn gives(name: &str, signature: &str) -> bool {
    makes(name) || (is_lookup(name) && ["OSSymbol", "OSString", "char *"].iter().any(|key| signature.contains(key)))
}

fn makes(name: &str) -> bool {
    const STARTS: [&str; 12] = [
        "add",
        "alloc",
        "commandGate",
        "copy",
        "create",
        "dictionaryWith",
        "inTask",
        "make",
        "map",
        "register",
        "with",
        "workLoop",
    ];
    const ENDS: [&str; 5] = ["EventSource", "Iterator", "Matching", "alloc_init", "Mapping"];
    STARTS.iter().any(|word| name.starts_with(word))
        || ENDS.iter().any(|word| name.ends_with(word))
        || name.contains("lloc")
}

fn is_lookup(name: &str) -> bool {
    name == "getProperty" || name == "getObject"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_of_signatures_are_read() {
        assert_eq!(head("static OSArray * OSArray::withCapacity(unsigned int)"), Some(("OSArray *", "withCapacity")));
        assert_eq!(head("IOLock * IOLockAlloc()"), Some(("IOLock *", "IOLockAlloc")));
        assert_eq!(head("OSArray::OSArray()"), None);
    }

    #[test]
    fn what_may_fail_is_told_from_what_only_answers() {
        for release in Release::claimed() {
            let all = fallible(*release);
            let answer = |name: &str| all.iter().find(|(known, _)| known == name).map(|(_, answer)| *answer);
            for (name, expected) in [
                ("_IOMalloc", Some(0)),
                ("_IOLockAlloc", Some(0)),
                ("_lck_mtx_alloc_init", Some(0)),
                ("_thread_call_allocate", Some(0)),
                ("_kernel_thread_start", Some(RESOURCE_SHORTAGE)),
                ("__ZN8OSObjectnwEm", Some(0)),
                ("__ZN7OSArray12withCapacityEj", Some(0)),
                ("__ZN18IOTimerEventSource16timerEventSourceEP8OSObjectPFvS1_PS_E", Some(0)),
                ("__ZN9IOService5startEPS_", Some(0)),
                ("__ZNK15IORegistryEntry11getPropertyEPKc", Some(0)),
                ("__ZN10IOWorkLoop14addEventSourceEP13IOEventSource", Some(NO_MEMORY)),
                ("__ZN13IOAudioEngine14addAudioStreamEP13IOAudioStream", Some(NO_MEMORY)),
                ("__ZN10IOWorkLoop17removeEventSourceEP13IOEventSource", None),
                ("__ZNK9IOService10isInactiveEv", None),
                ("__ZNK9IOService11getProviderEv", None),
                ("_IOFree", None),
                ("_snprintf", None),
            ] {
                assert_eq!(answer(name), expected, "{name} on {}", release.name());
            }
        }
    }
}
