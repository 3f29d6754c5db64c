//! Backups, putting them back, and copies from one kind of database to another: by the program as an operator runs it.

mod copies;
mod drill;
mod ground;
mod refusals;
