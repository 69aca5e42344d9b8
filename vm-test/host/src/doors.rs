//! What any process reaches of an engine's user client.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use kpi::iokit::connection::{self, Call, Connection};
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::task;

use crate::engine::Engine;

/// Methods, traps and kinds of memory that are tried, and one of each that there is not.
const MOST: u32 = 16;
const NONE: u32 = 99;
/// Scalars that a method is tried with, at most.
const SCALARS: usize = 4;

/// The doors into the kernel that open for a process without the entitlement of the HAL's host.
pub fn reached(engine: Engine) -> Vec<String> {
    task::as_stranger(|| {
        let Ok(connection) = connection::open(engine.service, 0) else { return Vec::new() };
        let mut doors = Vec::from([String::from("opening a user client")]);
        doors.extend((0..MOST).filter(|method| is_there(connection, *method)).map(|method| format!("method {method}")));
        let no_trap = connection::trap(connection, NONE, [0; 6]);
        let has_trap = |trap: &u32| connection::trap(connection, *trap, [0; 6]) != no_trap;
        doors.extend((0..MOST).filter(has_trap).map(|trap| format!("trap {trap}")));
        let maps = |kind: &u32| connection::map(connection, *kind, 0).is_ok();
        doors.extend((0..MOST).filter(maps).map(|kind| format!("memory {kind}")));
        let _closed = connection::close(connection);
        doors
    })
}

/// Whether a method is there and lets a stranger in: some number of scalars has another answer than a method that is not there.
fn is_there(connection: Connection, method: u32) -> bool {
    let answer = |method, scalars: usize| {
        let zeros = [0; SCALARS];
        let call = Call { scalars: &zeros[..scalars], ..Call::default() };
        connection::call(connection, method, &call).map(|_| ())
    };
    (0..=SCALARS).any(|scalars| {
        let got = answer(method, scalars);
        got != answer(NONE, scalars) && got != Err(IOReturn::NOT_PRIVILEGED) && got != Err(IOReturn::NOT_PERMITTED)
    })
}

/// Calls that have to be refused, and whether they were.
pub fn wrong_calls(engine: Engine) -> Vec<(&'static str, bool)> {
    let Ok(connection) = connection::open(engine.service, 0) else { return Vec::new() };
    let none = connection::call(connection, NONE, &Call::default()).is_err();
    let scalars = [u64::from(NONE), 0, 64, 1];
    let stream = connection::call(connection, 0, &Call { scalars: &scalars, ..Call::default() }).is_err();
    let trap = !connection::trap(connection, NONE, [0; 6]).is_success();
    let memory = connection::map(connection, NONE, 0).is_err();
    let _closed = connection::close(connection);
    Vec::from([
        ("a method that there is not", none),
        ("a buffer for a stream that there is not", stream),
        ("a trap that there is not", trap),
        ("memory that there is not", memory),
    ])
}
