//! Programs that a test asks besides Keystead: a browser, other makers' implementations, a shell's tools.
//!
//! `scripts/test` installs them. Without one a test says that it is skipped, and with `CI=true` it fails.

/// Whether all of these can be called.
#[expect(clippy::disallowed_methods, reason = "where programs are is no setting of the server, nor is CI=true")]
pub fn are_installed(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_there = |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing: Vec<_> = programs.iter().filter(|program| !is_there(program)).collect();
    if missing.is_empty() {
        return true;
    }
    let hint = "`scripts/install-missing tests` installs them";
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "CI=true, but missing are {missing:?}; {hint}");
    eprintln!("skipped: missing are {missing:?}; {hint}");
    false
}
