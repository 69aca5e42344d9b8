//! `loopflower kpi show`: what is known of a symbol, a class or one of its members.

mod class;
mod constant;
mod find;
mod human;
mod symbol;

use abi::Target;
use serde::Serialize;

pub use class::{ClassFacts, FieldFact, Layout, SlotOfClass, StateOfClass};
pub use constant::{ConstantFacts, StateOfConstant};
pub use symbol::{Declaration, ExportFact, FamilyFact, SlotFact, SymbolFacts};
pub(crate) use symbol::{FAMILY, identifier};

use crate::Error;
use crate::map::Counterpart;
use crate::notes::{self, Note};
use crate::sheet::{self, Source};
use find::Subject;

/// What is known of what a name stands for. Its text is for people; its JSON has these keys.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// "loopflower kpi show 1".
    pub format: &'static str,
    /// The name as it was given.
    pub query: String,
    /// The release and processor that the answer is about ("10.14 x86_64"), where one was given.
    pub target: Option<String>,
    /// Said where the name stands for something under another name: a member that a superclass has.
    pub remark: Option<String>,
    /// The class of that name.
    pub class: Option<ClassFacts>,
    /// The registry key or notification of IOAudioFamily of that name.
    pub entry: Option<Entry>,
    /// The constant of that name.
    pub constant: Option<ConstantFacts>,
    /// The symbols of that name: several for a method with several signatures.
    pub symbols: Vec<SymbolFacts>,
    /// Where counterparts and notes come from.
    pub sources: Vec<Source>,
}

/// Something that IOAudioFamily publishes or sends.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// What takes its place.
    pub counterpart: Counterpart,
    /// How it behaves.
    pub notes: Vec<Note>,
}

impl Shown {
    /// The counterpart and the notes of each thing that is shown.
    fn advice(&self) -> impl Iterator<Item = (Option<&Counterpart>, &[Note])> {
        let class = self.class.iter().map(|one| (one.counterpart.as_ref(), one.notes.as_slice()));
        let entry = self.entry.iter().map(|one| (Some(&one.counterpart), one.notes.as_slice()));
        let symbols = self.symbols.iter().map(|one| (one.counterpart.as_ref(), one.notes.as_slice()));
        class.chain(entry).chain(symbols)
    }
}

/// Looks up `name`: a Mach-O name, with or without its first underscore, a name of C++ with or without parameters, a
/// class, a constant, or a registry key or notification of IOAudioFamily. With a target, only what holds there; a name that is known elsewhere is shown without states.
///
/// # Errors
/// Nothing has the name, or there are no facts about the target.
pub fn show(name: &str, target: Option<Target>) -> Result<Shown, Error> {
    let found = find::find(name)?;
    let mut shown = Shown {
        format: "loopflower kpi show 1",
        query: name.to_owned(),
        target: target.map(|target| target.to_string()),
        remark: found.remark,
        class: None,
        entry: None,
        constant: None,
        symbols: Vec::new(),
        sources: Vec::new(),
    };
    match found.subject {
        Subject::Class(class) => shown.class = Some(class::facts(class, target)),
        Subject::Entry(counterpart) => {
            shown.entry = Some(Entry { name: name.to_owned(), counterpart, notes: notes::about(name) });
        }
        Subject::Constant => shown.constant = constant::facts(name, target),
        Subject::Symbols(symbols) => shown.symbols = symbol::facts(&symbols, target),
    }
    let names = shown.advice().flat_map(|(counterpart, notes)| {
        let counterpart = counterpart.into_iter().flat_map(|counterpart| counterpart.sources.iter().copied());
        counterpart.chain(notes.iter().map(|note| note.source))
    });
    shown.sources = sheet::named(names);
    Ok(shown)
}
