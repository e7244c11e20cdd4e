//! What a studio answers a dispute with.

use super::sheet::{Align, LEFT, RIGHT, Sheets};
use super::{ACCENT, BODY, NAME, RULE, SMALL, STRONG, TITLE};
use crate::config::Studio;
use crate::domain::accounts::Account;
use crate::domain::audit::{Action, Entry};
use crate::domain::deliverables::{Deliverable, Object};
use crate::domain::evidence::Evidence;
use crate::error::Result;
use crate::message;
use crate::texts::{self, Language, Message};

/// Where what belongs to a label begins.
const VALUES: f32 = LEFT + 130.0;

/// All that is known about an invoice, as a PDF.
pub fn evidence(studio: &Studio, evidence: &Evidence, language: Language) -> Result<Vec<u8>> {
    let mut paper = Paper { language, sheets: Sheets::new() };
    let number = evidence.invoice.number;
    paper.sheets.text(&studio.name, NAME, Align::Left, LEFT, RIGHT);
    paper.sheets.skip(16.0);
    let title = paper.text(message!("evidence-title", number = number));
    paper.sheets.text(&title, TITLE, Align::Left, LEFT, RIGHT);
    let made = paper.text(message!("evidence-made", at = evidence.made_at.utc()));
    paper.sheets.text(&made, SMALL, Align::Left, LEFT, RIGHT);

    paper.invoice(evidence);
    paper.money(evidence);
    paper.files(evidence);
    paper.downloads(evidence);
    paper.told(evidence);
    paper.log(&evidence.log);

    let foot_title = format!("{title} · {}", studio.name);
    let foot = |page: usize, count: usize| (foot_title.clone(), message!("page-of", page = page, count = count).to(language));
    paper.sheets.pdf(&foot_title, &studio.name, language.as_str(), (ACCENT, SMALL), foot)
}

struct Paper {
    language: Language,
    sheets: Sheets,
}

impl Paper {
    fn invoice(&mut self, evidence: &Evidence) {
        let invoice = &evidence.invoice;
        self.section(message!("invoice"));
        self.fact(message!("what-for"), &invoice.title);
        self.fact(message!("attention-details"), &invoice.description);
        self.fact(message!("amount"), &texts::money(invoice.amount, self.language));
        let status = self.text(invoice.status.text());
        self.fact(message!("status"), &status);
        self.fact(message!("issued"), &format!("{} · {}", invoice.created_at.utc(), named(&evidence.issuer)));
        if let Some(due_at) = invoice.due_at {
            self.fact(message!("due"), &due_at.utc());
        }
        let known = self.text(message!("evidence-known-since", at = evidence.customer.created_at.utc()));
        self.fact(message!("customer"), &format!("{}\n{known}", named(&evidence.customer)));
    }

    fn money(&mut self, evidence: &Evidence) {
        self.section(message!("evidence-money"));
        if evidence.receipts.is_empty() {
            self.nothing();
        }
        for receipt in &evidence.receipts {
            let what = self.text(message!("receipt-title", number = receipt.paper.number.as_str()));
            let amount = texts::money(receipt.paper.amount, self.language);
            self.entry(&format!("{} · {what}", receipt.paid_at.utc()), &amount, receipt.payment_intent.as_deref().unwrap_or_default());
            for note in &receipt.credit_notes {
                let what = self.text(message!("credit-note-title", number = note.paper.number.as_str()));
                let cancelled = match note.cancelled_at {
                    Some(at) => format!(" · {} {}", self.text(message!("credit-note-cancelled")), at.utc()),
                    None => String::new(),
                };
                let amount = texts::money(note.paper.amount, self.language);
                let more = format!("{}{cancelled}\n{}", note.stripe_refund_id.as_deref().unwrap_or_default(), note.reason(self.language));
                self.entry(&format!("{} · {what}", note.credited_at.utc()), &amount, &more);
            }
        }
        for dispute in &evidence.disputes {
            let what = format!("{} · {} · {}", dispute.created_at.utc(), self.text(message!("dispute")), dispute.reason);
            let amount = texts::money(dispute.amount, self.language);
            self.entry(&what, &amount, &format!("{} · {} {}", dispute.id, dispute.status.as_str(), dispute.changed_at.utc()));
        }
    }

    fn files(&mut self, evidence: &Evidence) {
        self.section(message!("evidence-files"));
        if evidence.files.is_empty() {
            self.nothing();
        }
        for (file, former) in &evidence.files {
            let removed = match file.removed_at {
                Some(at) => format!(" · {} {}", self.text(message!("audit-deliverable-removed")), at.utc()),
                None => String::new(),
            };
            self.version(file, file.version, &file.file_name, &file.object, &format!("{}{removed}", file.created_at.utc()));
            for version in former {
                self.version(file, version.version, &version.file_name, &version.object, &version.created_at.utc());
            }
        }
    }

    fn version(&mut self, file: &Deliverable, version: i64, file_name: &str, object: &Object, when: &str) {
        let size = texts::size(object.size_bytes, self.language);
        self.entry(&format!("{} · v{version}", file.label), &size, &format!("{file_name}\nSHA-256 {}\n{when}", object.sha256));
    }

    fn downloads(&mut self, evidence: &Evidence) {
        self.section(message!("evidence-downloads"));
        if evidence.openings.is_empty() {
            self.nothing();
        }
        for opening in &evidence.openings {
            let file = evidence.files.iter().find(|(file, _)| file.id == opening.deliverable);
            let label = file.map_or("", |(file, _)| file.label.as_str());
            let what = format!("{} · {label} · v{}{}", opening.opened_at.utc(), opening.version, times(opening.count));
            self.entry(&what, &opening.address, "");
        }
    }

    fn told(&mut self, evidence: &Evidence) {
        self.section(message!("evidence-told"));
        if evidence.told.is_empty() {
            self.nothing();
        }
        for told in &evidence.told {
            let how = match (told.sent_at, told.closed_at, told.read_at) {
                (Some(at), _, _) => message!("evidence-by-dm", at = at.utc()),
                (None, Some(_), Some(at)) => message!("evidence-inbox-read", at = at.utc()),
                (None, Some(at), None) => message!("evidence-inbox", at = at.utc()),
                (None, None, _) => message!("evidence-not-sent"),
            };
            let (what, how) = (self.text(told.kind.text()), self.text(how));
            let reference = told.message.as_ref().map(|message| format!("Discord {message}")).unwrap_or_default();
            self.entry(&format!("{} · {what}", told.created_at.utc()), &how, &reference);
        }
    }

    fn log(&mut self, log: &[(Entry, i64)]) {
        self.section(message!("evidence-log"));
        for (entry, count) in log {
            let what = Action::parse(&entry.action).map_or_else(|| entry.action.clone(), |action| self.text(action.text()));
            let head = format!("{} · {} · {what}{}", entry.seq, entry.at.utc(), times(*count));
            let hash = entry.hash.as_deref().unwrap_or_default();
            let more = [entry.detail.as_str(), hash].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
            self.entry(&head, &entry.actor, &more);
        }
    }

    fn section(&mut self, title: Message) {
        let title = self.text(title);
        self.sheets.skip(22.0);
        self.sheets.need(70.0);
        self.sheets.text(&title, super::SUM, Align::Left, LEFT, RIGHT);
        self.sheets.skip(4.0);
        self.sheets.bar(LEFT, RIGHT - LEFT, 0.75, RULE);
        self.sheets.skip(8.0);
    }

    /// A label with what belongs to it.
    fn fact(&mut self, label: Message, value: &str) {
        if value.is_empty() {
            return;
        }
        let label = self.text(label);
        self.sheets.need(Sheets::height(value, BODY, VALUES, RIGHT).min(200.0));
        let top = self.sheets.y;
        self.sheets.text(&label, SMALL, Align::Left, LEFT, VALUES - 10.0);
        self.sheets.y = top;
        self.sheets.text(value, BODY, Align::Left, VALUES, RIGHT);
        self.sheets.skip(3.0);
    }

    /// One line, what stands at its right, and what belongs below it.
    fn entry(&mut self, line: &str, aside: &str, more: &str) {
        let height = Sheets::height(line, STRONG, LEFT, RIGHT - 150.0) + Sheets::height(more, SMALL, LEFT, RIGHT);
        self.sheets.need(height.min(200.0));
        self.sheets.row((line, STRONG), LEFT, RIGHT - 150.0, (aside, BODY), RIGHT);
        if !more.is_empty() {
            self.sheets.text(more, SMALL, Align::Left, LEFT, RIGHT);
        }
        self.sheets.skip(6.0);
    }

    fn nothing(&mut self) {
        let nothing = self.text(message!("evidence-nothing"));
        self.sheets.text(&nothing, BODY, Align::Left, LEFT, RIGHT);
    }

    fn text(&self, message: Message) -> String {
        message.to(self.language)
    }
}

/// How often, where it was more than once.
fn times(count: i64) -> String {
    if count > 1 { format!(" ×{count}") } else { String::new() }
}

fn named(account: &Account) -> String {
    format!("{} (Discord {})", account.name, account.user)
}
