//! Holds the laws over the seeds and over changes of them, and the seeds and the dictionary to what the
//! message table and the captures say; `REGENERATE=1` writes both anew.

mod dictionary;
mod make;
mod mutate;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use napster_fuzz::TARGETS;

/// Seeds by the path below the folder.
type Seeds = BTreeMap<PathBuf, Vec<u8>>;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn regenerates() -> bool {
    std::env::var_os("REGENERATE").is_some()
}

/// Reads the seeds that are there.
fn committed() -> Seeds {
    let mut seeds = Seeds::new();
    for (target, _) in TARGETS {
        for entry in fs::read_dir(folder().join("seeds").join(target)).into_iter().flatten() {
            let entry = entry.unwrap();
            let path = Path::new(target).join(entry.file_name());
            seeds.insert(path, fs::read(entry.path()).unwrap());
        }
    }
    seeds
}

#[test]
fn seeds_are_those_of_the_table_and_the_captures() {
    let wanted = make::seeds();
    let root = folder().join("seeds");
    if regenerates() {
        let _ = fs::remove_dir_all(&root);
        for (path, bytes) in &wanted {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    }
    let found = committed();
    let missing: Vec<_> =
        wanted.iter().filter(|(path, bytes)| found.get(*path) != Some(*bytes)).collect();
    let missing: Vec<_> = missing.into_iter().map(|(path, _)| path).collect();
    let extra: Vec<_> = found.keys().filter(|path| !wanted.contains_key(*path)).collect();
    assert!(missing.is_empty() && extra.is_empty(), "missing {missing:?}, extra {extra:?}");
    for (target, _) in TARGETS {
        assert!(found.keys().any(|path| path.starts_with(target)), "{target} has no seeds");
    }
    assert!(found.values().map(Vec::len).sum::<usize>() < 300_000, "the seeds are to stay small");
}

#[test]
fn the_dictionary_is_that_of_the_table() {
    let path = folder().join("napster.dict");
    let wanted = dictionary::dictionary();
    if regenerates() {
        fs::write(&path, &wanted).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap() == wanted, "set REGENERATE=1 to write it");
}

#[test]
fn every_target_is_listed_everywhere() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).unwrap();
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
    for (target, _) in TARGETS {
        assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
        assert!(readme.contains(&format!("| `{target}` |")), "{target}");
        let program = fs::read_to_string(folder().join(format!("fuzz_targets/{target}.rs")));
        assert!(program.unwrap().contains(&format!("fuzz!({target})")), "{target}");
    }
}

/// Runs a target over bytes and says which they were where it panics.
fn run(target: &str, function: fn(&[u8]), bytes: &[u8]) {
    let result = std::panic::catch_unwind(|| function(bytes));
    if result.is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{target} breaks a law with these bytes: {hex}");
    }
}

macro_rules! laws {
    ($($target:ident $changes:literal;)*) => {
        $(#[test]
        fn $target() {
            hold(stringify!($target), napster_fuzz::$target, $changes);
        })*

        /// The targets that are held to their laws here.
        const HELD: &[&str] = &[$(stringify!($target)),*];
    };
}

// The second number is how many changed seeds are tried; the dear ones get fewer.
laws! {
    stream 3000;
    decode 6000;
    message_roundtrip 6000;
    query 6000;
    dialogue 6000;
    peer 4000;
    session 300;
    transfer 4000;
    redirector 6000;
    comp112 4000;
    capture 300;
    packet 6000;
    segments 3000;
}

#[test]
fn every_target_is_held() {
    assert!(TARGETS.iter().map(|(name, _)| name).eq(HELD));
}

/// How many times more changes than usual are tried: `CHANGES=50` makes a long search of a test.
fn times() -> usize {
    std::env::var("CHANGES").map_or(1, |times| times.parse().expect("CHANGES is a number"))
}

/// Runs a target over its seeds, over nothing, and over changes of seeds.
fn hold(target: &str, function: fn(&[u8]), changes: usize) {
    let seeds: Vec<_> =
        make::seeds().into_iter().filter(|(path, _)| path.starts_with(target)).collect();
    run(target, function, b"");
    for (_, seed) in &seeds {
        run(target, function, seed);
    }
    let words = dictionary::words();
    let mut random = mutate::Random::new(target);
    for _ in 0..changes * times() {
        let (_, seed) = &seeds[random.below(seeds.len())];
        let (_, other) = &seeds[random.below(seeds.len())];
        run(target, function, &mutate::change(seed, other, &words, &mut random));
    }
}
