//! What a person keeps as a PDF: receipts, with their credit notes, and evidence.

mod evidence;
mod fonts;
mod sheet;

use crate::app::App;
use crate::domain::evidence::Evidence;
use crate::domain::papers::Paper;
use crate::domain::receipts::{CreditNote, Receipt, Receipts};
use crate::error::{Error, Result};
use crate::message;
use crate::texts::{self, Language, Message};
use crate::types::Money;

use sheet::{Align, Colour, LEFT, RIGHT, Sheets, Style};

const INK: Colour = Colour(0x1f, 0x24, 0x2b);
const QUIET: Colour = Colour(0x5f, 0x68, 0x75);
const ACCENT: Colour = Colour(0x3f, 0x63, 0x8c);
const RULE: Colour = Colour(0xd5, 0xdb, 0xe3);
const WARNING: Colour = Colour(0xa3, 0x55, 0x0a);

const NAME: Style = Style { size: 16.0, bold: true, colour: INK };
const TITLE: Style = Style { size: 24.0, bold: true, colour: ACCENT };
const SMALL: Style = Style { size: 8.5, bold: false, colour: QUIET };
const BODY: Style = Style { size: 10.0, bold: false, colour: INK };
const STRONG: Style = Style { size: 10.0, bold: true, colour: INK };
const SUM: Style = Style { size: 13.0, bold: true, colour: INK };

/// Where the right one of two columns begins.
const HALF: f32 = (LEFT + RIGHT) / 2.0 + 12.0;
/// Where amounts begin: the longest has 16 characters.
const AMOUNTS: f32 = RIGHT - 120.0;

/// The receipts of an invoice as a PDF in what the customer reads: each payment's on a page of its
/// own, then a page for each of its credit notes.
pub fn receipts(receipts: &Receipts) -> Result<Vec<u8>> {
    let language = receipts.customer.language();
    let mut pages = Pages { receipts, language, sheets: Sheets::new() };
    let mut numbers = Vec::new();
    for (index, receipt) in receipts.receipts.iter().enumerate() {
        if index > 0 {
            pages.sheets.turn();
        }
        pages.receipt(receipt);
        numbers.push(receipt.paper.number.as_str());
        for note in &receipt.credit_notes {
            pages.sheets.turn();
            pages.credit_note(receipt, note);
        }
    }
    let title = message!("receipt-title", number = numbers.join(", ")).to(language);
    let seller = receipts.receipts.first().map_or("", |receipt| receipt.paper.seller.name.as_str());
    let title = format!("{title} · {seller}");
    let foot = |page: usize, count: usize| (title.clone(), message!("page-of", page = page, count = count).to(language));
    pages.sheets.pdf(&title, seller, language.as_str(), (ACCENT, SMALL), foot)
}

/// Paper as a file.
#[derive(Debug, Clone)]
pub struct Pdf {
    /// Such as `receipt-R-000012.pdf`.
    pub file_name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Pdf {
    /// Makes one on a blocking thread: a page takes milliseconds.
    pub async fn made(make: impl FnOnce() -> Result<Self> + Send + 'static) -> Result<Self> {
        tokio::task::spawn_blocking(make).await.map_err(|error| Error::Fault(format!("a PDF was not written: {error}")))?
    }
}

struct Pages<'a> {
    receipts: &'a Receipts,
    language: Language,
    sheets: Sheets,
}

impl Pages<'_> {
    fn receipt(&mut self, receipt: &Receipt) {
        let paper = &receipt.paper;
        self.head(message!("receipt-title", number = paper.number.as_str()), paper);
        self.facts(paper, message!("paid-on"), message!("payment-reference"), receipt.payment_intent.as_deref());
        self.table(message!("what-for"), &paper.title, &paper.description, paper.amount);
        self.sum(message!("arrived"), paper.amount);
        if !receipt.credit_notes.is_empty() {
            self.sheets.skip(18.0);
            self.sheets.need(60.0);
            let title = self.text(message!("credit-notes"));
            self.sheets.text(&title, STRONG, Align::Left, LEFT, RIGHT);
            self.sheets.skip(4.0);
            for note in &receipt.credit_notes {
                self.line_of(note);
            }
            self.rule();
            self.sum(message!("remains-paid"), receipt.remains());
        }
        for lost in &receipt.lost {
            self.remark(message!("receipt-was-disputed", amount = *lost));
        }
        self.note(paper);
    }

    fn credit_note(&mut self, receipt: &Receipt, note: &CreditNote) {
        let paper = &note.paper;
        self.head(message!("credit-note-title", number = paper.number.as_str()), paper);
        self.facts(paper, message!("credited-on"), message!("refund-reference"), note.stripe_refund_id.as_deref());
        let of = message!("credit-note-of", number = receipt.paper.number.as_str(), title = paper.title.as_str());
        self.table(message!("what-for"), &self.text(of), &note.reason(self.language), paper.amount);
        self.sum(message!("went-back"), paper.amount);
        if let Some(cancelled_at) = note.cancelled_at {
            self.remark(message!("credit-note-was-cancelled", day = paper.timezone.day(cancelled_at).words()));
        }
        self.note(paper);
    }

    /// Whose paper it is, and what.
    fn head(&mut self, title: Message, paper: &Paper) {
        let seller = &paper.seller;
        let top = self.sheets.y;
        self.sheets.text(&seller.name, NAME, Align::Left, LEFT, HALF - 24.0);
        let name_ends = std::mem::replace(&mut self.sheets.y, top);
        for line in [&seller.address, &seller.email, &seller.website, &seller.tax_id] {
            self.sheets.text(line, SMALL, Align::Right, HALF, RIGHT);
        }
        self.sheets.y = self.sheets.y.max(name_ends) + 26.0;
        let title = self.text(title);
        self.sheets.text(&title, TITLE, Align::Left, LEFT, RIGHT);
        self.sheets.skip(14.0);
    }

    /// Who, when, and which.
    fn facts(&mut self, paper: &Paper, when: Message, reference: Message, named: Option<&str>) {
        let who = format!("{}\nDiscord {}", paper.payer_name, paper.payer);
        let day = self.text(paper.day.words());
        self.pair((message!("paid-by"), &who), Some((when, &day)));
        let number = self.receipts.invoice.number.to_string();
        self.pair((message!("invoice"), &number), named.map(|named| (reference, named)));
        self.sheets.skip(12.0);
    }

    fn pair(&mut self, left: (Message, &str), right: Option<(Message, &str)>) {
        let cells = [Some((left, LEFT, HALF - 24.0)), right.map(|right| (right, HALF, RIGHT))];
        let cells: Vec<_> = cells.into_iter().flatten().map(|((label, value), from, to)| (self.text(label), value, from, to)).collect();
        let heights =
            cells.iter().map(|(label, value, from, to)| Sheets::height(label, SMALL, *from, *to) + Sheets::height(value, BODY, *from, *to));
        let height = heights.fold(0.0, f32::max);
        self.sheets.need(height);
        let top = self.sheets.y;
        for (label, value, from, to) in cells {
            self.sheets.y = top;
            self.sheets.text(&label, SMALL, Align::Left, from, to);
            self.sheets.text(value, BODY, Align::Left, from, to);
        }
        self.sheets.y = top + height + 10.0;
    }

    /// One thing with its amount.
    fn table(&mut self, what: Message, title: &str, more: &str, amount: Money) {
        let (what, of) = (self.text(what), self.text(message!("amount")));
        self.sheets.row((&what, SMALL), LEFT, AMOUNTS - 12.0, (&of, SMALL), RIGHT);
        self.rule();
        let amount = texts::money(amount, self.language);
        self.sheets.row((title, STRONG), LEFT, AMOUNTS - 12.0, (&amount, STRONG), RIGHT);
        self.sheets.text(more, SMALL, Align::Left, LEFT, AMOUNTS - 12.0);
        self.rule();
    }

    /// A credit note in one line of its receipt.
    fn line_of(&mut self, note: &CreditNote) {
        let paper = &note.paper;
        let mut words = format!("{} · {}", paper.number, self.text(paper.day.words()));
        let mut amount = texts::money(Money::new(-paper.amount.minor, paper.amount.currency), self.language);
        if note.cancelled_at.is_some() {
            words = format!("{words} · {}", self.text(message!("credit-note-cancelled")));
            amount = format!("({amount})");
        }
        self.sheets.row((&words, BODY), LEFT, AMOUNTS - 12.0, (&amount, BODY), RIGHT);
        self.sheets.skip(2.0);
    }

    fn sum(&mut self, label: Message, amount: Money) {
        self.sheets.skip(4.0);
        self.sheets.need(SUM.size * 2.0);
        let (label, amount) = (self.text(label), texts::money(amount, self.language));
        self.sheets.row((&label, SUM), LEFT, HALF, (&amount, SUM), RIGHT);
    }

    /// What must not be overlooked.
    fn remark(&mut self, words: Message) {
        let words = self.text(words);
        let style = Style { colour: WARNING, ..STRONG };
        self.sheets.skip(16.0);
        let height = Sheets::height(&words, style, LEFT + 14.0, RIGHT);
        self.sheets.need(height);
        self.sheets.bar(LEFT, 3.0, height, WARNING);
        self.sheets.text(&words, style, Align::Left, LEFT + 14.0, RIGHT);
    }

    /// What the studio says at the end of each.
    fn note(&mut self, paper: &Paper) {
        self.sheets.skip(28.0);
        self.sheets.text(&paper.seller.note, SMALL, Align::Left, LEFT, RIGHT);
    }

    fn rule(&mut self) {
        self.sheets.skip(5.0);
        self.sheets.bar(LEFT, RIGHT - LEFT, 0.75, RULE);
        self.sheets.skip(7.0);
    }

    fn text(&self, message: Message) -> String {
        message.to(self.language)
    }
}

impl Receipts {
    /// The same as a PDF in what the customer reads, whoever asks. It is made anew each time, on a
    /// blocking thread: a page takes two or three milliseconds.
    pub async fn pdf(&self) -> Result<Pdf> {
        let receipts = self.clone();
        Pdf::made(move || {
            let number = receipts.receipts.first().map(|receipt| receipt.paper.number.as_str()).unwrap_or_default();
            let file_name = format!("receipt-{number}.pdf");
            self::receipts(&receipts).map(|bytes| Pdf { file_name, bytes })
        })
        .await
    }
}

impl Evidence {
    /// The same as a PDF, which Stripe takes as evidence. Made on a blocking thread.
    /// See <https://docs.stripe.com/disputes/responding>.
    pub async fn pdf(self, app: &App, language: Language) -> Result<Pdf> {
        let studio = app.config.studio.clone();
        Pdf::made(move || {
            let file_name = format!("evidence-{}.pdf", self.invoice.number.get());
            evidence::evidence(&studio, &self, language).map(|bytes| Pdf { file_name, bytes })
        })
        .await
    }
}
