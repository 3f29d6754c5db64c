//! The templates in the binary.

/// Each has a text and an HTML form.
pub(super) const KINDS: [&str; 10] = [
    "address_taken",
    "confirm_email_change",
    "email_changed",
    "identity_changed",
    "invitation",
    "mfa_changed",
    "new_device",
    "password_changed",
    "reset_password",
    "verify_email",
];

macro_rules! files {
    ($($name:literal),+ $(,)?) => { [$(($name, include_str!($name))),+] };
}

/// Names and texts.
pub(super) const FILES: [(&str, &str); 23] = files![
    "layout.txt",
    "layout.html",
    "_button.html",
    "address_taken.txt",
    "address_taken.html",
    "confirm_email_change.txt",
    "confirm_email_change.html",
    "email_changed.txt",
    "email_changed.html",
    "identity_changed.txt",
    "identity_changed.html",
    "invitation.txt",
    "invitation.html",
    "mfa_changed.txt",
    "mfa_changed.html",
    "new_device.txt",
    "new_device.html",
    "password_changed.txt",
    "password_changed.html",
    "reset_password.txt",
    "reset_password.html",
    "verify_email.txt",
    "verify_email.html",
];
