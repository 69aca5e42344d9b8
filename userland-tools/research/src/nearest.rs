//! Names that somebody may have meant.

/// How many are named.
const NAMED: usize = 5;
/// What is less alike than this is not named.
const ALIKE: f64 = 0.75;
/// What is less alike than the likest by more than this is not named.
const SPREAD: f64 = 0.05;

/// The names of `known` most like `name`, the likest first and of those equally like the first; upper and lower case are one.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let likeness = |known: &'a str| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known);
    let mut alike: Vec<(f64, &str)> = known.map(likeness).filter(|(likeness, _)| *likeness >= ALIKE).collect();
    let best = alike.iter().map(|(likeness, _)| *likeness).fold(0.0, f64::max);
    alike.retain(|(likeness, _)| *likeness >= best - SPREAD);
    alike.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    alike.dedup_by(|left, right| left.1 == right.1);
    alike.into_iter().take(NAMED).map(|(_, name)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn the_likest_comes_first_and_the_unlike_not_at_all() {
        let known = ["IOAudioEngine", "IOAudioStream", "IOAudioEngineUserClient", "OSArray"];
        assert_eq!(nearest("ioAudioEngin", known.into_iter())[0], "IOAudioEngine");
        assert!(nearest("xyzzy", known.into_iter()).is_empty());
    }
}
