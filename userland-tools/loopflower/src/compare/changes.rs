//! What changed from an older result to a newer one.

use std::io::Write as _;

use anyhow::Context;
use compare::Comparison;
use runner::Error;

use super::{Arguments, FailOn, is_result};

/// Says what changed; whether nothing did that fails.
pub fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let (Some(old), Some(new)) = (&arguments.a, &arguments.b) else {
        return Err(Error::Usage("a result is compared with another: OLD.json NEW.json".to_owned()).into());
    };
    if let Some(driver) = [old, new].into_iter().find(|path| !is_result(path)) {
        let shown = driver.display();
        return Err(
            Error::Usage(format!("{shown}: is no result.json, and a result is compared with results only")).into()
        );
    }
    let asked = [
        ("--out", arguments.out.is_some()),
        ("--os-a", arguments.os_a.is_some()),
        ("--os-b", arguments.os_b.is_some()),
        ("--only", !arguments.only.is_empty()),
    ];
    if let Some((option, _)) = asked.iter().find(|(_, asked)| *asked) {
        return Err(Error::Usage(format!("{option} is for two drivers, and these are results")).into());
    }
    let changes = compare::regression(&Comparison::read(old)?, &Comparison::read(new)?)?;
    std::io::stdout().write_all(compare::changes(&changes).as_bytes()).context("cannot write the table")?;
    Ok(arguments.fail_on != Some(FailOn::Worse) || changes.iter().all(|change| !change.direction.is_worse()))
}
