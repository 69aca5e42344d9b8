//! Numbers for people.

use crate::Figure;

/// `value` with as many digits as one reads: whole numbers whole, others with three or more significant digits; thousands
/// apart by narrow spaces that do not break.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(0.000_1..1e15).contains(&size) {
        let exponent = size.log10().floor() as i32;
        return format!("{} {}", fixed(value / 10_f64.powi(exponent), 2), power_of_ten(exponent));
    }
    let decimals = match size {
        _ if value.fract() == 0.0 => 0,
        1000.0.. => 0,
        100.0.. => 1,
        10.0.. => 2,
        1.0.. => 3,
        0.01.. => 4,
        _ => 6,
    };
    grouped(&fixed(value, decimals))
}

/// The factor ten to `exponent`.
pub(crate) fn power_of_ten(exponent: i32) -> String {
    let digits = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raised = |letter: char| letter.to_digit(10).map_or('⁻', |digit| digits[digit as usize]);
    "× 10".chars().chain(exponent.to_string().chars().map(raised)).collect()
}

/// `value` with `decimals` digits after the point but without noughts at their end, and without a sign before a nought.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.replace('-', "\u{2212}") }
}

/// The digits before the point of `text` in threes, if there are more than four.
pub(crate) fn grouped(text: &str) -> String {
    let whole = text.split('.').next().unwrap_or(text);
    let digits = whole.chars().filter(char::is_ascii_digit).count();
    if digits <= 4 {
        return text.to_owned();
    }
    let mut left = digits;
    let mut said = String::new();
    for letter in whole.chars() {
        said.push(letter);
        if letter.is_ascii_digit() {
            left -= 1;
            if left > 0 && left % 3 == 0 {
                said.push('\u{202f}');
            }
        }
    }
    said + &text[whole.len()..]
}

/// A figure in few words: its text, else its number with its unit, else why there is none.
pub(crate) fn brief(figure: &Figure, unit: &str) -> String {
    match (&figure.value, &figure.finding) {
        (Some(_), _) if !figure.text.is_empty() => figure.text.clone(),
        (Some(value), _) => format!("{} {unit}", number(*value)),
        (None, Some(finding)) => finding.cause.words().to_owned(),
        (None, None) => "no figure".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_one_reads() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (512.0, "512"),
            (4096.0, "4096"),
            (16_384.0, "16\u{202f}384"),
            (1_234_567.0, "1\u{202f}234\u{202f}567"),
            (-12_345.0, "\u{2212}12\u{202f}345"),
            (10_416.666, "10\u{202f}417"),
            (288.675, "288.7"),
            (1.5, "1.5"),
            (0.28868, "0.2887"),
            (0.00125, "0.00125"),
            (5.96e-8, "5.96 × 10⁻⁸"),
            (-2e-5, "\u{2212}2 × 10⁻⁵"),
            (1e18, "1 × 10¹⁸"),
        ];
        for (value, text) in cases {
            assert_eq!(number(value), text, "{value}");
        }
    }
}
