//! `completions`: a real shell finishes a real command with them.

use std::process::Command;

use crate::program::Program;

fn bash(program: &Program, script: &str) -> String {
    let ran = Command::new("bash").args(["--norc", "-c", script]).current_dir(program.folder()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn bash_finishes_commands_and_flags() {
    let program = Program::new();
    std::fs::write(program.path("keystead.bash"), program.ok(&["completions", "bash"])).unwrap();
    let finish = |words: &str| {
        let script = "source keystead.bash; COMP_WORDS=(WORDS); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); \
                      _keystead keystead \"${COMP_WORDS[-1]}\" \"${COMP_WORDS[-2]}\"; echo \"${COMPREPLY[@]}\"";
        bash(&program, &script.replace("WORDS)", &format!("{words})")))
    };
    assert_eq!(finish("keystead healthc").trim(), "healthcheck");
    let flags = finish("keystead clients create --");
    assert!(flags.contains("--name") && flags.contains("--permission"), "{flags}");
    assert!(!flags.contains("--control"), "what is hidden in --help is hidden here too: {flags}");
}

#[test]
fn the_other_shells_get_theirs() {
    let program = Program::new();
    assert!(program.ok(&["completions", "zsh"]).starts_with("#compdef keystead"));
    assert!(program.ok(&["completions", "fish"]).contains("complete -c keystead"));
    let ran = program.run(&["completions", "powershell"]);
    assert!(ran.code == 2 && ran.err.contains("bash, zsh, fish"), "{ran:?}");
}
