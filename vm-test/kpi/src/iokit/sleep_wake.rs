//! What drivers hear of the system's sleep (registerSleepWakeInterest and its kin). The root of power management sends the
//! messages, and waits for those that ask for time.
//!
//! | | who has general interest | who has priority interest |
//! |---|---|---|
//! | sleep, before the drivers | system will sleep | then the same; from 10.7 on: capabilities will go |
//! | sleep, after the drivers | | from 10.7 on: capabilities are gone |
//! | wake, before the drivers | then system will power on | system will power on; from 10.7 on, last: capabilities will come |
//! | wake, after the drivers | last system has powered on | from 10.7 on: capabilities are there; system has powered on |
//!
//! Sources: tellClients and tellClientsWithResponse (iokit/Kernel/IOServicePM.cpp), where the root domain sends what
//! (IOPMrootDomain.cpp of 10.6; of 10.7 and later the trace points in IOPMPrivate.h say it). The system is put to sleep, it is not
//! idle: nobody is asked whether it can sleep. The number and the flags of the root's own power state are 0 in messages.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::class;
use crate::functions;
use crate::global::Global;
use crate::iokit::ioreturn::IOReturn;
use crate::iokit::{interest, keys, message, names, power_policy};
use crate::libkern::log;
use crate::mem;
use crate::object::{Method, Obj};
use crate::sched::{self, Wake};
use crate::symbols;

const NAME: &str = "IOPMrootDomain";
const GENERAL: &str = "_gIOGeneralInterest";
const PRIORITY: &str = "_gIOPriorityPowerStateInterest";
/// With nothing else, the wait event for the last acknowledgement; no address has this bit.
const ACKNOWLEDGED: u64 = 1 << 52;
/// Darwin of 10.7, the first release that tells of capabilities.
const CAPABILITIES: u32 = 11;

/// `kIOMessageSystemWillSleep`, `kIOMessageSystemHasPoweredOn`, `kIOMessageSystemWillPowerOn`.
const WILL_SLEEP: Message = Message::State(0xe000_0280);
const HAS_POWERED_ON: Message = Message::State(0xe000_0300);
const WILL_POWER_ON: Message = Message::State(0xe000_0320);
/// `kIOMessageSystemCapabilityChange`.
const CAPABILITY_CHANGE: u32 = 0xe000_0340;
/// `kIOPMSystemCapabilityWillChange`, `kIOPMSystemCapabilityDidChange`.
const WILL_CHANGE: u32 = 1;
const DID_CHANGE: u32 = 2;
/// `kIOPMSystemCapability…`: processor, graphics, audio and network.
const ALL: u32 = 1 | 2 | 4 | 8;

static ROOT: Global<Obj> = Global::new(Obj::NULL);
/// The last reference that was given out, and those whose acknowledgement is waited for.
static REFERENCES: Global<(u64, Vec<u64>)> = Global::new((0, Vec::new()));

static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");

/// What is told.
#[derive(Clone, Copy)]
enum Message {
    /// A message with an `IOPowerStateChangeNotification`.
    State(u32),
    /// One with an `IOPMSystemCapabilityChangeParameters`: the flag of the change, what there is before it and after it.
    Capabilities { change: u32, from: u32, to: u32 },
}

impl Message {
    /// Sends it; for how many microseconds the client wants to be waited for.
    fn send(self, client: Obj, reference: u64) -> u64 {
        let pair = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let (kind, mut words, size) = match self {
            Message::State(kind) => (kind, [reference, 0, 0, 0, 0], 32),
            Message::Capabilities { change, from, to } => {
                (CAPABILITY_CHANGE, [pair(reference as u32, 0), pair(change, 0), pair(from, to), 0, 0], 40)
            }
        };
        let at = (&raw mut words) as usize;
        if !message::to_client_sized(root_domain(), kind, client, at as u64, size).is_success() {
            return 0;
        }
        match self {
            Message::State(_) => mem::read(at + 8),
            Message::Capabilities { .. } => mem::read::<u32>(at + 4).into(),
        }
    }
}

/// Makes the root of power management.
pub(super) fn boot() {
    let root = class::instantiate(NAME);
    INIT.call(root, &[0]);
    names::set(root, NAME);
    *ROOT.borrow() = root;
}

extern "C" fn root_domain() -> Obj {
    *ROOT.borrow()
}

/// The system is about to sleep. Here and below: who took longer than it had asked for.
pub(super) fn will_sleep() -> Vec<String> {
    let mut late = ask(GENERAL, &[WILL_SLEEP]);
    late.extend(ask(PRIORITY, &with_capabilities(&[WILL_SLEEP], WILL_CHANGE, ALL, 0)));
    late
}

/// The drivers sleep.
pub(super) fn sleeps() -> Vec<String> {
    ask(PRIORITY, &with_capabilities(&[], DID_CHANGE, ALL, 0))
}

/// The system wakes; the drivers do not know it yet.
pub(super) fn will_wake() -> Vec<String> {
    tell(WILL_POWER_ON);
    ask(PRIORITY, &with_capabilities(&[], WILL_CHANGE, 0, ALL))
}

/// The drivers are awake.
pub(super) fn is_awake() -> Vec<String> {
    let late = ask(PRIORITY, &with_capabilities(&[], DID_CHANGE, 0, ALL));
    tell(HAS_POWERED_ON);
    late
}

/// Messages, and that capabilities change where the release says so.
fn with_capabilities(messages: &[Message], change: u32, from: u32, to: u32) -> Vec<Message> {
    let mut messages = messages.to_vec();
    if symbols::darwin() >= CAPABILITIES {
        messages.push(Message::Capabilities { change, from, to });
    }
    messages
}

/// Tells all that are interested; nobody is waited for.
fn tell(message: Message) {
    for interest in [PRIORITY, GENERAL] {
        message::for_each_interested(root_domain(), keys::symbol(interest), |client| {
            message.send(client, 0);
        });
    }
}

/// Tells those with an interest, and waits until all that want time have acknowledged or the longest time is over.
fn ask(interest: &str, messages: &[Message]) -> Vec<String> {
    let mut longest = 0;
    for message in messages {
        message::for_each_interested(root_domain(), keys::symbol(interest), |client| {
            let reference = {
                // It may acknowledge before it returns.
                let (last, waiting) = &mut *REFERENCES.borrow();
                *last += 1;
                waiting.push(*last);
                *last
            };
            let microseconds = message.send(client, reference);
            longest = longest.max(microseconds);
            if microseconds == 0 {
                acknowledge(reference);
            }
        });
    }
    let deadline = sched::now().saturating_add(longest.saturating_mul(1000));
    while !REFERENCES.borrow().1.is_empty() {
        if sched::wait(ACKNOWLEDGED, "acknowledgeSleepWakeNotification", Some(deadline)) == Wake::Timeout {
            log::line("who is interested in sleep and wake did not acknowledge in time");
            return core::mem::take(&mut REFERENCES.borrow().1).iter().map(|_| NAME.to_string()).collect();
        }
    }
    Vec::new()
}

/// acknowledgeSleepWakeNotification; vetoSleepWakeNotification, for there is no veto where nobody was asked.
extern "C" fn acknowledge(reference: u64) -> IOReturn {
    let is_last = {
        let waiting = &mut REFERENCES.borrow().1;
        waiting.retain(|&other| other != reference);
        waiting.is_empty()
    };
    if is_last {
        sched::wake(ACKNOWLEDGED, true, 0);
    }
    IOReturn::SUCCESS
}

/// allowPowerChange, cancelPowerChange: of other services than the root nobody's answer is waited for.
extern "C" fn allow(this: Obj, reference: u64) -> IOReturn {
    if this == root_domain() { acknowledge(reference) } else { IOReturn(power_policy::result(this)) }
}

extern "C" fn register(handler: usize, target: u64, reference: u64) -> Obj {
    interest::register(root_domain(), keys::symbol(GENERAL), handler, target, reference)
}

extern "C" fn register_priority(handler: usize, target: u64, reference: u64) -> Obj {
    interest::register(root_domain(), keys::symbol(PRIORITY), handler, target, reference)
}

functions! { pub FUNCTIONS:
    "_registerSleepWakeInterest" => register,
    "_registerPrioritySleepWakeInterest" => register_priority,
    "_acknowledgeSleepWakeNotification" => acknowledge,
    "_vetoSleepWakeNotification" => acknowledge,
    "__ZN9IOService15getPMRootDomainEv" => root_domain,
    "__ZN9IOService16allowPowerChangeEm" => allow,
    "__ZN9IOService17cancelPowerChangeEm" => allow,
}
