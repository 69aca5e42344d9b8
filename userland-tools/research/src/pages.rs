//! The map and the timeline as pages of the book. `tests/pages.rs` writes them.

use std::fmt::Write as _;

use crate::Error;
use crate::map::{Counterpart, counterparts};
use crate::sheet::named;
use crate::timeline::timeline;

/// What the kinds of rows are called, in the order of the page.
const KINDS: [(&str, &str); 4] = [
    ("class", "Classes"),
    ("method", "Methods"),
    ("property", "Keys of the registry"),
    ("notification", "Notifications"),
];

/// The map from IOAudioFamily to what takes its place, as a page.
pub fn map() -> String {
    let rows: Vec<Counterpart> = counterparts().collect();
    let mut out = String::from(
        "# From IOAudioFamily to user space\n\nWhat takes the place of each class, method, key of the registry and \
         notification in an AudioServerPlugIn and in AudioDriverKit, and what DriverKit has for classes of the kernel's \
         own. A `*` stands for any characters. `loopflower kpi show NAME` says the same of one name, with what else is \
         known of it.\n\nThe sources say that each name is there and what it does. That it takes the place of another \
         is said by no document of Apple's: where the name in AudioDriverKit or DriverKit is another, the pairing is \
         marked as *our reading*. The pairings with an AudioServerPlugIn are what the bench's two hosts ask of a driver \
         for one and the same thing.\n",
    );
    for (kind, title) in KINDS {
        let _ = write!(
            out,
            "\n## {title}\n\n| in the kernel | AudioServerPlugIn | AudioDriverKit, DriverKit | why, or what is otherwise | source |\n"
        );
        out.push_str("|---|---|---|---|---|\n");
        for row in rows.iter().filter(|row| row.kind == kind) {
            let sources: Vec<String> = row.sources.iter().map(|source| format!("[{source}]")).collect();
            let reading = if row.our_reading { "<br>*our reading*" } else { "" };
            let (plugin, driverkit) = (code(&row.plugin), code(&row.driverkit) + reading);
            let _ = writeln!(out, "| `{}` | {plugin} | {driverkit} | {} | {} |", row.name, row.why, sources.join(", "));
        }
    }
    out.push('\n');
    for source in named(rows.iter().flat_map(|row| row.sources.iter().copied())) {
        let _ = writeln!(out, "[{}]: {}", source.source, source.place);
    }
    out
}

/// Names as code, one a line.
fn code(names: &[&str]) -> String {
    if names.is_empty() {
        return "none".to_owned();
    }
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join("<br>")
}

/// The timeline, as a page.
///
/// # Errors
/// Never: it is not about one release.
pub fn history() -> Result<String, Error> {
    let intro = "# Deprecation, signing, approval and installation\n\nBy release: what holds from when to when, `to` being empty \
                 while it still holds. What is marked as reported was said by others and not tried; nothing here has been tried on a Mac. \
                 `loopflower kpi timeline RELEASE` keeps to one release, `loopflower capture-advice` says what follows for who wants the \
                 system's audio.\n\n";
    Ok(format!("{intro}{}", timeline(None)?.markdown()))
}
