//! One file of several processors' parts.

use crate::slice::Slice;

/// FAT_MAGIC; the header is big-endian.
const MAGIC: u32 = 0xCAFE_BABE;

/// Puts the parts into one file, each at a page of its own; a single one stays as it is.
pub fn join(slices: &[(&Slice, Vec<u8>)]) -> Vec<u8> {
    if let [(_, only)] = slices {
        return only.clone();
    }
    let mut header = Vec::new();
    let mut words = |words: &[u32]| words.iter().for_each(|word| header.extend(word.to_be_bytes()));
    words(&[MAGIC, slices.len() as u32]);
    let mut at = 8 + 20 * slices.len() as u32;
    let mut places = Vec::new();
    for (slice, bytes) in slices {
        at = at.next_multiple_of(1 << slice.page);
        words(&[slice.cpu_type, slice.cpu_subtype, at, bytes.len() as u32, slice.page]);
        places.push(at as usize);
        at += bytes.len() as u32;
    }
    let mut file = header;
    for (place, (_, bytes)) in places.into_iter().zip(slices) {
        file.resize(place, 0);
        file.extend(bytes);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slice(arch: &'static str, cpu_type: u32, page: u32) -> Slice {
        Slice { arch, target: "", macos: "", cpu_type, cpu_subtype: 3, page }
    }

    #[test]
    fn parts_stand_at_their_places() {
        let (first, second) = (slice("a", 7, 12), slice("b", 8, 14));
        let file = join(&[(&first, vec![1; 5000]), (&second, vec![2; 10])]);
        let word = |index: usize| u32::from_be_bytes(*file[4 * index..].first_chunk().unwrap());
        assert_eq!([word(0), word(1)], [MAGIC, 2]);
        assert_eq!([word(2), word(4), word(5)], [7, 4096, 5000]);
        assert_eq!([word(7), word(9), word(10)], [8, 16384, 10]);
        assert_eq!((file.len(), file[4096], file[16384]), (16394, 1, 2));
    }
}
