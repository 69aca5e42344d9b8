//! Functions of floats.

use super::symbols;

/// Gives a function of Rust's floats C's calling convention.
macro_rules! math {
    ($($name:ident($($argument:ident: $kind:ty),*) = $value:expr;)*) => {
        $(extern "C" fn $name($($argument: $kind),*) -> math!(@first $($kind),*) { $value })*
    };
    (@first $first:ty $(, $rest:ty)*) => { $first };
}

math! {
    log10f(x: f32) = x.log10();
    log10(x: f64) = x.log10();
    logf(x: f32) = x.ln();
    log(x: f64) = x.ln();
    powf(x: f32, y: f32) = x.powf(y);
    pow(x: f64, y: f64) = x.powf(y);
    expf(x: f32) = x.exp();
    exp(x: f64) = x.exp();
    sqrtf(x: f32) = x.sqrt();
    sin(x: f64) = x.sin();
    cos(x: f64) = x.cos();
    sinf(x: f32) = x.sin();
    cosf(x: f32) = x.cos();
    floor(x: f64) = x.floor();
    ceil(x: f64) = x.ceil();
    fmod(x: f64, y: f64) = x % y;
    round(x: f64) = x.round();
}

symbols! {
    "_log10f" => log10f,
    "_log10" => log10,
    "_logf" => logf,
    "_log" => log,
    "_powf" => powf,
    "_pow" => pow,
    "_expf" => expf,
    "_exp" => exp,
    "_sqrtf" => sqrtf,
    "_sin" => sin,
    "_cos" => cos,
    "_sinf" => sinf,
    "_cosf" => cosf,
    "_floor" => floor,
    "_ceil" => ceil,
    "_fmod" => fmod,
    "_round" => round,
}
