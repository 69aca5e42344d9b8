//! Builds a kext from Rust and C++: cross-compilation, link, conversion, audit, bundle.
