//! The program: it reads the command line and gives everything else to the library.

use actix::System;
use clap::Parser as _;
use keystead::cli::{CommandLine, Exit};
use tokio::runtime::Builder;

fn main() {
    let asked = CommandLine::parse();
    // Fails only where a provider is installed already, which then serves as well.
    let _is_there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let exit = match Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => System::with_tokio_rt(|| runtime).block_on(asked.run()),
        Err(cause) => {
            eprintln!("keystead: the runtime cannot start: {cause}");
            Exit::Failure
        }
    };
    // Not a return: dropping the runtime would wait for look-ups of names that nobody waits for any more.
    std::process::exit(exit.code())
}
