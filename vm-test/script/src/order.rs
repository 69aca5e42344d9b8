//! What lines need of those before them.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use protocol::script::{Expectation, Step, Verb};

use crate::error::{Error, right};
use crate::words::Words;

/// What the lines so far have brought about.
#[derive(Debug, Default)]
pub struct Order {
    is_loaded: bool,
    is_on_device: bool,
    clients: Vec<String>,
    /// The step before, for what it answered.
    last: Last,
}

#[derive(Debug, Default)]
enum Last {
    /// None, or one that answers nothing.
    #[default]
    Nothing,
    /// One that can be refused.
    Step,
    Load,
    Open(String),
}

impl Order {
    /// Whether a step can stand here.
    pub fn check(&mut self, words: &Words<'_>, step: &Step) -> Result<(), Error> {
        let answered = core::mem::take(&mut self.last);
        self.last = Last::Step;
        match step {
            Step::Load(load) => {
                if self.is_loaded {
                    return Err(words.error("the kext is loaded already", "\"unload\" comes first"));
                }
                (self.is_loaded, self.is_on_device, self.last) = (true, load.on_device, Last::Load);
            }
            Step::Unload => {
                self.loaded(words)?;
                (self.is_loaded, self.is_on_device) = (false, false);
            }
            Step::Unplug => {
                if !self.is_on_device {
                    return Err(words.error("nothing can be pulled out", "\"load on device\" comes first"));
                }
                self.is_on_device = false;
            }
            Step::Open(name, _) => {
                self.loaded(words)?;
                if self.clients.contains(name) {
                    return Err(
                        words.error(format!("{name} is open already"), "\"close\" it first, or call it otherwise")
                    );
                }
                self.clients.push(name.clone());
                self.last = Last::Open(name.clone());
            }
            Step::Clients(verb, names) => {
                for name in names {
                    self.opened(words, name)?;
                    if matches!(verb, Verb::Close | Verb::Kill) {
                        self.clients.retain(|open| open != name);
                    }
                }
            }
            Step::Play(name, ..) | Step::Resize(name, _) | Step::Stall(Some(name), _) | Step::Misbehave(name, _) => {
                self.opened(words, name)?;
            }
            Step::Set(..) => self.loaded(words)?,
            Step::Stall(None, _) | Step::Late(_) | Step::Wait(..) => self.last = Last::Nothing,
            Step::Sleep | Step::Wake => {}
            Step::Expect(expectation) => self.expect(words, expectation, &answered)?,
            Step::Await(Expectation::Refused(_) | Expectation::Returned(_)) => {
                return Err(words.error("what was answered does not change", "write \"expect\""));
            }
            Step::Await(expectation) => self.expect(words, expectation, &Last::Nothing)?,
        }
        Ok(())
    }

    fn expect(&mut self, words: &Words<'_>, expectation: &Expectation, answered: &Last) -> Result<(), Error> {
        self.last = Last::Nothing;
        match expectation {
            Expectation::Client(name, _) => self.opened(words, name),
            Expectation::Refused(_) | Expectation::Returned(_) => {
                let succeeded = matches!(expectation, Expectation::Returned(code) if code == "kIOReturnSuccess");
                match answered {
                    Last::Nothing => {
                        let right = "it stands right behind the step that is to be answered so";
                        return Err(words.error("no step before this one is answered", right));
                    }
                    Last::Load if !succeeded => self.is_loaded = false,
                    Last::Open(name) if !succeeded => self.clients.retain(|open| open != name),
                    _ => {}
                }
                // Both may be asked of one step.
                self.last = Last::Step;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn loaded(&self, words: &Words<'_>) -> Result<(), Error> {
        if self.is_loaded { Ok(()) } else { Err(words.error("the kext is not loaded here", "\"load\" comes first")) }
    }

    fn opened(&self, words: &Words<'_>, name: &str) -> Result<(), Error> {
        let open: Vec<&str> = self.clients.iter().map(String::as_str).collect();
        if open.contains(&name) {
            return Ok(());
        }
        let right = if open.is_empty() { "\"open\" one first".into() } else { right(name, &open) };
        Err(words.error(format!("no client is called \"{name}\" here"), right))
    }
}
