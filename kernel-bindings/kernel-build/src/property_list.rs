//! Reading property lists that others made.

use plist::{Dictionary, Value};

/// The largest one that is read, in bytes.
const LARGEST_LIST: usize = 1 << 20;
/// Stack for reading one: a value is dropped by recursion, and a list of [`LARGEST_LIST`] bytes can nest deep.
const LIST_STACK: usize = 256 << 20;

/// Hands the dictionary that `bytes` are to `take`.
///
/// # Errors
/// They are no property list, not a dictionary, or too many; in words.
pub fn read<T: Send>(bytes: &[u8], take: impl FnOnce(&Dictionary) -> T + Send) -> Result<T, String> {
    if bytes.len() > LARGEST_LIST {
        return Err(format!("the property list is larger than {} KiB", LARGEST_LIST >> 10));
    }
    let read = || match Value::from_reader(std::io::Cursor::new(bytes)) {
        Ok(Value::Dictionary(entries)) => Ok(take(&entries)),
        Ok(_) => Err("the property list is not a dictionary".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(LIST_STACK).spawn_scoped(scope, read);
        let result = reader.map_err(|why| format!("no thread to read it with: {why}"))?.join();
        result.unwrap_or_else(|_| Err("the property list cannot be read".to_owned()))
    })
}
