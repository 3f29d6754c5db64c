//! Reads the templates: those in the binary, and the operator's folder over them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{TemplateError, Templates, built_in, environment, subject_of, words};

/// Of one file. The built-in ones have some thousand.
const TEMPLATE_BYTES_MAX: u64 = 256 * 1024;
/// Names that begin so are parts, which other templates include.
const PART: char = '_';

/// A template's text, and where it came from.
type Texts = BTreeMap<String, (String, String)>;

impl Templates {
    /// `folder`: the operator's. A file that takes no template's place is a slip of the pen, unless its name begins with
    /// `_`; other endings than `.txt` and `.html` are passed over.
    ///
    /// # Errors
    /// [`TemplateError`].
    pub(in super::super) fn read(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let built_in = built_in::FILES.iter();
        let mut texts: Texts = built_in
            .map(|(name, text)| ((*name).to_owned(), ((*text).to_owned(), format!("{name} (built in)"))))
            .collect();
        if let Some(folder) = folder {
            read_folder(folder, &mut texts)?;
        }
        let mut templates = Self { environment: environment(), files: BTreeMap::new() };
        for (name, (text, file)) in texts {
            templates.files.insert(name.clone(), file);
            templates.add(&name, text)?;
        }
        Ok(templates)
    }

    fn add(&mut self, name: &str, text: String) -> Result<(), TemplateError> {
        let Some(kind) = built_in::KINDS.iter().find(|kind| *name == format!("{kind}.txt")) else {
            return self.add_one(name, text);
        };
        let (first, rest) = text.split_once('\n').unwrap_or((text.as_str(), ""));
        let Some(subject) = first.strip_prefix("Subject:") else {
            let why = "the first line must be `Subject: …`".to_owned();
            return Err(TemplateError { file: self.file(name), line: Some(1), why });
        };
        self.add_one(&subject_of(kind), subject.trim().to_owned())?;
        // The line break stays, so that lines keep their numbers.
        self.add_one(name, format!("\n{rest}"))
    }

    fn add_one(&mut self, name: &str, text: String) -> Result<(), TemplateError> {
        let added = self.environment.add_template_owned(name.to_owned(), text);
        added.map_err(|cause| TemplateError { file: self.file(name), line: cause.line(), why: words(&cause) })
    }
}

fn read_folder(folder: &Path, texts: &mut Texts) -> Result<(), TemplateError> {
    let failed = |path: &Path, why: String| TemplateError { file: path.display().to_string(), line: None, why };
    let entries = fs::read_dir(folder).map_err(|cause| failed(folder, cause.to_string()))?;
    for entry in entries {
        let path = entry.map_err(|cause| failed(folder, cause.to_string()))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !matches!(ending, Some("txt" | "html")) || name.starts_with('.') {
            continue;
        }
        if !texts.contains_key(name) && !name.starts_with(PART) {
            return Err(failed(&path, "there is no letter of this name".to_owned()));
        }
        let bytes = path.metadata().map_err(|cause| failed(&path, cause.to_string()))?.len();
        if bytes > TEMPLATE_BYTES_MAX {
            return Err(failed(&path, format!("it has more than {TEMPLATE_BYTES_MAX} bytes")));
        }
        let text = fs::read_to_string(&path).map_err(|cause| failed(&path, cause.to_string()))?;
        texts.insert(name.to_owned(), (text, path.display().to_string()));
    }
    Ok(())
}
