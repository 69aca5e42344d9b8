//! What `ioreg`, `kextstat` and `ioclasscount` say, as text.

/// An audio engine in the registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engine {
    /// Its class.
    pub class: String,
    /// IOAudioEngineDescription.
    pub name: String,
    /// IOAudioEngineGlobalUniqueID.
    pub uid: String,
    /// IOAudioEngineNumSampleFramesPerBuffer.
    pub ring_frames: u32,
}

/// The audio engines in what `ioreg -l -w 0` writes.
///
/// An entry's line has `+-o Name  <class Class, …>`, those of its properties `"Key" = value` behind bars.
pub fn engines(text: &str) -> Vec<Engine> {
    let mut entries: Vec<Engine> = Vec::new();
    for line in text.lines() {
        if let Some((_, entry)) = line.split_once("+-o ") {
            let class = entry.split_once("<class ").and_then(|(_, rest)| rest.split([',', '>']).next());
            entries.push(Engine { class: class.unwrap_or_default().to_owned(), ..Engine::default() });
            continue;
        }
        let property = line.trim_start_matches(['|', ' ']).split_once(" = ");
        if let (Some(entry), Some((key, value))) = (entries.last_mut(), property) {
            let text = value.trim_matches('"');
            match key {
                "\"IOAudioEngineDescription\"" => text.clone_into(&mut entry.name),
                "\"IOAudioEngineGlobalUniqueID\"" => text.clone_into(&mut entry.uid),
                "\"IOAudioEngineNumSampleFramesPerBuffer\"" => entry.ring_frames = text.parse().unwrap_or_default(),
                _ => {}
            }
        }
    }
    entries.retain(|entry| !entry.uid.is_empty());
    entries
}

/// The version of a kext in what `kextstat -l` writes: `Index Refs Address Size Wired Name (Version) …`.
pub fn loaded(text: &str, identifier: &str) -> Option<String> {
    let (_, behind) = text.lines().find_map(|line| line.split_once(&format!(" {identifier} (")))?;
    behind.split_once(')').map(|(version, _)| version.to_owned())
}

/// Instances of classes in what `ioclasscount` writes: `Class = 3`, or several with commas in between.
pub fn instances(text: &str) -> Vec<(String, u32)> {
    let parts = text.split(['\n', ',']).filter_map(|part| part.split_once('='));
    let counts = parts.filter_map(|(class, count)| Some((class.trim().to_owned(), count.trim().parse().ok()?)));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str = "+-o org_example_Root  <class org_example_Root, id 0x100000300, registered, matched, active, busy 0 (0 ms), retain 6>
  | {
  |   \"IOClass\" = \"org_example_Root\"
  | }
  | 
  +-o Two  <class org_example_Device, id 0x1, registered>
    | {
    |   \"IOAudioDeviceName\" = \"Two\"
    | }
    +-o org_example_Engine  <class org_example_Engine, id 0x2, registered>
      |   \"IOAudioEngineGlobalUniqueID\" = \"two:0\"
      |   \"IOAudioEngineDescription\" = \"Two = 2\"
      |   \"IOAudioEngineNumSampleFramesPerBuffer\" = 16384
    +-o org_example_Engine  <class org_example_Engine, id 0x3, registered>
          \"IOAudioEngineNumSampleFramesPerBuffer\" = 512
          \"IOAudioEngineDescription\" = \"Four\"
          \"IOAudioEngineGlobalUniqueID\" = \"four:0\"
";

    #[test]
    fn engines_are_found_by_their_properties() {
        let found = engines(TREE);
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].uid.as_str(), found[0].name.as_str(), found[0].ring_frames), ("two:0", "Two = 2", 16384));
        assert_eq!((found[1].uid.as_str(), found[1].name.as_str(), found[1].ring_frames), ("four:0", "Four", 512));
        assert_eq!(found[1].class, "org_example_Engine");
        assert_eq!(engines("nothing"), []);
    }

    #[test]
    fn a_loaded_kext_has_a_version() {
        let text = "  120    0 0xffffff7f82a1d000 0x12000    0x12000    org.example.driver (1.2.3) <82 5 4 3 1>\n";
        assert_eq!(loaded(text, "org.example.driver").as_deref(), Some("1.2.3"));
        assert_eq!(loaded(text, "org.example"), None);
    }

    #[test]
    fn instances_that_are_left_are_counted() {
        assert_eq!(instances("A = 0\nB = 2\n"), [("B".to_owned(), 2)]);
        assert_eq!(instances("A = 1, B = 0"), [("A".to_owned(), 1)]);
    }
}
