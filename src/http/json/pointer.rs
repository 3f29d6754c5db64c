//! Where in the body something is: JSON Pointer, RFC 6901.

use serde_path_to_error::Segment;

/// A pointer can hold a key that the client made up, so it is cut: an answer is no echo of 64 KiB.
const LONGEST_BYTES: usize = 256;

/// The pointer to `name` below `parent`.
pub(super) fn child(parent: &str, name: &str) -> String {
    let room = LONGEST_BYTES.saturating_sub(parent.len() + 1);
    let cut = name.floor_char_boundary(room);
    let name = name.get(..cut).unwrap_or_default();
    if room == 0 { parent.to_owned() } else { format!("{parent}/{}", name.replace('~', "~0").replace('/', "~1")) }
}

/// Of a place where serde stopped.
pub(super) fn of_tracked(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |parent, segment| match segment {
        Segment::Seq { index } => child(&parent, &index.to_string()),
        Segment::Map { key } => child(&parent, key),
        Segment::Enum { variant } => child(&parent, variant),
        Segment::Unknown => parent,
    })
}

/// Of a place that serde passed over, because the type knows no field there.
pub(super) fn of_ignored(path: &serde_ignored::Path<'_>) -> String {
    use serde_ignored::Path;
    match path {
        Path::Root => String::new(),
        Path::Seq { parent, index } => child(&of_ignored(parent), &index.to_string()),
        Path::Map { parent, key } => child(&of_ignored(parent), key),
        Path::Some { parent } | Path::NewtypeStruct { parent } | Path::NewtypeVariant { parent } => of_ignored(parent),
    }
}
