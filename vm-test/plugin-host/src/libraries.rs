//! The libraries that drivers import: a registry of symbols. What is in it is implemented; what is not has a place in
//! memory that nobody can touch, see [`crate::loader`].

mod accelerate;
mod cxx;
mod dispatch;
mod format;
mod locks;
mod math;
mod os_log;
mod ports;
mod runtime;
mod std_string;
mod strings;
mod system;
mod threads;
mod variadic;

use crate::cf;

/// For functions of CoreFoundation that take any number of arguments.
pub(crate) mod variadic_support {
    pub(crate) use super::format::format;
    pub(crate) use super::variadic::{Arguments, variadic};
}

/// Lets all run that can: threads of the driver's, and blocks that are due.
pub(crate) fn run_dispatched() {
    threads::run();
    dispatch::run_due();
    threads::run();
}

pub(crate) use locks::held as held_locks;
pub(crate) use system::held as held_blocks;
pub(crate) use threads::{current as current_thread, name as thread_name, running as running_threads};

/// Forgets what a driver had begun that is no more.
pub(crate) fn forget() {
    dispatch::forget();
    locks::forget();
    threads::forget();
}

/// A symbol: its name in Mach-O, and its address here.
pub(crate) type Symbol = (&'static str, usize);

/// A part of a library.
struct Part {
    library: &'static str,
    symbols: fn() -> Vec<Symbol>,
}

const PARTS: &[Part] = &[
    Part { library: "libSystem", symbols: system::symbols },
    Part { library: "libSystem", symbols: strings::symbols },
    Part { library: "libSystem", symbols: math::symbols },
    Part { library: "libSystem", symbols: locks::symbols },
    Part { library: "libSystem", symbols: dispatch::symbols },
    Part { library: "libSystem", symbols: runtime::symbols },
    Part { library: "libSystem", symbols: threads::symbols },
    Part { library: "libSystem", symbols: os_log::symbols },
    Part { library: "libSystem", symbols: ports::symbols },
    Part { library: "libc++", symbols: cxx::symbols },
    Part { library: "libc++", symbols: std_string::symbols },
    Part { library: "CoreFoundation", symbols: cf::symbols },
    Part { library: "Accelerate", symbols: accelerate::symbols },
];

/// Names the functions and data of a part: `symbols! { "_malloc" => malloc, … }`.
macro_rules! symbols {
    ($($name:literal => $function:expr),* $(,)?) => {
        #[allow(clippy::ptr_as_ptr, reason = "one form for functions and data")]
        pub(crate) fn symbols() -> Vec<$crate::libraries::Symbol> {
            vec![$(($name, $function as *const () as usize)),*]
        }
    };
}
pub(crate) use symbols;

/// The address of a symbol, whichever library has it: on a Mac, names are moved between libraries that pass on each
/// other's.
pub(crate) fn find(symbol: &str) -> Option<usize> {
    let all = PARTS.iter().flat_map(|part| (part.symbols)());
    all.into_iter().find(|(name, _)| *name == symbol).map(|(_, address)| address)
}

/// The symbol at an address: of several names of one function the first.
pub(crate) fn name_at(address: usize) -> Option<&'static str> {
    let all = PARTS.iter().flat_map(|part| (part.symbols)());
    all.into_iter().find(|(_, at)| *at == address).map(|(name, _)| name)
}

/// All that is implemented: symbol and library, by name.
pub fn implemented() -> Vec<(&'static str, &'static str)> {
    let of = |part: &'static Part| (part.symbols)().into_iter().map(|(name, _)| (name, part.library));
    let mut all: Vec<_> = PARTS.iter().flat_map(of).collect();
    all.sort_unstable();
    all
}

/// Whether a symbol is there for no more than to say why the run stops.
pub fn only_stops(symbol: &str) -> bool {
    cxx::STOPS.contains(&symbol)
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_only_stops_is_there() {
        let all = super::implemented();
        for stop in super::cxx::STOPS {
            assert!(super::only_stops(stop) && all.iter().any(|(symbol, _)| symbol == stop), "{stop}");
        }
    }

    #[test]
    fn no_symbol_is_there_twice() {
        let all = super::implemented();
        for pair in all.windows(2) {
            assert_ne!(pair[0].0, pair[1].0);
        }
    }
}
