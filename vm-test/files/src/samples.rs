//! Samples as the bytes that files and shared memory hold.

/// Little-endian Float32.
pub fn to_bytes(samples: &[f32]) -> Vec<u8> {
    samples.iter().map(|sample| sample.to_le_bytes()).collect::<Vec<_>>().into_flattened()
}

/// The samples in these bytes; what is left of a sample at their end is nothing.
pub fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&sample| f32::from_le_bytes(sample)).collect()
}
