//! What people read, in the languages they read it in. The texts themselves are in
//! `shared/texts/*.ftl`, in [Fluent](https://projectfluent.org)'s syntax.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use fluent_langneg::{NegotiationStrategy, negotiate_languages};
use icu_decimal::DecimalFormatter;
use icu_decimal::input::Decimal;
use icu_locale_core::{Locale, locale};
use unic_langid::LanguageIdentifier;

use crate::types::text::Field;
use crate::types::{Day, Invalid, InvoiceNumber, Money, TextFault, words};

words! {
    /// A language that every text exists in.
    Language {
        /// English, also for whoever reads another language.
        English = "en",
        /// German.
        German = "de",
        /// Spanish.
        Spanish = "es",
        /// Spanish as in Mexico and most of Latin America: the same texts, and numbers as they are written there.
        LatinAmericanSpanish = "es-419",
        /// Spanish as in Argentina and what writes numbers like it.
        SouthAmericanSpanish = "es-AR",
    }
}

impl Language {
    /// The language for a locale, such as Discord's `en-US`, `de` or `es-419`, or a browser's `es-MX`; English
    /// for one that we have no texts in. See <https://docs.discord.com/developers/reference#locales>.
    pub fn of_locale(locale: &str) -> Self {
        Self::known(locale).unwrap_or(Self::English)
    }

    fn known(locale: &str) -> Option<Self> {
        let asked: LanguageIdentifier = locale.trim().parse().ok()?;
        let texts = ["en", "de", "es"].map(|language| language.parse::<LanguageIdentifier>().unwrap_or_default());
        let found = *negotiate_languages(&[&asked], &texts, None, NegotiationStrategy::Lookup).first()?;
        match found.language.as_str() {
            "de" => Some(Self::German),
            "es" => Some(Self::spanish_of(&asked)),
            _ => Some(Self::English),
        }
    }

    /// Which Spanish it is by how numbers are written there: 1,250.00, 1.250,00 or, in Spain, 1250,00.
    fn spanish_of(asked: &LanguageIdentifier) -> Self {
        let mut sample = Decimal::from(125_000);
        sample.multiply_pow10(-2);
        let there = asked.to_string().parse().map_or_else(|_| String::new(), |locale| written(&sample, locale));
        let alike = [Self::Spanish, Self::LatinAmericanSpanish, Self::SouthAmericanSpanish];
        let decimal_mark = |number: &str| number.chars().rev().find(|c| !c.is_ascii_digit());
        let here = |language: &Self| written(&sample, numbers_of(*language));
        let exactly = alike.iter().find(|language| here(language) == there);
        let nearly = alike.iter().rev().find(|language| decimal_mark(&here(language)) == decimal_mark(&there));
        exactly.or(nearly).copied().unwrap_or(Self::Spanish)
    }

    /// The language for a browser's `Accept-Language`, such as `fr, de-AT;q=0.8, *;q=0.1`: the first that we
    /// have of those that it likes best. A part that says nothing is passed over.
    pub fn accepted(header: &str) -> Self {
        let mut liked: Vec<(Self, f32)> = header
            .split(',')
            .filter_map(|part| {
                let mut words = part.split(';').map(str::trim);
                let locale = words.next()?;
                let weight = words.find_map(|word| word.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("q")));
                let weight: f32 = weight.map_or(Ok(1.0), |(_, weight)| weight.trim().parse()).ok()?;
                let language = if locale == "*" { Some(Self::English) } else { Self::known(locale) };
                language.filter(|_| weight > 0.0 && weight <= 1.0).map(|language| (language, weight))
            })
            .collect();
        // Of those that are liked as well as each other the first one stays first.
        liked.sort_by(|one, other| other.1.total_cmp(&one.1));
        liked.first().map_or(Self::English, |best| best.0)
    }

    /// Discord's locales that read this language.
    pub fn locales(self) -> &'static [&'static str] {
        match self {
            Language::English => &["en-US", "en-GB"],
            Language::German => &["de"],
            Language::Spanish => &["es-ES"],
            Language::LatinAmericanSpanish => &["es-419"],
            // Discord has no locale of its own for it.
            Language::SouthAmericanSpanish => &[],
        }
    }

    /// The language of the texts alone, as a page names it.
    pub fn of_texts(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::German => "de",
            Language::Spanish | Language::LatinAmericanSpanish | Language::SouthAmericanSpanish => "es",
        }
    }

    fn catalogue(self) -> &'static Catalogue {
        match self {
            Language::English => &ENGLISH,
            Language::German => &GERMAN,
            Language::Spanish | Language::LatinAmericanSpanish | Language::SouthAmericanSpanish => &SPANISH,
        }
    }
}

type Catalogue = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| catalogue("en", include_str!("../texts/en.ftl")));
static GERMAN: LazyLock<Catalogue> = LazyLock::new(|| catalogue("de", include_str!("../texts/de.ftl")));
static SPANISH: LazyLock<Catalogue> = LazyLock::new(|| catalogue("es", include_str!("../texts/es.ftl")));

/// A text by its id in the catalogues, with what is put into it. Made by [`message!`](crate::message!).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    id: &'static str,
    arguments: Vec<(&'static str, Argument)>,
}

/// What is put into a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Argument {
    /// Text that is the same in every language. What people wrote is escaped before.
    Text(String),
    /// A count.
    Number(i64),
    /// An amount, written as the reader's language writes it.
    Money(Money),
    /// Another text.
    Message(Message),
}

/// Makes a [`Message`]: `message!("invoice-already-paid", number = invoice.number)`.
#[macro_export]
macro_rules! message {
    ($id:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::texts::Message::new($id)$(.with(stringify!($name), $value))*
    };
}

impl Message {
    /// A text without anything put into it.
    pub fn new(id: &'static str) -> Self {
        Self { id, arguments: Vec::new() }
    }

    /// Puts something in under a name.
    pub fn with(mut self, name: &'static str, value: impl Into<Argument>) -> Self {
        self.arguments.push((name, value.into()));
        self
    }

    /// The id in the catalogues.
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The text in a language; in English where that language lacks it.
    pub fn to(&self, language: Language) -> String {
        for language in [language, Language::English] {
            let catalogue = language.catalogue();
            if let Some(pattern) = catalogue.get_message(self.id).and_then(|message| message.value()) {
                let arguments = self.arguments.iter().map(|(name, value)| (*name, value.to(language)));
                return catalogue.format_pattern(pattern, Some(&arguments.collect::<FluentArgs>()), &mut Vec::new()).into_owned();
            }
        }
        self.id.to_owned()
    }
}

/// English, for logs.
impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to(Language::English))
    }
}

impl Invalid {
    /// The sentence for the person who typed it.
    pub fn text(&self) -> Message {
        match self {
            Invalid::Currency { typed } => message!("not-a-currency", typed = typed),
            Invalid::Amount { typed, example } => message!("not-an-amount", typed = typed, example = example),
            Invalid::Decimals { typed, currency, example } => {
                let decimals = currency.written_decimals();
                message!("too-many-decimals", typed = typed, currency = currency.code(), decimals = decimals, example = example)
            }
            Invalid::TooMuch { typed, most } => message!("too-much-money", typed = typed, currency = most.currency.code(), most = *most),
            Invalid::TooLittle { typed, least } => {
                message!("too-little-money", typed = typed, currency = least.currency.code(), least = *least)
            }
            Invalid::Timezone { typed } => message!("not-a-timezone", typed = typed),
            Invalid::Date { typed } => message!("not-a-date", typed = typed),
            Invalid::PastDate { typed } => message!("date-is-past", typed = typed),
            Invalid::FarDate { typed } => message!("date-is-far", typed = typed),
            Invalid::FutureDate { typed } => message!("date-is-to-come", typed = typed),
            Invalid::Text(field, fault) => {
                let field = field.name();
                match *fault {
                    TextFault::SeveralLines => message!("text-of-several-lines", field = field),
                    TextFault::TooLong { length, max } => message!("text-too-long", field = field, length = length, max = max),
                    TextFault::ControlCharacter => message!("text-with-control-character", field = field),
                    TextFault::ShowsNothing => message!("text-shows-nothing", field = field),
                    TextFault::TurnsDirection => message!("text-turns-direction", field = field),
                    TextFault::Mentions => message!("text-mentions", field = field),
                    TextFault::Markup => message!("text-is-plain", field = field),
                }
            }
        }
    }
}

/// English, for logs and for whoever configures.
impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text().fmt(f)
    }
}

impl std::error::Error for Invalid {}

impl Field {
    fn name(self) -> Message {
        match self {
            Field::Title => message!("field-title"),
            Field::Description => message!("field-description"),
            Field::Label => message!("field-label"),
            Field::FileName => message!("field-file-name"),
            Field::Reason => message!("field-reason"),
        }
    }
}

impl Day {
    /// In words: 21 November 2026.
    pub fn words(self) -> Message {
        let day = self.date();
        message!("day-in-words", day = i64::from(day.day()), month = i64::from(day.month()), year = day.year().to_string())
    }
}

/// A text whose id is put together, such as a command's description; `None` where it is missing.
pub fn lookup(language: Language, id: &str) -> Option<String> {
    let catalogue = language.catalogue();
    let pattern = catalogue.get_message(id)?.value()?;
    Some(catalogue.format_pattern(pattern, None, &mut Vec::new()).into_owned())
}

/// An amount as a language writes it: `1,250.00 USD`, `1.250,00 USD`.
pub fn money(money: Money, language: Language) -> String {
    let mut amount = Decimal::from(money.minor);
    amount.multiply_pow10(-i16::try_from(money.currency.decimals()).unwrap_or(0));
    let written = i16::try_from(money.currency.written_decimals()).unwrap_or(0);
    // Digits that must be zero (ISK, UGX, the third decimal of KWD) are not written.
    amount.trunc(-written);
    amount.pad_end(-written);
    format!("{} {}", decimal(&amount, language), money.currency)
}

/// A number with one decimal as a language writes it: 14 is `1.4` or `1,4`.
pub fn tenths(number: i64, language: Language) -> String {
    let mut written = Decimal::from(number);
    written.multiply_pow10(-1);
    decimal(&written, language)
}

/// Bytes as people read them: `1.4 MiB`.
pub fn size(bytes: i64, language: Language) -> String {
    let mut value = bytes.max(0);
    if value < 1024 {
        return message!("size-in-bytes", bytes = value).to(language);
    }
    for unit in ["KiB", "MiB"] {
        if value < 1024 * 1024 {
            return tenths(value * 10 / 1024, language) + " " + unit;
        }
        value /= 1024;
    }
    tenths(value * 10 / 1024, language) + " GiB"
}

fn decimal(number: &Decimal, language: Language) -> String {
    written(number, numbers_of(language))
}

/// Whose way of writing numbers a language takes: of amounts, sizes, counts and whatever else has a mark in it, on
/// pages, on paper and in Discord.
fn numbers_of(language: Language) -> Locale {
    match language {
        Language::English => locale!("en"),
        Language::German => locale!("de"),
        Language::Spanish => locale!("es"),
        Language::LatinAmericanSpanish => locale!("es-419"),
        Language::SouthAmericanSpanish => locale!("es-AR"),
    }
}

fn written(number: &Decimal, locale: Locale) -> String {
    match DecimalFormatter::try_new(locale.into(), Default::default()) {
        Ok(formatter) => formatter.format(number).to_string(),
        // CLDR knows all of ours; plain digits are still a number.
        Err(_) => number.to_string(),
    }
}

impl Argument {
    fn to(&self, language: Language) -> FluentValue<'_> {
        match self {
            Argument::Text(text) => FluentValue::from(text.as_str()),
            // From a thousand on it has marks in it; texts that choose by the count have one form for all of those.
            Argument::Number(number) if number.unsigned_abs() >= 1000 => FluentValue::from(decimal(&Decimal::from(*number), language)),
            Argument::Number(number) => FluentValue::from(*number),
            Argument::Money(amount) => FluentValue::from(money(*amount, language)),
            Argument::Message(message) => FluentValue::from(message.to(language)),
        }
    }
}

macro_rules! from {
    ($($type:ty => $make:expr),* $(,)?) => {
        $(impl From<$type> for Argument {
            fn from(value: $type) -> Self {
                let make: fn($type) -> Argument = $make;
                make(value)
            }
        })*
    };
}

from! {
    &str => |text| Argument::Text(text.to_owned()),
    String => Argument::Text,
    &String => |text| Argument::Text(text.clone()),
    i64 => Argument::Number,
    u32 => |number| Argument::Number(i64::from(number)),
    usize => |number| Argument::Number(i64::try_from(number).unwrap_or(i64::MAX)),
    Money => Argument::Money,
    Message => Argument::Message,
    InvoiceNumber => |number| Argument::Text(number.to_string()),
}

fn catalogue(language: &str, text: &str) -> Catalogue {
    let language: LanguageIdentifier = language.parse().unwrap_or_default();
    // A catalogue that does not parse is found by the test below; what does parse is used.
    let resource = FluentResource::try_new(text.to_owned()).unwrap_or_else(|(resource, _)| resource);
    let mut bundle = FluentBundle::new_concurrent(vec![language]);
    // Discord shows Unicode's isolation marks as boxes in some fonts.
    bundle.set_use_isolating(false);
    // Ids that stand twice are found by the test below.
    let _ = bundle.add_resource(resource);
    bundle
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::types::Currency;

    fn source(language: Language) -> &'static str {
        match language {
            Language::English => include_str!("../texts/en.ftl"),
            Language::German => include_str!("../texts/de.ftl"),
            Language::Spanish | Language::LatinAmericanSpanish | Language::SouthAmericanSpanish => include_str!("../texts/es.ftl"),
        }
    }

    /// The ids of a catalogue with the names that each text puts in.
    fn entries(language: Language) -> BTreeMap<String, BTreeSet<String>> {
        let resource =
            FluentResource::try_new(source(language).to_owned()).unwrap_or_else(|(_, errors)| panic!("{language:?}: {errors:?}"));
        let mut found = BTreeMap::new();
        let mut id = String::new();
        for line in source(language).lines().filter(|line| !line.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" =").filter(|(name, _)| !name.starts_with(' ') && !name.is_empty()) {
                id = name.to_owned();
                assert!(found.insert(id.clone(), BTreeSet::new()).is_none(), "{language:?}: {id} stands twice");
            }
            for part in line.split("{ $").skip(1) {
                let name: String = part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                found.get_mut(&id).unwrap().insert(name);
            }
        }
        assert_eq!(resource.entries().count(), found.len() + source(language).lines().filter(|line| line.starts_with("## ")).count());
        found
    }

    #[test]
    fn every_language_has_every_text_and_puts_the_same_in() {
        let english = entries(Language::English);
        for language in Language::ALL {
            assert_eq!(entries(*language), english, "{language:?}");
        }
    }

    #[test]
    fn every_text_is_used_and_every_used_text_exists() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut code = String::new();
        let mut folders: Vec<_> = ["shared/src", "bot/src", "webhook/src", "webhook/templates"].map(|folder| root.join(folder)).into();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "html") {
                    let text = std::fs::read_to_string(path).unwrap();
                    code.push_str(text.split("#[cfg(test)]").next().unwrap());
                }
            }
        }
        let english = entries(Language::English);
        for used in code.split("message!(").skip(1).chain(code.split("frame.say(").skip(1)) {
            let id = used.trim_start().trim_start_matches('"').split('"').next().unwrap();
            assert!(english.contains_key(id), "message!(\"{id}\") is in no catalogue");
        }
        for id in english.keys() {
            // Descriptions of commands are looked up by the command's name; a test of the bot holds
            // them against what is registered.
            let used = id.starts_with("command-") || code.contains(&format!("\"{id}\""));
            assert!(used, "{id} is used nowhere");
        }
    }

    #[test]
    fn amounts_are_written_as_the_language_writes_them() {
        let show = |minor, code, language| money(Money::new(minor, Currency::parse(code).unwrap()), language);
        assert_eq!(show(125_000, "usd", Language::English), "1,250.00 USD");
        assert_eq!(show(125_000, "eur", Language::German), "1.250,00 EUR");
        assert_eq!(show(1_250_000, "eur", Language::Spanish), "12.500,00 EUR");
        assert_eq!(show(1_250_050, "eur", Language::LatinAmericanSpanish), "12,500.50 EUR");
        assert_eq!(show(125_050, "eur", Language::SouthAmericanSpanish), "1.250,50 EUR");
        assert_eq!(show(125_050, "eur", Language::Spanish), "1250,50 EUR");
        assert_eq!(show(123_450, "mxn", Language::of_locale("es-MX")), "1,234.50 MXN");
        assert_eq!(show(123_450, "mxn", Language::of_locale("es-419")), "1,234.50 MXN");
        let count = |language| message!("text-too-long", field = "X", length = 12_345_i64, max = 1000_i64).to(language);
        assert_eq!(count(Language::English), "X is 12,345 characters long. Write at most 1,000.");
        for (language, written) in [
            (Language::German, ["12.345", "1.000"]),
            (Language::Spanish, ["12.345", "1000"]),
            (Language::LatinAmericanSpanish, ["12,345", "1,000"]),
            (Language::SouthAmericanSpanish, ["12.345", "1.000"]),
        ] {
            assert!(written.iter().all(|number| count(language).contains(number)), "{}", count(language));
        }
        assert_eq!(show(5, "usd", Language::English), "0.05 USD");
        assert_eq!(show(1500, "jpy", Language::German), "1.500 JPY");
        assert_eq!(show(150_000, "isk", Language::English), "1,500 ISK");
        assert_eq!(show(1250, "kwd", Language::English), "1.25 KWD");
    }

    #[test]
    fn browsers_get_what_they_like_best() {
        for (header, language) in [
            ("de-DE,de;q=0.9,en;q=0.8", Language::German),
            ("fr, es;q=0.7, en;q=0.3", Language::Spanish),
            ("en;q=0.5, de;q=0.9", Language::German),
            ("de;q=0, fr", Language::English),
            ("*", Language::English),
            ("", Language::English),
            (";q=;,,;q=x, es", Language::Spanish),
            ("  DE-at ; Q=0.9 , en ;q = 0.3", Language::German),
            ("fr-CH,*;q=0.5,de;q=0.4", Language::English),
            ("de;q=0,*;q=0.1,es;q=0.2", Language::Spanish),
            ("en;q=2, de;q=0.1", Language::German),
            ("en;q=nan, de_DE", Language::German),
            ("x-klingon, i-default, de-1996, zh-Hant-TW", Language::German),
            ("es-MX,es;q=0.9,en;q=0.8", Language::LatinAmericanSpanish),
            ("es-419", Language::LatinAmericanSpanish),
            ("ES-us;q=1", Language::LatinAmericanSpanish),
            ("es-AR", Language::SouthAmericanSpanish),
            ("es-cl, es-MX;q=0.9", Language::SouthAmericanSpanish),
            ("es-CR", Language::SouthAmericanSpanish),
            ("es-ES", Language::Spanish),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }

    #[test]
    fn discords_locales_find_their_language() {
        for (locale, language) in [
            ("de", Language::German),
            ("es-ES", Language::Spanish),
            ("es-419", Language::LatinAmericanSpanish),
            ("en-GB", Language::English),
            ("fr", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
