//! What a run leaves behind: JSON for programs, one HTML file for people, lines in the terminal while it goes on.
//!
//! It promises that the HTML stands by itself (no script, no file beside it, nothing from a network) and that
//! everything in it is in the JSON too. It judges nothing: `verdict` does.

pub mod charts;
pub mod html;
pub mod live;
pub mod machine;
pub mod model;
pub mod page;

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use self::model::Report;

/// `report.json` and `report.html`.
pub fn write(report: &Report, folder: &Path) -> anyhow::Result<[PathBuf; 2]> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let (json, html) = (folder.join("report.json"), folder.join("report.html"));
    let text = serde_json::to_string_pretty(report).context("the report as JSON")?;
    std::fs::write(&json, text).with_context(|| format!("cannot write {}", json.display()))?;
    std::fs::write(&html, page::page(report)).with_context(|| format!("cannot write {}", html.display()))?;
    Ok([json, html])
}

pub fn read(path: &Path) -> anyhow::Result<Report> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no report of this version", path.display()))
}
