//! The project's files as text, read once; or a few made up ones, for the tests of the rules.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

/// Folders that hold nothing that is shared: what is built, what is run. Names with a dot are left out too, but for
/// those of [`SHARED_WITH_DOT`].
const NOT_SHARED: [&str; 2] = ["target", "data"];
const SHARED_WITH_DOT: [&str; 3] = [".ci", ".env.example", ".github"];

pub struct File {
    /// From the project's root, with `/` between its parts.
    pub path: String,
    pub text: String,
}

pub struct Tree {
    pub files: Vec<File>,
}

impl Tree {
    pub fn sample(files: &[(&str, &str)]) -> Self {
        let file = |&(path, text): &(&str, &str)| File { path: path.to_owned(), text: text.to_owned() };
        Self { files: files.iter().map(file).collect() }
    }

    /// The Rust files below these folders.
    pub fn rust<'tree>(&'tree self, folders: &'tree [&str]) -> impl Iterator<Item = &'tree File> {
        let below = |file: &&File| folders.iter().any(|folder| file.path.starts_with(&format!("{folder}/")));
        self.files.iter().filter(|file| Path::new(&file.path).extension().is_some_and(|end| end == "rs")).filter(below)
    }
}

/// The project that this test was compiled in.
pub fn project() -> &'static Tree {
    static PROJECT: LazyLock<Tree> = LazyLock::new(|| {
        let mut files = Vec::new();
        collect(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files);
        assert!(files.len() > 50, "the project was not found");
        Tree { files }
    });
    &PROJECT
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<File>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name().into_string().unwrap();
        let hidden = name.starts_with('.') && !SHARED_WITH_DOT.contains(&name.as_str());
        if hidden || (prefix.is_empty() && NOT_SHARED.contains(&name.as_str())) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), &format!("{path}/"), files);
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            // What is not text is no rule's business.
            files.push(File { path, text });
        }
    }
}
