//! A comparison in files: result.json, index.html, raw/*.csv.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::{Axis, Comparison, Error, SCHEMA, Series};

/// What every version of a result has.
#[derive(Deserialize)]
struct Header {
    schema: u32,
}

impl Comparison {
    /// The text of result.json.
    ///
    /// # Errors
    /// [`Error::Failed`] if it cannot be told in JSON.
    pub fn to_json(&self) -> Result<String, Error> {
        match serde_json::to_string_pretty(self) {
            Ok(text) => Ok(text + "\n"),
            Err(error) => Err(Error::Failed(format!("result.json: {error}"))),
        }
    }

    /// The files of a report, by their paths in its folder: raw data, result.json and index.html.
    ///
    /// # Errors
    /// [`Error::Failed`] with the file that could not be made.
    pub fn files(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let all = self.dimensions.iter().flat_map(|dimension| [&dimension.a, &dimension.b]).flat_map(|of| &of.series);
        let raw = all.map(|series| match csv(series) {
            Ok(text) => Ok((series.file.clone(), text)),
            Err(error) => Err(Error::Failed(format!("{}: {error}", series.file))),
        });
        let mut files: Vec<_> = raw.collect::<Result<_, _>>()?;
        files.push(("result.json".to_owned(), self.to_json()?.into_bytes()));
        files.push(("index.html".to_owned(), crate::page(self).into_bytes()));
        Ok(files)
    }

    /// Reads the result.json at `path`. Its series have no points.
    ///
    /// # Errors
    /// [`Error::Usage`] for a file that is absent, no result, or one of another schema.
    pub fn read(path: &Path) -> Result<Comparison, Error> {
        let name = path.display();
        let text = fs::read_to_string(path).map_err(|error| Error::Usage(format!("{name}: {error}")))?;
        let header: Header = serde_json::from_str(&text)
            .map_err(|error| Error::Usage(format!("{name}: not a result of `loopflower compare`: {error}")))?;
        if header.schema != SCHEMA {
            return Err(Error::Usage(format!(
                "{name}: a result of schema {}; this program reads schema {SCHEMA}: make it again with this program",
                header.schema
            )));
        }
        serde_json::from_str(&text).map_err(|error| Error::Usage(format!("{name}: not a whole result: {error}")))
    }

    /// Reads the report in `folder`: its result.json, with the points of its series.
    ///
    /// # Errors
    /// [`Error::Usage`] as [`Comparison::read`], or for raw data that is absent or not as it was written.
    pub fn read_report(folder: &Path) -> Result<Comparison, Error> {
        let mut comparison = Comparison::read(&folder.join("result.json"))?;
        let figures = comparison.dimensions.iter_mut().flat_map(|dimension| [&mut dimension.a, &mut dimension.b]);
        for series in figures.flat_map(|figure| &mut figure.series) {
            let path = folder.join(&series.file);
            series.points =
                points(&path).map_err(|error| Error::Usage(format!("{}: no raw data: {error}", path.display())))?;
        }
        Ok(comparison)
    }
}

/// The points in the file that [`csv`] made.
fn points(path: &Path) -> Result<Vec<(f64, f64)>, csv::Error> {
    csv::Reader::from_path(path)?.into_deserialize().collect()
}

/// The points of `series`, below a line that names the axes.
fn csv(series: &Series) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([named(&series.x), named(&series.y)])?;
    for (x, y) in &series.points {
        writer.write_record([x.to_string(), y.to_string()])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// An axis's label with its unit.
pub(crate) fn named(axis: &Axis) -> String {
    if axis.unit.is_empty() { axis.label.clone() } else { format!("{} ({})", axis.label, axis.unit) }
}
