#![cfg(test)]
//! The actors, by message.

mod hasher;
