//! The loopflower command.

fn main() {}
