//! HTML from text that may hold anything.

/// For text and for attributes in double quotes.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// What each of them becomes, one after the other.
pub fn each<T>(all: impl IntoIterator<Item = T>, mut to_html: impl FnMut(T) -> String) -> String {
    let mut html = String::new();
    for one in all {
        html.push_str(&to_html(one));
    }
    html
}

/// A table whose cells are HTML already; on a narrow screen it scrolls by itself.
pub fn table(heads: &[&str], rows: &[Vec<String>]) -> String {
    let head = each(heads, |head| format!("<th>{}</th>", escape(head)));
    let row = |cells: &Vec<String>| {
        let cells = each(cells, |cell| format!("<td>{cell}</td>"));
        format!("<tr>{cells}</tr>\n")
    };
    let rows = each(rows, row);
    format!("<div class=\"wide\"><table><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
        assert!(table(&["<b>"], &[]).contains("&lt;b&gt;"));
    }
}
