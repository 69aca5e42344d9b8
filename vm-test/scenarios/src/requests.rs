//! `requests`: makes the job's requests, and says what the registry holds then.

use host::{Bench, Root, Stop};
use kpi::fault::emit;
use kpi::iokit::ioreturn::IOReturn;
use kpi::iokit::task;
use protocol::event::Event;
use protocol::job::{Request, Target};

/// Makes the requests, all of them, whatever is answered.
pub fn run(bench: &mut Bench, requests: &[Request]) -> Result<(), Stop> {
    bench.load()?;
    let root = Root::find().ok_or("the kext has no registered service of the class org_loopflower_driver_Root")?;
    for request in requests {
        let answer = if request.as_user { make(root, request) } else { task::as_administrator(|| make(root, request)) };
        emit(&Event::Answered { code: answer.map_or_else(|code| code.0, |()| 0) });
    }
    root.entries().iter().for_each(emit);
    Ok(())
}

/// Makes a request as whoever makes requests on this thread.
fn make(root: Root, request: &Request) -> Result<(), IOReturn> {
    match &request.target {
        Target::Root => root.request_as_user(&request.properties),
        Target::Control { uid, kind, sub_type, usage, channel } => {
            root.set_control(uid, [*kind, *sub_type, *usage, *channel], &request.properties)
        }
    }
}
