//! Publishing a service and starting what matches it (`registerService`).
//!
//! ```text
//!  registerService ─► thread IOConfigThread ─► for each personality: passive match, alloc, init, attach, probe, detach
//!                                              for each category: attach, start the best until one starts
//! ```

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::event::Event;

use crate::class;
use crate::fault;
use crate::functions;
use crate::iokit::catalogue::{self, Personality};
use crate::iokit::{
    arbitration, busy, matching, names, notify, plane, properties, registry, service, state, terminate,
};
use crate::libkern::{dictionary, log, number, string};
use crate::object::{Method, Obj};
use crate::sched::{self, Priority};

/// `kIOServiceSynchronous`.
const SYNCHRONOUS: u32 = 2;
/// `kIOServiceAsynchronous`.
pub const ASYNCHRONOUS: u32 = 8;

static REGISTER: Method = Method::new("IOService", "__ZN9IOService15registerServiceEj");
static INIT: Method = Method::new("IORegistryEntry", "__ZN15IORegistryEntry4initEP12OSDictionary");
static RETAIN_COUNT: Method = Method::new("OSMetaClassBase", "__ZNK15OSMetaClassBase14getRetainCountEv");

/// `registerService`.
pub fn register(service: Obj) {
    REGISTER.call(service, &[0]);
}

extern "C" fn register_default(this: Obj, options: u32) {
    let mut top = this;
    while let Some(&parent) = registry::parents(top, plane::service()).first() {
        top = parent;
    }
    if top == registry::root() {
        start_matching(this, options);
    } else {
        log::line(&alloc::format!("{}: not registry member at registerService()", names::text(this)));
    }
}

/// Has a service matched, on a thread of its own or, if it is synchronous, on this one.
pub extern "C" fn start_matching(this: Obj, options: u32) {
    let (sync, needs_config, before) = arbitration::with(this, || {
        let provider = service::provider(this);
        let inherited = !provider.is_null() && state::is(provider, state::SYNCHRONOUS);
        let sync = options & ASYNCHRONOUS == 0 && (options & SYNCHRONOUS != 0 || inherited);
        let idle = !state::is(this, state::NEED_CONFIG) && !state::is(this, state::CONFIG);
        let needs_config = idle && !state::is_inactive(this);
        let bits = if sync { (state::SYNCHRONOUS, 0) } else { (0, state::SYNCHRONOUS) };
        state::change(this, state::NEED_CONFIG | bits.0, bits.1);
        let before = busy::count(this);
        if needs_config {
            busy::adjust_locked(this, 1);
        }
        (sync, needs_config, before)
    });
    if !needs_config {
        return;
    }
    if sync {
        do_match(this);
        busy::wait_while(this, None, || busy::count(this) > before && !state::is_inactive(this));
        return;
    }
    this.retain();
    let job = move || {
        do_match(this);
        this.release();
    };
    sched::spawn("IOConfigThread", Priority::Normal, Box::new(job));
}

/// `doServiceMatch`: until neither the service nor the catalogue has changed meanwhile.
fn do_match(this: Obj) {
    let mut is_told = false;
    loop {
        let (personalities, generation) = catalogue::find(this);
        let (alive, is_first) = arbitration::with(this, || {
            let is_first = state::public(this) & state::FIRST_PUBLISH == 0;
            state::change(this, state::CONFIG, state::NEED_CONFIG);
            state::change_public(this, state::REGISTERED | state::FIRST_PUBLISH, 0);
            (!state::is_inactive(this), is_first)
        });
        if alive && is_first {
            notify::deliver("_gIOFirstPublishNotification", this);
        }
        if alive && !core::mem::replace(&mut is_told, true) {
            notify::deliver("_gIOPublishNotification", this);
        }
        let tables: Vec<Obj> = personalities.iter().map(|personality| personality.table).collect();
        if alive {
            probe_candidates(this, personalities);
        }
        tables.into_iter().for_each(Obj::release);
        arbitration::lock(this, true);
        let again = state::is(this, state::NEED_CONFIG) || catalogue::generation() != generation;
        if !again || state::is_inactive(this) {
            break;
        }
        arbitration::unlock(this);
    }
    if !state::is_inactive(this) {
        let is_first = state::public(this) & state::FIRST_MATCH == 0;
        state::change_public(this, state::MATCHED | state::FIRST_MATCH, 0);
        notify::deliver("_gIOMatchedNotification", this);
        if is_first {
            notify::deliver("_gIOFirstMatchNotification", this);
        }
    }
    state::change(this, 0, state::CONFIG);
    terminate::schedule_phase_2(this, 0);
    busy::adjust_locked(this, -1);
    arbitration::unlock(this);
}

/// An instance that wants to start.
struct Candidate {
    instance: Obj,
    category: Obj,
    score: i32,
    personality: String,
}

/// Probes what matches, then starts the best of each category, or the next best if that one refuses.
fn probe_candidates(nub: Obj, personalities: Vec<Personality>) {
    let mut tables = Vec::new();
    for Personality { name, table, .. } in personalities {
        let category = category_of(table);
        let taken = service::copy_client_with_category(nub, category);
        if !taken.is_null() {
            taken.release();
            continue;
        }
        // A copy, for matching changes it and the instance takes it as its own properties.
        let own = dictionary::copy(table);
        if matching::passive(nub, own, true) {
            tables.push((own, name));
        } else {
            own.release();
        }
    }
    tables.sort_by_key(|(table, _)| core::cmp::Reverse(matching::score(dictionary::get(*table, "IOProbeScore"))));
    let mut candidates = Vec::new();
    for (table, name) in tables {
        candidates.extend(probe(nub, table, name));
        table.release();
    }
    let mut categories: Vec<Obj> = Vec::new();
    for candidate in &candidates {
        if !categories.contains(&candidate.category) {
            categories.push(candidate.category);
        }
    }
    for category in categories {
        let mut rivals: Vec<&Candidate> = candidates.iter().filter(|rival| rival.category == category).collect();
        rivals.sort_by_key(|rival| core::cmp::Reverse(rival.score));
        rivals.into_iter().any(|rival| start_candidate(nub, rival));
    }
    for candidate in candidates {
        candidate.instance.release();
    }
}

/// The category of a table, an OSSymbol that the table or the kernel holds.
fn category_of(table: Obj) -> Obj {
    let category = dictionary::get(table, "IOMatchCategory");
    if category.is("OSSymbol") { category } else { super::keys::symbol("_gIODefaultMatchCategoryKey") }
}

/// Makes an instance for a table and asks whether it wants the nub. A refusal is logged as a kernel with `io=` flags does.
fn probe(nub: Obj, table: Obj, personality: String) -> Option<Candidate> {
    let class = string::text(dictionary::get(table, "IOClass"));
    let instance = class::allocate(&class);
    if instance.is_null() {
        log::line(&alloc::format!("Couldn't alloc class \"{class}\""));
        return None;
    }
    let found = if !instance.is("IOService") || !INIT.call_bool(instance, &[table.word()]) {
        log::line(&alloc::format!("{class}::init fails"));
        None
    } else {
        let found = probe_instance(nub, instance, table, personality);
        if found.is_none() {
            log::line(&alloc::format!("{class}::probe fails"));
        }
        found
    };
    instance.release();
    found
}

fn probe_instance(nub: Obj, instance: Obj, table: Obj, personality: String) -> Option<Candidate> {
    if state::is(nub, state::SYNCHRONOUS) {
        state::change(instance, state::SYNCHRONOUS, 0);
    }
    let category = category_of(table);
    properties::set(instance, "IOMatchCategory", category);
    if !service::attach(instance, nub) {
        return None;
    }
    let (found, score) = service::probe(instance, nub, matching::score(dictionary::get(table, "IOProbeScore")));
    service::detach(instance, nub);
    let found = found.some()?.retain();
    properties::put(found, "IOProbeScore", number::new(u64::from(score as u32), 32));
    Some(Candidate { instance: found, category, score, personality })
}

/// Attaches and starts an instance; detaches it when it refuses.
fn start_candidate(nub: Obj, candidate: &Candidate) -> bool {
    let instance = candidate.instance;
    if !service::attach(instance, nub) {
        return false;
    }
    let started = service::start(instance, nub);
    if started {
        let (class, personality) = (instance.class_name(), candidate.personality.clone());
        fault::emit(&Event::Matched { class, personality });
    } else {
        let (name, nub_name) = (names::text(instance), names::text(nub));
        let references = RETAIN_COUNT.call_u32(instance, &[]);
        log::line(&alloc::format!("{name}::start({nub_name}) <{references}> failed"));
        service::detach(instance, nub);
    }
    started
}

functions! { pub FUNCTIONS:
    "__ZN9IOService15registerServiceEj" => register_default,
    "__ZN9IOService13startMatchingEj" => start_matching,
}
