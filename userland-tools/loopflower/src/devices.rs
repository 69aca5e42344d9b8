//! `loopflower devices` on a machine of the bench, which lives for one set of requests.

use ::devices::{Answer, Device, Driver, Entry, Error, Request, Saved, Settings, plan};
use plist::Value;
use protocol::event::Event;
use protocol::job::{self, Target};
use protocol::value::Value as KernelValue;
use runner::machine::{Hosted, Vm};
use runner::run::{Options, Task, run};
use verbs::devices::{Around, Devices, Machine, Place};

use crate::arguments::HOSTED;
use crate::places;

/// Does what is asked for; whether nothing was refused.
pub fn carry_out(arguments: &Devices) -> anyhow::Result<bool> {
    let bench = |machine, place: &Place, settings: &Settings| {
        Bench::new(machine, place, settings).map(|bench| Box::new(bench) as Box<dyn Driver>)
    };
    verbs::devices::run(arguments, &Around { bench: &bench, settings: &places::run().join("devices.plist") })
}

/// A machine that is started anew for each set of requests, and brought to what it was at the end of the last one.
pub struct Bench {
    machine: Box<dyn runner::machine::Machine>,
    options: Options,
    as_user: bool,
    /// What the devices were at the end of the last set of requests, since the last restart.
    state: Settings,
    /// The devices of the personality, once they are known.
    fresh: Option<Vec<Device>>,
}

impl Bench {
    /// A machine of the kind asked for.
    ///
    /// # Errors
    /// The kext or what the machine needs is missing.
    pub fn new(machine: Machine, place: &Place, settings: &Settings) -> anyhow::Result<Bench> {
        let kext = place.kext.clone().map_or_else(places::kext, Ok)?;
        Ok(Bench {
            machine: match machine {
                Machine::Vm => Box::new(Vm::new(places::guest()?)?),
                Machine::Hosted | Machine::Mac => Box::new(Hosted::of_this_program(HOSTED)?),
            },
            options: Options {
                kext,
                libraries: place.libraries.clone(),
                os: place.os,
                seed: 1,
                boot_args: String::new(),
                timeout: place.timeout,
                task: Task::Load,
            },
            as_user: place.as_user,
            state: Settings::at(settings.path().with_extension("machine.plist")),
            fresh: None,
        })
    }

    /// Starts the machine and makes requests, the last ones of them as whoever is to ask; what was answered and what is
    /// there then.
    fn boot(&mut self, own: &[Request], asked: &[Request]) -> Result<(Vec<Answer>, Entry), Error> {
        let own = own.iter().map(|request| told(request, false));
        let asked = asked.iter().map(|request| told(request, self.as_user));
        self.options.task = Task::Requests(own.chain(asked).collect::<Result<_, _>>().map_err(Error::Usage)?);
        let finished = run(&self.options, self.machine.as_mut(), &mut |_| {}).map_err(|error| match error {
            runner::Error::Usage(text) => Error::Usage(text),
            runner::Error::Missing(text) => Error::Missing(text),
            runner::Error::Refused(text) | runner::Error::Failed(text) => Error::Failed(text),
        })?;
        let report = finished.report;
        if !report.held || report.dropped_events > 0 {
            return Err(Error::Failed(format!("{}: {}", report.bundle, report.failures.join("; "))));
        }
        Ok(heard(report.events))
    }

    /// The requests that bring a machine that has just started to where it was.
    fn way(&mut self) -> Result<Vec<Request>, Error> {
        let Some(state) = self.state.read()? else { return Ok(Vec::new()) };
        let fresh = match self.fresh.take() {
            Some(fresh) => fresh,
            None => Device::all(&self.boot(&[], &[])?.1),
        };
        let way = plan(&fresh, &state);
        self.fresh = Some(fresh);
        Ok(way)
    }
}

impl Driver for Bench {
    fn carry_out(&mut self, requests: &[Request]) -> Result<(Vec<Answer>, Entry), Error> {
        let way = self.way()?;
        let (mut answers, root) = self.boot(&way, requests)?;
        let asked = answers.split_off(way.len().min(answers.len()));
        if let Some((request, answer)) = way.iter().zip(&answers).find(|(_, answer)| answer.code != 0) {
            let (request, code) = (request.in_words(), answer.name());
            return Err(Error::Failed(format!(
                "{}: the machine cannot be brought back to this, {request}: {code}; `loopflower devices restart` forgets it",
                self.state.path().display()
            )));
        }
        if !requests.is_empty() {
            let state: Vec<Saved> = Device::all(&root).iter().map(Saved::of).collect();
            self.state.write(&state)?;
        }
        Ok((asked, root))
    }

    fn restart(&mut self) -> Result<(), Error> {
        self.state.forget().map(drop)
    }
}

/// A request as a machine is told it.
fn told(request: &Request, as_user: bool) -> Result<job::Request, String> {
    let properties = runner::bundle::kernel_value(&Value::Dictionary(request.properties()))?;
    let target = match request {
        Request::Add(_) | Request::Change(_) | Request::Remove(_) => Target::Root,
        Request::Control { uid, id: [kind, sub_type, usage, channel], .. } => {
            Target::Control { uid: uid.clone(), kind: *kind, sub_type: *sub_type, usage: *usage, channel: *channel }
        }
    };
    Ok(job::Request { target, properties, as_user })
}

/// The answers among a machine's events, each with what was logged before it, and the registry.
fn heard(events: Vec<Event>) -> (Vec<Answer>, Entry) {
    let (mut answers, mut log, mut entries) = (Vec::new(), Vec::new(), Vec::new());
    for event in events {
        match event {
            // What was logged when the kext started is no answer.
            Event::Engine { .. } => log.clear(),
            Event::Log { text, .. } => log.push(text),
            Event::Answered { code } => {
                answers.push(Answer::new(code, log.iter().map(String::as_str)));
                log.clear();
            }
            Event::Entry { depth, properties, .. } => {
                entries.extend(from_kernel(properties).into_dictionary().map(|properties| (depth, properties)));
            }
            _ => {}
        }
    }
    (answers, Entry::tree(entries).unwrap_or_default())
}

/// A kernel's value as a property list has it.
pub fn from_kernel(value: KernelValue) -> Value {
    match value {
        KernelValue::Boolean(flag) => Value::Boolean(flag),
        KernelValue::Number(number, _) => Value::from(number),
        KernelValue::String(text) => Value::String(text),
        KernelValue::Data(bytes) => Value::Data(bytes),
        KernelValue::Array(values) => Value::Array(values.into_iter().map(from_kernel).collect()),
        KernelValue::Dictionary(entries) => {
            Value::Dictionary(entries.into_iter().map(|(key, value)| (key, from_kernel(value))).collect())
        }
    }
}
