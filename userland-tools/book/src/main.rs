//! `book OUT`: builds the book into the folder OUT.
#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(out), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        eprintln!("usage: book OUT");
        return ExitCode::from(2);
    };
    match book::build(&out) {
        Ok(()) => {
            println!("{}", out.join("index.html").display());
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("book: {why}");
            ExitCode::FAILURE
        }
    }
}
