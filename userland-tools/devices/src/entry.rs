//! The registry below the driver's root service.

use plist::{Dictionary, Value};

/// An entry with all that is below it. What it is, is told by its properties.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Entry {
    /// Its properties.
    pub properties: Dictionary,
    /// What is below it, in the order of the registry.
    pub children: Vec<Entry>,
}

impl Entry {
    /// The tree of entries that come with their depth, parents first; `None` without any.
    pub fn tree(entries: impl IntoIterator<Item = (u32, Dictionary)>) -> Option<Entry> {
        // The path from the root to the entry that came last.
        let mut path: Vec<Entry> = Vec::new();
        let close = |path: &mut Vec<Entry>| {
            if let Some(closed) = path.pop()
                && let Some(parent) = path.last_mut()
            {
                parent.children.push(closed);
            }
        };
        for (depth, properties) in entries {
            while path.len() > (depth as usize).max(1) {
                close(&mut path);
            }
            path.push(Entry { properties, children: Vec::new() });
        }
        while path.len() > 1 {
            close(&mut path);
        }
        path.pop()
    }

    /// A number among the properties: its low 64 bits.
    pub(crate) fn number(&self, key: &str) -> Option<u64> {
        number(self.properties.get(key)?)
    }

    /// A flag among the properties.
    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.properties.get(key)?.as_boolean()
    }

    /// The dictionaries of a list among the properties.
    pub(crate) fn dictionaries(&self, key: &str) -> impl Iterator<Item = &Dictionary> {
        let list = self.properties.get(key).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_dictionary)
    }
}

/// A number's low 64 bits.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_unsigned_integer().or_else(|| value.as_signed_integer().map(i64::cast_unsigned))
}

/// The low 32 bits of a number in a dictionary, 0 if there is none: on a Mac small numbers come back with a sign.
pub(crate) fn word(dictionary: &Dictionary, key: &str) -> u32 {
    dictionary.get(key).and_then(number).unwrap_or(0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: u64) -> Dictionary {
        Dictionary::from_iter([("Name".to_owned(), Value::from(name))])
    }

    #[test]
    fn depths_make_a_tree() {
        let depths = [0, 1, 2, 2, 1, 2];
        let tree = Entry::tree(depths.into_iter().zip(0..).map(|(depth, name)| (depth, named(name)))).unwrap();
        let names =
            |entry: &Entry| entry.children.iter().map(|child| child.number("Name").unwrap()).collect::<Vec<_>>();
        assert_eq!(names(&tree), [1, 4]);
        assert_eq!((names(&tree.children[0]), names(&tree.children[1])), (vec![2, 3], vec![5]));
        assert_eq!(Entry::tree([]), None);
    }

    #[test]
    fn small_numbers_with_a_sign_are_words() {
        let dictionary = Dictionary::from_iter([("a".to_owned(), Value::from(-1_i64))]);
        assert_eq!((word(&dictionary, "a"), word(&dictionary, "b")), (u32::MAX, 0));
    }
}
