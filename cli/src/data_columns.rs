//! `atelier data columns`: the table of personal data, for whoever runs the service.

use serde::Serialize;
use shared::domain::personal_data::{self, Basis, Class, Column, Kept, Person, Purpose, Reason, Rule, TABLES};

use crate::print::line;

/// Prints a line for each column, for people.
pub fn text() {
    let rows: Vec<[String; 7]> = personal_data::columns()
        .map(|Column { table, name, rule }| {
            let [class, purpose, basis, kept, export, erasure] = words(&rule);
            [format!("{table}.{name}"), class, purpose, basis, kept, export, erasure]
        })
        .collect();
    let head = ["column", "class", "purpose", "legal basis", "kept", "export", "erasure"].map(str::to_owned);
    let widths: [usize; 7] = std::array::from_fn(|at| rows.iter().chain([&head]).map(|row| row[at].len()).max().unwrap_or(0));
    for row in [&head].into_iter().chain(&rows) {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
}

/// Prints a table in Markdown for each table of the schema.
pub fn markdown() {
    for (at, table) in TABLES.iter().enumerate() {
        line(&format!("{}## `{}`\n", if at == 0 { "" } else { "\n" }, table.name));
        line("| Columns | Class | Purpose | Legal basis | Kept | Export | Erasure |");
        line("| --- | --- | --- | --- | --- | --- | --- |");
        for of in table.lines {
            let names = of.names.split_whitespace().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            line(&format!("| {names} | {} |", words(&of.rule).join(" | ")));
        }
    }
}

/// Prints a JSON array with an object for each column.
pub fn json() -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Row {
        table: &'static str,
        column: &'static str,
        class: Class,
        purpose: Purpose,
        legal_basis: Basis,
        kept: String,
        /// For how long, where that is a time.
        #[serde(skip_serializing_if = "Option::is_none")]
        kept_seconds: Option<u64>,
        export: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        export_reason: Option<Reason>,
        erasure: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        erasure_reason: Option<Reason>,
        /// How its row leads to the people it is about.
        people: &'static [Person],
    }
    let rows = TABLES.iter().flat_map(|table| table.lines.iter().map(move |line| (table, line))).flat_map(|(table, line)| {
        line.names.split_whitespace().map(move |column| Row {
            table: table.name,
            column,
            class: line.rule.class,
            purpose: line.rule.purpose,
            legal_basis: line.rule.basis,
            kept: line.rule.kept.to_string(),
            kept_seconds: if let Kept::For(time, _) = line.rule.kept { Some(time.as_secs()) } else { None },
            export: line.rule.export.word(),
            export_reason: line.rule.export.reason(),
            erasure: line.rule.erasure.word(),
            erasure_reason: line.rule.erasure.reason(),
            people: table.people,
        })
    });
    line(&serde_json::to_string_pretty(&rows.collect::<Vec<_>>())?);
    Ok(())
}

fn words(rule: &Rule) -> [String; 6] {
    let Rule { class, purpose, basis, kept, export, erasure } = rule;
    [
        class.as_str().to_owned(),
        purpose.as_str().to_owned(),
        basis.as_str().to_owned(),
        kept.to_string(),
        with_reason(export.word(), export.reason()),
        with_reason(erasure.word(), erasure.reason()),
    ]
}

fn with_reason(word: &str, reason: Option<Reason>) -> String {
    reason.map_or_else(|| word.to_owned(), |reason| format!("{word}: {}", reason.as_str()))
}
