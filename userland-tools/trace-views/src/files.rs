//! The views as files.

use crate::tally::{edges, functions};
use crate::trace::{Trace, Way};
use crate::{Error, page};

impl Trace {
    /// The files of the views, by their names: `functions.csv` (function, way, calls, threads) and `edges.csv` (caller, callee,
    /// way, calls) for programs, and `index.html`. `title` names what was traced.
    ///
    /// # Errors
    /// [`Error::Failed`] with the file that could not be made.
    pub fn files(&self, title: &str) -> Result<[(&'static str, Vec<u8>); 3], Error> {
        let failed = |name: &'static str| move |why: csv::Error| Error::Failed(format!("{name}: {why}"));
        Ok([
            ("functions.csv", self.functions_csv().map_err(failed("functions.csv"))?),
            ("edges.csv", self.edges_csv().map_err(failed("edges.csv"))?),
            ("index.html", page::page(self, title).into_bytes()),
        ])
    }

    fn functions_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["function", "way", "calls", "threads"])?;
        for function in functions(self) {
            let threads: Vec<&str> = function.threads.iter().map(String::as_str).collect();
            let calls = function.calls.to_string();
            writer.write_record([&function.name, way(function.way), &calls, &threads.join("; ")])?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }

    fn edges_csv(&self) -> Result<Vec<u8>, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["caller", "callee", "way", "calls"])?;
        for edge in edges(self) {
            writer.write_record([&edge.caller, &edge.callee, way(edge.way), &edge.calls.to_string()])?;
        }
        writer.into_inner().map_err(|error| error.into_error().into())
    }
}

fn way(way: Way) -> &'static str {
    match way {
        Way::In => "in",
        Way::Out => "out",
    }
}
