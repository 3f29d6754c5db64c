//! The committed pages are the generated ones. To write them anew: `cargo test --lib write_the_pages -- --ignored`.

use std::collections::BTreeSet;
use std::fs::{read_to_string, write};
use std::path::Path;

use super::super::{all_settings, configuration_page, env_example};

fn pages() -> [(std::path::PathBuf, String); 2] {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    [(root.join(".env.example"), env_example()), (root.join("docs/configuration.md"), configuration_page())]
}

#[test]
fn the_committed_pages_are_the_generated_ones() {
    for (path, generated) in pages() {
        let committed = read_to_string(&path).unwrap_or_default();
        assert!(
            committed == generated,
            "{} is out of date: cargo test --lib write_the_pages -- --ignored",
            path.display()
        );
    }
}

#[test]
#[ignore = "writes the pages instead of testing something"]
fn write_the_pages() {
    for (path, generated) in pages() {
        write(path, generated).unwrap();
    }
}

#[test]
fn every_name_is_declared_once_and_shown_with_its_twin() {
    let settings = all_settings();
    let names: BTreeSet<_> = settings.iter().map(|setting| setting.name).collect();
    assert_eq!(names.len(), settings.len());
    let (example, page) = (env_example(), configuration_page());
    for setting in settings {
        assert!(example.contains(&format!("\n#{}=", setting.name)), "{}", setting.name);
        assert!(page.contains(&format!("| `{}`", setting.name)), "{}", setting.name);
        assert!(!setting.meaning.contains('|') && !setting.allowed.to_string().contains('|'), "would break the table");
        if let Some(twin) = setting.file_twin() {
            assert!(example.contains(&format!("\n#{twin}=\n")), "{twin}");
        }
    }
}

#[test]
fn a_copied_example_changes_nothing() {
    assert!(env_example().lines().all(|line| line.is_empty() || line.starts_with('#')));
}
