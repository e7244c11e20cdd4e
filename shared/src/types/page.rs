//! Lists that are read a page at a time, the newest first: by the key of a row, never by an offset,
//! so that a page costs the same however many there are.

/// Which page of a list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn<K> {
    /// The first.
    Newest,
    /// What comes after the row with this key.
    OlderThan(K),
    /// What comes before the row with this key.
    NewerThan(K),
}

/// A page of a list, the newest first.
#[derive(Debug, Clone)]
pub struct Page<T, K> {
    /// What is on it.
    pub items: Vec<T>,
    /// The key to turn to newer ones, where there may be some.
    pub newer: Option<K>,
    /// The key to turn to older ones, where there are some.
    pub older: Option<K>,
}

impl<K> Turn<K> {
    /// Whether the rows come the newest first: all but those before a key.
    pub(crate) fn is_descending(&self) -> bool {
        !matches!(self, Turn::NewerThan(_))
    }

    /// The key to compare with, where there is one.
    pub(crate) fn key(&self) -> Option<&K> {
        match self {
            Turn::Newest => None,
            Turn::OlderThan(key) | Turn::NewerThan(key) => Some(key),
        }
    }

    /// The end of a statement that reads one row more than a page holds: compares `column` with the
    /// key, orders by it and limits. Takes the key, where there is one, and the limit.
    pub(crate) fn sql(&self, column: &str) -> String {
        match self {
            Turn::Newest => format!(" ORDER BY {column} DESC LIMIT ?"),
            Turn::OlderThan(_) => format!(" AND {column} < ? ORDER BY {column} DESC LIMIT ?"),
            Turn::NewerThan(_) => format!(" AND {column} > ? ORDER BY {column} LIMIT ?"),
        }
    }
}

impl<T, K> Page<T, K> {
    /// Makes a page of rows that were read in the turn's own order, one more than it holds.
    pub(crate) fn of(mut found: Vec<T>, turn: &Turn<K>, limit: usize, key: impl Fn(&T) -> K) -> Self {
        let more = found.len() > limit;
        found.truncate(limit);
        if !turn.is_descending() {
            found.reverse();
        }
        let (first, last) = (found.first().map(&key), found.last().map(&key));
        let (newer, older) = match turn {
            Turn::Newest => (None, last.filter(|_| more)),
            Turn::OlderThan(_) => (first, last.filter(|_| more)),
            Turn::NewerThan(_) => (first.filter(|_| more), last),
        };
        Self { items: found, newer, older }
    }
}

/// A choice for autocomplete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What the person reads, 100 characters at most.
    pub label: String,
    /// What the command receives.
    pub value: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_where_to_turn() {
        let page = |found: &[i64], turn| {
            let page = Page::of(found.to_vec(), &turn, 3, |item| *item);
            (page.items, page.newer, page.older)
        };
        assert_eq!(page(&[], Turn::Newest), (vec![], None, None));
        assert_eq!(page(&[9, 8, 7], Turn::Newest), (vec![9, 8, 7], None, None));
        assert_eq!(page(&[9, 8, 7, 6], Turn::Newest), (vec![9, 8, 7], None, Some(7)));
        assert_eq!(page(&[6, 5], Turn::OlderThan(7)), (vec![6, 5], Some(6), None));
        assert_eq!(page(&[6, 5, 4, 3], Turn::OlderThan(7)), (vec![6, 5, 4], Some(6), Some(4)));
        assert_eq!(page(&[7, 8, 9], Turn::NewerThan(6)), (vec![9, 8, 7], None, Some(7)));
        assert_eq!(page(&[7, 8, 9, 10], Turn::NewerThan(6)), (vec![9, 8, 7], Some(9), Some(7)));
    }
}
