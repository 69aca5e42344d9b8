//! IOCatalogue's role: the personalities of the kexts that are loaded.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use protocol::value::Value;

use crate::functions;
use crate::global::Global;
use crate::iokit::{config, matching, properties, registry, state, terminate};
use crate::libkern::{dictionary, string, value};
use crate::object::Obj;

/// Properties of a personality that the kernel makes unique, so that they compare by address.
const UNIQUE: [&str; 5] = ["CFBundleIdentifier", "IOClass", "IOMatchCategory", "IOProviderClass", "IOUserClientClass"];

/// One personality.
#[derive(Clone, Debug)]
pub struct Personality {
    /// Its name in the bundle's property list.
    pub name: String,
    /// The dictionary (OSDictionary), which the catalogue holds.
    pub table: Obj,
    bundle: String,
}

struct Catalogue {
    personalities: Vec<Personality>,
    generation: u32,
}

static CATALOGUE: Global<Catalogue> = Global::new(Catalogue { personalities: Vec::new(), generation: 0 });

/// Adds a kext's personalities, by name, and lets published services match again.
pub fn add(bundle: &str, personalities: &[(String, Value)]) {
    let tables: Vec<Obj> = personalities.iter().map(|(_, personality)| make_table(bundle, personality)).collect();
    {
        let mut catalogue = CATALOGUE.borrow();
        for ((name, _), &table) in personalities.iter().zip(&tables) {
            let (name, bundle) = (name.clone(), bundle.to_string());
            catalogue.personalities.push(Personality { name, table, bundle });
        }
        catalogue.generation += 1;
    }
    let nubs = matching::services(|nub| {
        state::public(nub) & state::REGISTERED != 0 && tables.iter().any(|&table| matching::passive(nub, table, false))
    });
    registry::for_each(nubs, |nub| config::start_matching(nub, config::ASYNCHRONOUS));
}

fn make_table(bundle: &str, personality: &Value) -> Obj {
    let table = value::to_object(personality);
    if dictionary::get(table, "CFBundleIdentifier").is_null() {
        dictionary::put(table, "CFBundleIdentifier", string::symbol(bundle));
    }
    for key in UNIQUE {
        let text = dictionary::get(table, key);
        if text.is("OSString") {
            dictionary::put(table, key, string::symbol(&string::text(text)));
        }
    }
    table
}

/// Takes a kext's personalities out.
pub fn remove(bundle: &str) {
    let removed: Vec<Personality> = {
        let mut catalogue = CATALOGUE.borrow();
        catalogue.generation += 1;
        catalogue.personalities.extract_if(.., |personality| personality.bundle == bundle).collect()
    };
    for personality in removed {
        personality.table.release();
    }
}

/// Terminates the services that were matched by a kext's personalities, each with all its clients, and waits for it
/// (kextunload's first step). False when one of them refuses.
pub fn terminate(bundle: &str) -> bool {
    loop {
        let services = matching::services(|service| {
            !state::is_inactive(service)
                && properties::get_text(service, "CFBundleIdentifier").as_deref() == Some(bundle)
        });
        let Some(&service) = services.first() else { return true };
        service.retain();
        let gone =
            terminate::terminate(service, terminate::REQUIRED | terminate::SYNCHRONOUS) && state::is_inactive(service);
        service.release();
        if !gone {
            return false;
        }
    }
}

/// The personalities for a service's class, best score first, and the catalogue's generation. The tables are retained.
pub fn find(service: Obj) -> (Vec<Personality>, u32) {
    let (mut found, generation) = {
        let catalogue = CATALOGUE.borrow();
        (catalogue.personalities.clone(), catalogue.generation)
    };
    found.retain(|personality| {
        let class = dictionary::get(personality.table, "IOProviderClass");
        !class.is_null() && service.is(&string::text(class))
    });
    found.sort_by_key(|personality| {
        core::cmp::Reverse(matching::score(dictionary::get(personality.table, "IOProbeScore")))
    });
    for personality in &found {
        personality.table.retain();
    }
    (found, generation)
}

/// Changes whenever personalities come or go.
pub fn generation() -> u32 {
    CATALOGUE.borrow().generation
}

extern "C" fn generation_c(_this: Obj) -> u32 {
    generation()
}

functions! { pub FUNCTIONS:
    "__ZNK11IOCatalogue18getGenerationCountEv" => generation_c,
}
