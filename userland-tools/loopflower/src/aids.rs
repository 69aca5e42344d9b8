//! What helps to see what a kext does while it runs.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use runner::Error;
use runner::run::Aids;
use runner::trace::{Filter, Format, Wanted};

/// Arguments of `loopflower run` for it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Record every call of the kext to the kernel and every call into it: text, or JSON lines for FILE.jsonl
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,

    /// Form of the trace [default: by the file's name]
    #[arg(long, value_enum, requires = "trace", value_name = "FORMAT")]
    trace_format: Option<TraceFormat>,

    /// What of the trace is written: names of functions and classes with commas between them, `*` for any characters, `!`
    /// before what is left out, `thread=` before the name or class of a thread
    #[arg(long, value_name = "FILTER", value_parser = Filter::parse, allow_hyphen_values = true)]
    trace_filter: Option<Filter>,

    /// Stop before the kext starts, and say what to type to attach lldb to the machine
    #[arg(long)]
    pub debug: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum TraceFormat {
    /// For people
    Text,
    /// JSON lines
    Jsonl,
}

impl Arguments {
    /// Where a trace goes, if one is wanted.
    pub fn trace(&self) -> Option<&Path> {
        self.trace.as_deref()
    }

    /// Has a trace recorded as JSON lines, into `path` unless another is asked for; where it goes.
    ///
    /// # Errors
    /// [`Error::Usage`]: a trace as text is asked for.
    pub fn record(&mut self, path: PathBuf) -> Result<PathBuf, Error> {
        let path = self.trace.get_or_insert(path).clone();
        match self.trace_format {
            Some(TraceFormat::Text) => {
                Err(Error::Usage("views are made of JSON lines: leave --trace-format out".to_owned()))
            }
            None if Format::of(&path) == Format::Text => {
                Err(Error::Usage(format!("--trace {}: views are made of JSON lines: FILE.jsonl", path.display())))
            }
            _ => Ok(path),
        }
    }

    /// Refuses a filter without a trace.
    ///
    /// # Errors
    /// [`Error::Usage`]: there is one.
    pub fn check(&self) -> Result<(), Error> {
        match (&self.trace, &self.trace_filter) {
            (None, Some(_)) => Err(Error::Usage("--trace-filter is for a trace: --trace FILE".to_owned())),
            _ => Ok(()),
        }
    }

    /// What the runner is to do.
    pub fn aids(&self) -> Aids {
        let trace = self.trace.as_ref().map(|path| Wanted {
            path: path.clone(),
            format: match self.trace_format {
                None => Format::of(path),
                Some(TraceFormat::Text) => Format::Text,
                Some(TraceFormat::Jsonl) => Format::Json,
            },
            filter: self.trace_filter.clone().unwrap_or_default(),
        });
        let say: fn(&str) = |text| eprint!("{text}");
        Aids { trace, timed: false, debug: self.debug.then_some(say) }
    }
}
