//! Offsets of fields against the layouts of the releases.

use std::collections::{BTreeMap, BTreeSet};

use abi::Release;
use abi::tables;
use checks::{fields, source};

#[test]
fn every_offset_is_that_of_every_claimed_release() {
    let modules = source::modules();
    let offsets = fields::offsets(&modules);
    assert!(offsets.len() > 60, "found only {} offsets", offsets.len());
    let mut wrong = BTreeSet::new();
    for &release in Release::claimed() {
        let public = tables::fields(release).map(|field| ((field.owner, field.name), field.offset));
        let structs = tables::struct_fields(release).map(|field| ((field.owner, field.name), field.offset));
        let facts: BTreeMap<(&str, &str), u32> = public.chain(structs).collect();
        for offset in offsets.iter().filter(|offset| offset.releases.contains(&release)) {
            let fact = facts.get(&(offset.class.as_str(), offset.field.as_str())).copied();
            if fact != Some(offset.offset) {
                let fact = fact.map_or("not there".to_owned(), |fact| format!("at {fact}"));
                let (constant, field) = (&offset.constant, &offset.field);
                let said = offset.offset;
                wrong.insert(format!("{constant} is {said}; {}::{field} is {fact} in {release}", offset.class));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
