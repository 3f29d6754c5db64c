//! The development key, through the whole reading: made once, only in development, only when nothing is wrong.

use std::path::Path;

use secrecy::ExposeSecret as _;

use super::super::secrets::KeyOrigin;
use super::*;

fn in_folder(folder: &Path, more: &[(&str, &str)]) -> Result<Config, Mistakes> {
    let path = folder.join("data/keystead.db");
    Config::read(&environment(&[&[("DB_PATH", path.to_str().unwrap())], more].concat()))
}

#[test]
fn the_key_is_made_beside_the_database_and_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data/secret.key");
    let first = in_folder(folder.path(), &[]).unwrap().secrets;
    let second = in_folder(folder.path(), &[]).unwrap().secrets;
    assert_eq!((first.origin, second.origin), (KeyOrigin::Made(path.clone()), KeyOrigin::Kept(path)));
    assert_eq!(first.key.expose_secret(), second.key.expose_secret());
    assert!(first.key.expose_secret().len() >= 32);
}

#[test]
fn no_key_is_made_in_production_nor_beside_another_mistake() {
    let folder = tempfile::tempdir().unwrap();
    assert!(in_folder(folder.path(), &[("KEYSTEAD_ENV", "production")]).is_err());
    assert!(in_folder(folder.path(), &[("LISTEN", "nowhere")]).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_given_key_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let secrets = in_folder(folder.path(), &[KEY]).unwrap().secrets;
    assert_eq!((secrets.origin, secrets.key.expose_secret()), (KeyOrigin::Given, KEY.1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_spoilt_key_file_is_a_mistake_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    in_folder(folder.path(), &[]).unwrap();
    let path = folder.path().join("data/secret.key");
    std::fs::write(&path, "short-canary\n").unwrap();
    let line = only_line(in_folder(folder.path(), &[]));
    assert!(line.contains("fewer than 32 bytes") && !line.contains("canary"), "{line}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "short-canary\n");
}
