//! The judge: every way a recording can be wrong is told apart from the others.

use proptest::prelude::*;

use super::*;

/// Stereo noise without repetition.
fn noise(frames: u32) -> Vec<f32> {
    (0..frames * 2).map(|i| f32::from_bits(0x3f00_0000 | i.wrapping_mul(0x9e37_79b9) >> 9)).collect()
}

/// A recording of `played` with silence around it.
fn around(played: &[f32], before: usize, after: usize) -> Vec<f32> {
    [&vec![0.0; 2 * before], played, &vec![0.0; 2 * after]].concat()
}

fn judge(played: &[f32], recorded: &[f32], expected_at: i64) -> Judgement {
    Recording { played, recorded, channels: 2, expected_at }.judge()
}

#[test]
fn an_exact_loop_holds() {
    let played = noise(500);
    let recorded = around(&played, 70, 30);
    let judgement = judge(&played, &recorded, 70);
    assert!(judgement.holds(), "{judgement:?}");
    assert_eq!(judgement.frames, 500);
    let recording = Recording { played: &played, recorded: &recorded, channels: 2, expected_at: 70 };
    assert_eq!(recording.returned(), played);
}

#[test]
fn silence_played_is_silence_returned() {
    assert!(judge(&[0.0; 100], &[0.0; 300], 20).holds());
}

#[test]
fn one_sample_in_the_silence_around_is_noise() {
    let played = noise(50);
    for (index, frame) in [(19, -1), (2 * (10 + 50), 50)] {
        let mut recorded = around(&played, 10, 10);
        recorded[index] = -0.0;
        let judgement = judge(&played, &recorded, 10);
        assert!(!judgement.holds() && judgement.lag == Some(0));
        let first = judgement.first_noise.unwrap();
        assert_eq!((first.frame, first.returned.bits.as_str(), judgement.noise), (frame, "0x80000000", 1));
    }
}

#[test]
fn a_late_recording_is_found_and_its_lag_named() {
    let played = noise(500);
    let late = judge(&played, &around(&played, 75, 50), 70);
    assert_eq!((late.lag, late.differing_at_lag, late.missing), (Some(5), 0, 0));
    assert!(!late.holds() && late.differing > 0);
    let early = judge(&played, &around(&played, 1, 50), 70);
    assert_eq!(early.lag, Some(-69));
    let mut damaged = around(&played, 75, 50);
    damaged[2 * 80] = 9.0;
    let judgement = judge(&played, &damaged, 70);
    assert_eq!((judgement.lag, judgement.differing_at_lag), (Some(5), 1));
}

#[test]
fn swapped_channels_are_no_lag() {
    let played = noise(200);
    let swapped: Vec<f32> = played.chunks(2).flat_map(|frame| [frame[1], frame[0]]).collect();
    let judgement = judge(&played, &around(&swapped, 10, 10), 10);
    assert_eq!((judgement.lag, judgement.differing), (None, 400));
    assert_eq!(judgement.first.unwrap().frame, 0);
}

#[test]
fn a_recording_of_silence_is_named_as_such() {
    let judgement = judge(&noise(100), &[0.0; 400], 10);
    assert!(judgement.silent && judgement.lag.is_none() && !judgement.holds());
}

#[test]
fn a_short_recording_misses_frames() {
    let played = noise(100);
    let recorded = around(&played[..2 * 60], 10, 0);
    let judgement = judge(&played, &recorded, 10);
    assert_eq!((judgement.missing, judgement.differing, judgement.lag), (40, 0, Some(0)));
    assert!(!judgement.holds());
    assert_eq!(judge(&played, &[], 10).missing, 100);
    assert_eq!(judge(&played, &recorded, i64::MAX / 2).missing, 100);
    assert_eq!(judge(&played, &recorded, i64::MIN / 2).missing, 100);
}

#[test]
fn equal_values_of_other_bits_differ() {
    let judgement = judge(&[0.0, 0.0], &[0.0, -0.0], 0);
    let first = judgement.first.unwrap();
    assert_eq!((first.channel, first.returned.value.as_str(), first.returned.bits.as_str()), (1, "-0", "0x80000000"));
}

proptest! {
    /// One flipped bit anywhere is one difference, named by frame and channel, with both bit patterns.
    #[test]
    fn one_flipped_bit_is_named(index in 0_usize..400, bit in 0_u32..32, before in 0_usize..50) {
        let played = noise(200);
        let mut recorded = around(&played, before, 9);
        let flipped = f32::from_bits(played[index].to_bits() ^ 1 << bit);
        recorded[2 * before + index] = flipped;
        let judgement = judge(&played, &recorded, before as i64);
        prop_assert_eq!((judgement.lag, judgement.differing, judgement.missing), (Some(0), 1, 0));
        let first = judgement.first.unwrap();
        prop_assert_eq!((first.frame, first.channel), ((index / 2) as i64, (index % 2) as u32));
        prop_assert_eq!((first.played, first.returned), (played[index].into(), flipped.into()));
    }

    /// No place and no lengths make it panic.
    #[test]
    fn any_place_is_an_answer(played in 1_u32..40, recorded in 0_u32..80, place in any::<i64>()) {
        let place = place.clamp(i64::MIN / 2, i64::MAX / 2);
        let judgement = judge(&noise(played), &noise(recorded), place);
        prop_assert!(judgement.missing <= u64::from(played));
    }
}
