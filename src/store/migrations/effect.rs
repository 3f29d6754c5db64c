//! What a migration does, read from its own text: which tables it touches, and by what one sees that it was done.
//!
//! The texts are few and plain, and a test holds that each of them is understood. Nothing is guessed: what is not
//! understood has no effect here, and the test fails.

/// By what one sees whether a statement was carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Table(&'static str),
    Column { table: &'static str, column: &'static str },
    Index { table: &'static str, index: &'static str },
}

/// What a file touches, in its order and each table once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) makes: Vec<&'static str>,
    /// There before: what is done to them takes the longer the more rows they have.
    pub(super) changes: Vec<&'static str>,
    pub(super) mark: Option<Mark>,
}

impl Effect {
    pub(super) fn of(text: &'static str) -> Self {
        let mut effect = Self::default();
        let words: Vec<&'static str> = text
            .lines()
            .filter(|line| !line.starts_with("--"))
            .flat_map(|line| line.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')))
            .filter(|word| !word.is_empty())
            .collect();
        for at in 0..words.len() {
            effect.read(&words[at..]);
        }
        effect
    }

    /// What begins with these words.
    fn read(&mut self, words: &[&'static str]) {
        match *words {
            ["CREATE", "TABLE", table, ..] => {
                self.makes.push(table);
                self.mark.get_or_insert(Mark::Table(table));
            }
            ["INDEX", index, "ON", table, ..] | ["ALTER", "TABLE", table, "ADD", "INDEX", index, ..] => {
                self.touch(table);
                self.mark.get_or_insert(Mark::Index { table, index });
            }
            ["ALTER", "TABLE", table, "ADD", "COLUMN", column, ..] => {
                self.touch(table);
                self.mark.get_or_insert(Mark::Column { table, column });
            }
            ["ALTER", "TABLE", table, ..] => self.touch(table),
            _ => {}
        }
    }

    fn touch(&mut self, table: &'static str) {
        if !self.makes.contains(&table) && !self.changes.contains(&table) {
            self.changes.push(table);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::embedded::{MYSQL, POSTGRES, SQLITE};
    use super::*;

    #[test]
    fn every_migration_is_understood_and_the_same_on_all_three() {
        for ((sqlite, mysql), postgres) in SQLITE.iter().zip(&MYSQL).zip(&POSTGRES) {
            let effects = [sqlite, mysql, postgres].map(|step| Effect::of(step.up));
            let name = sqlite.name;
            assert!(!(effects[0].makes.is_empty() && effects[0].changes.is_empty()), "{name} touches nothing");
            for effect in &effects {
                assert_eq!((&effect.makes, &effect.changes), (&effects[0].makes, &effects[0].changes), "{name}");
                assert!(effect.mark.is_some(), "{name}: nobody can see whether it was done");
            }
        }
    }

    #[test]
    fn each_kind_of_statement_has_its_mark() {
        let mark = |text| Effect::of(text).mark;
        assert_eq!(mark("-- CREATE TABLE no\nCREATE TABLE a (\n  id INT);"), Some(Mark::Table("a")));
        let column = Mark::Column { table: "a", column: "b" };
        assert_eq!(mark("ALTER TABLE a ADD COLUMN b BINARY(16) NULL;"), Some(column));
        let index = Some(Mark::Index { table: "a", index: "a_b" });
        for text in [
            "CREATE INDEX a_b ON a (b);",
            "CREATE UNIQUE INDEX a_b ON a(b);",
            "ALTER TABLE a ADD INDEX a_b (b), DROP INDEX a_c;",
            "DROP INDEX a_c;\nCREATE INDEX a_b ON a (b);",
        ] {
            assert_eq!(mark(text), index, "{text}");
            assert_eq!(Effect::of(text).changes, ["a"], "{text}");
        }
        let both = Effect::of("CREATE TABLE a (id INT); CREATE INDEX a_id ON a (id);");
        assert_eq!((both.makes, both.changes), (vec!["a"], vec![]));
        assert_eq!(Effect::of("UPDATE a SET b = 1").mark, None);
    }
}
