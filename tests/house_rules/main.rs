#![cfg(test)]
//! The rules of the house that no compiler holds: sizes, directions of imports, single homes, migration triplets, words.
//!
//! A rule is a function from a [`tree::Tree`] to complaints, each with its place and what to do. So every rule is tested
//! on the project and on a sample that breaks it: a rule that cannot fail holds nothing.

mod api_page;
mod code;
mod floors;
mod homes;
mod migrations;
mod settings;
mod sizes;
mod tree;
mod words;

use tree::Tree;

/// Fails with every complaint that the rule has about this project.
fn hold(rule: fn(&Tree) -> Vec<String>) {
    let complaints = rule(tree::project());
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

#[test]
fn files_are_small() {
    hold(sizes::long_files);
}

#[test]
fn most_files_are_smaller_still() {
    hold(sizes::median_of_files);
}

#[test]
fn functions_are_small() {
    hold(sizes::long_functions);
}

#[test]
fn imports_go_down_only() {
    hold(floors::imports);
}

#[test]
fn floors_know_only_their_own_crates() {
    hold(floors::foreign_words);
}

#[test]
fn what_has_one_home_stays_there() {
    hold(homes::strays);
}

#[test]
fn unsafe_code_has_one_small_room() {
    hold(homes::unsafe_rooms);
}

#[test]
fn secrets_are_judged_behind_the_throttle() {
    hold(homes::unthrottled);
}

#[test]
fn every_folder_opens_with_its_purpose() {
    hold(words::unopened_folders);
}

#[test]
fn migrations_come_in_triplets() {
    hold(migrations::triplets);
}

#[test]
fn a_mysql_migration_is_one_statement() {
    hold(migrations::statements);
}

#[test]
fn the_example_shows_every_setting_once() {
    hold(settings::example);
}

#[test]
fn the_api_page_names_every_route() {
    hold(api_page::routes);
}

#[test]
fn the_api_page_names_every_code() {
    hold(api_page::codes);
}

#[test]
fn nothing_is_left_half_done() {
    hold(words::unfinished);
}

#[test]
fn names_say_something() {
    hold(words::empty_names);
}

#[test]
fn no_path_of_somebodys_machine() {
    hold(words::machine_paths);
}
