//! Pieces of pages, made in few words.

use app::routes::SANDBOX;
use app::views::sandbox::{Act, Cell, Fact, Part, TableView};
use app::views::{TimeView, Tone};

/// The address of a page of the sandbox.
pub fn href(path: &str) -> String {
    format!("{SANDBOX}/{path}")
}

/// Text for an address's query.
pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A button that leads to a page.
pub fn go(label: &str, to: String) -> Act {
    Act { label: label.to_owned(), to, ..Act::default() }
}

/// A button that does something at once.
pub fn press(label: &str, to: String) -> Act {
    Act { posts: true, ..go(label, to) }
}

/// Of a row: smaller, and called by what it is about.
pub fn of_row(act: Act, about: &str) -> Act {
    Act { name: Some(format!("{} {about}", act.label)), small: true, ..act }
}

/// A cell with a text.
pub fn text(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), ..Cell::default() }
}

/// A cell with an id or the like.
pub fn code(text: impl Into<String>) -> Cell {
    Cell { text: text.into(), code: true, ..Cell::default() }
}

/// A cell that leads somewhere, with a smaller line below.
pub fn link(text: impl Into<String>, to: String, under: impl Into<String>) -> Cell {
    Cell { text: text.into(), href: to, under: under.into(), ..Cell::default() }
}

/// A cell with a state.
pub fn state(label: &str, tone: Tone) -> Cell {
    Cell { text: label.to_owned(), tone: Some(tone), ..Cell::default() }
}

/// A cell with a time.
pub fn when(time: TimeView) -> Cell {
    Cell { text: time.words, ..Cell::default() }
}

/// A cell with buttons.
pub fn acts(acts: Vec<Act>) -> Cell {
    // An empty cell rather than none, so that columns stay in line.
    Cell { acts, ..Cell::default() }
}

/// A label with its value.
pub fn fact(label: &str, value: impl Into<String>) -> Fact {
    Fact { label: label.to_owned(), value: value.into(), ..Fact::default() }
}

/// A table.
pub fn table(label: &str, columns: &[&str], rows: Vec<Vec<Cell>>, empty: &str) -> Part {
    Part::Table(TableView {
        label: label.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
        empty: empty.to_owned(),
    })
}

/// Pieces under a heading.
pub fn panel(id: &str, title: &str, intro: &str, parts: Vec<Part>) -> Part {
    Part::Panel { id: id.to_owned(), title: title.to_owned(), intro: intro.to_owned(), parts }
}

/// Rows on a page of a list.
const ROWS: usize = 20;

/// One page of a list, and the way to the others. `base` ends in `page=`.
pub fn page_of<T>(items: Vec<T>, page: &str, base: String) -> (Vec<T>, Part) {
    let pages = items.len().div_ceil(ROWS).max(1);
    let page = page.parse::<usize>().unwrap_or(1).clamp(1, pages);
    let shown = items.into_iter().skip((page - 1) * ROWS).take(ROWS).collect();
    (shown, Part::Pages { page: page as u32, pages: pages as u32, base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_pages_of_twenty() {
        let at = |page: &str| {
            let (shown, part) = page_of((1..=41).collect(), page, String::new());
            let Part::Pages { page, pages, .. } = part else { unreachable!("it is the way to the others") };
            (shown.first().copied(), shown.len(), page, pages)
        };
        assert_eq!(at(""), (Some(1), 20, 1, 3));
        assert_eq!(at("3"), (Some(41), 1, 3, 3));
        assert_eq!(at("9"), (Some(41), 1, 3, 3));
        assert_eq!(at("0"), (Some(1), 20, 1, 3));
    }
}
