//! Money: integers in minor units beside a currency, never a float.

use std::fmt;

use stripe_types::Currency as StripeCurrency;

use super::invalid::Invalid;

/// Stripe's smallest and largest charge per currency, in minor units: the smallest by the list, the largest as
/// whatever way there is to pay takes it. Cards of most networks take more; by them an invoice could not be
/// paid otherwise. Read on 2026-12-01; where Stripe refuses an amount all the same, `domain::alarms` tells staff.
/// See <https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts>.
const LIMITS: &[(&str, i64, i64)] = &[
    ("AED", 200, EIGHT_DIGITS),
    ("ARS", 50, EIGHT_DIGITS),
    ("AUD", 50, EIGHT_DIGITS),
    ("BRL", 50, EIGHT_DIGITS),
    ("CAD", 50, EIGHT_DIGITS),
    ("CHF", 50, EIGHT_DIGITS),
    ("COP", 50, 9_999_999_999),
    ("CZK", 1500, EIGHT_DIGITS),
    ("DKK", 250, EIGHT_DIGITS),
    ("EUR", 50, EIGHT_DIGITS),
    ("GBP", 30, EIGHT_DIGITS),
    ("HKD", 400, EIGHT_DIGITS),
    ("HUF", 17500, EIGHT_DIGITS),
    ("IDR", 50, 999_999_999_999),
    ("ILS", 50, EIGHT_DIGITS),
    ("INR", 50, 999_999_999),
    ("JPY", 50, EIGHT_DIGITS),
    ("KRW", 50, EIGHT_DIGITS),
    ("MXN", 1000, EIGHT_DIGITS),
    ("MYR", 200, EIGHT_DIGITS),
    ("NOK", 300, EIGHT_DIGITS),
    ("NZD", 50, EIGHT_DIGITS),
    ("PHP", 50, EIGHT_DIGITS),
    ("PLN", 200, EIGHT_DIGITS),
    ("RON", 200, EIGHT_DIGITS),
    ("RUB", 50, EIGHT_DIGITS),
    ("SEK", 300, EIGHT_DIGITS),
    ("SGD", 50, EIGHT_DIGITS),
    ("THB", 1000, EIGHT_DIGITS),
    ("USD", 50, EIGHT_DIGITS),
    ("ZAR", 50, EIGHT_DIGITS),
];

/// The largest charge in a currency that Stripe does not name, in minor units. The smallest depends on the
/// account there, so Stripe itself decides.
const EIGHT_DIGITS: i64 = 99_999_999;

/// Currencies that Stripe takes without decimals although ISO 4217 gives them some.
/// See <https://docs.stripe.com/currencies#zero-decimal>.
const STRIPE_ZERO_DECIMAL: &[&str] = &["MGA"];

/// Currencies without decimals that Stripe still takes in hundredths, which must be 00.
/// See <https://docs.stripe.com/currencies#special-cases>.
const STRIPE_TWO_DECIMAL: &[&str] = &["ISK", "UGX"];

/// Currencies with three decimals, whose amounts must end in 0. async-stripe's list leaves them out.
/// See <https://docs.stripe.com/currencies#three-decimal>.
const STRIPE_THREE_DECIMAL: &[&str] = &["BHD", "JOD", "KWD", "OMR", "TND"];

/// A currency that Stripe charges: its ISO 4217 code in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Parses a code such as `usd` or `EUR`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let upper = text.trim().to_ascii_uppercase();
        let listed = matches!(upper.to_ascii_lowercase().parse(), Ok(currency) if !matches!(currency, StripeCurrency::Unknown(_)));
        let known = iso_currency::Currency::from_code(&upper).is_some() && (listed || STRIPE_THREE_DECIMAL.contains(&upper.as_str()));
        match <[u8; 3]>::try_from(upper.as_bytes()) {
            Ok(code) if known => Ok(Self(code)),
            _ => Err(Invalid::Currency { typed: super::text::quoted(text) }),
        }
    }

    /// The code in upper case, such as `USD`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency holds three ASCII letters")
    }

    /// Decimals of a minor unit as Stripe counts it: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn decimals(&self) -> u32 {
        let code = self.code();
        if STRIPE_ZERO_DECIMAL.contains(&code) {
            return 0;
        }
        if STRIPE_TWO_DECIMAL.contains(&code) {
            return 2;
        }
        iso_currency::Currency::from_code(code).and_then(|iso| iso.exponent()).map_or(2, u32::from)
    }

    /// What an amount in minor units must be a multiple of: 100 where the decimals must be 00
    /// (ISK, UGX), 10 for three-decimal currencies, else 1.
    fn step(&self) -> i64 {
        if STRIPE_TWO_DECIMAL.contains(&self.code()) {
            100
        } else if STRIPE_THREE_DECIMAL.contains(&self.code()) {
            10
        } else {
            1
        }
    }

    /// Decimals that a person may write: fewer than [`Self::decimals`] where the last must be zero.
    pub fn written_decimals(&self) -> u32 {
        self.decimals() - self.step().ilog10()
    }

    /// The smallest and the largest charge, in minor units.
    fn limits(&self) -> (i64, i64) {
        let (least, most) =
            LIMITS.iter().find(|(code, ..)| *code == self.code()).map_or((1, EIGHT_DIGITS), |(_, least, most)| (*least, *most));
        (least.max(self.step()), most / self.step() * self.step())
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// An amount in minor units of a currency: 1250 of USD is 12.50 USD.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Money {
    /// Minor units as Stripe counts them.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// Takes minor units as Stripe counts them.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", decimal(self.minor, self.currency), self.currency)
    }
}

/// Parses a charge such as `12.50`; never goes through a float. The error is a sentence for the
/// person: not a number, too many decimals, below Stripe's minimum, above its maximum.
pub fn parse(text: &str, currency: Currency) -> Result<Money, Invalid> {
    at_least(text, currency, currency.limits().0)
}

/// Parses a part of a charge, such as a refund, which has no minimum at Stripe.
pub fn parse_part(text: &str, currency: Currency) -> Result<Money, Invalid> {
    at_least(text, currency, currency.step())
}

fn at_least(text: &str, currency: Currency, least: i64) -> Result<Money, Invalid> {
    let typed = text.trim();
    let shown = super::text::quoted(text);
    let example = decimal(
        12 * 10_i64.pow(currency.decimals()) + 5 * 10_i64.pow(currency.decimals()) / 10 / currency.step() * currency.step(),
        currency,
    );
    let not_an_amount = || Invalid::Amount { typed: shown.clone(), example: example.clone() };

    let (whole, fraction) = typed.split_once('.').unwrap_or((typed, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || typed.ends_with('.') {
        return Err(not_an_amount());
    }
    let allowed = currency.written_decimals();
    if fraction.len() > allowed as usize {
        return Err(Invalid::Decimals { typed: shown, currency, example });
    }
    let most = Money::new(currency.limits().1, currency);
    let too_much = || Invalid::TooMuch { typed: shown.clone(), most };
    let padded = format!("{whole}{fraction:0<width$}", width = currency.decimals() as usize);
    let minor = padded.trim_start_matches('0');
    // Digits and nothing else: what does not parse is beyond 64 bits.
    let minor: i64 = if minor.is_empty() { 0 } else { minor.parse().map_err(|_| too_much())? };
    if minor > most.minor {
        return Err(too_much());
    }
    let least = Money::new(least, currency);
    if minor < least.minor {
        return Err(Invalid::TooLittle { typed: shown, least });
    }
    Ok(Money::new(minor, currency))
}

fn decimal(minor: i64, currency: Currency) -> String {
    let decimals = currency.decimals() as usize;
    let sign = if minor < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", minor.unsigned_abs(), width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    // Digits that must be zero (ISK, UGX, the third decimal of KWD) are not written.
    let fraction = &fraction[..currency.written_decimals() as usize];
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minor(text: &str, code: &str) -> Result<i64, String> {
        parse(text, Currency::parse(code).unwrap()).map(|money| money.minor).map_err(|error| error.to_string())
    }

    #[test]
    fn amounts_become_minor_units() {
        assert_eq!(minor("12.50", "usd"), Ok(1250));
        assert_eq!(minor("12.5", "USD"), Ok(1250));
        assert_eq!(minor(" 12 ", "eur"), Ok(1200));
        assert_eq!(minor("1500", "JPY"), Ok(1500));
        assert_eq!(minor("1500", "ISK"), Ok(150_000));
        assert_eq!(minor("1.25", "KWD"), Ok(1250));
        assert_eq!(minor("0012.50", "USD"), Ok(1250));
        assert_eq!(minor("999999.99", "USD"), Ok(99_999_999));
        assert_eq!(minor("5000", "MGA"), Ok(5000));
    }

    #[test]
    fn the_largest_amount_is_of_its_currency() {
        assert_eq!(minor("1500000", "IDR"), Ok(150_000_000));
        for (most, code, expected) in [
            ("9999999999.99", "IDR", 999_999_999_999),
            ("99999999.99", "COP", 9_999_999_999),
            ("9999999.99", "INR", 999_999_999),
            ("99999999", "JPY", 99_999_999),
            ("999999", "ISK", 99_999_900),
            ("99999.99", "KWD", 99_999_990),
        ] {
            assert_eq!(minor(most, code), Ok(expected), "{code}");
            assert!(minor(&format!("1{most}"), code).unwrap_err().contains("more than Stripe charges at once"), "{code}");
        }
        assert_eq!(
            minor("10000000", "INR").unwrap_err(),
            "10000000 INR is more than Stripe charges at once. The most is 9,999,999.99 INR."
        );
        assert_eq!(minor("0.49", "PHP").unwrap_err(), "0.49 PHP is less than Stripe charges. The least is 0.50 PHP.");
    }

    #[test]
    fn bad_amounts_get_a_sentence() {
        assert_eq!(minor("12,5O", "USD").unwrap_err(), "`12,5O` is not an amount. Write it like 12.50.");
        assert_eq!(minor("-3", "USD").unwrap_err(), "`-3` is not an amount. Write it like 12.50.");
        assert_eq!(minor("1e9", "USD").unwrap_err(), "`1e9` is not an amount. Write it like 12.50.");
        assert_eq!(minor("0", "USD").unwrap_err(), "0 USD is less than Stripe charges. The least is 0.50 USD.");
        assert_eq!(
            minor("0.001", "USD").unwrap_err(),
            "`0.001` is not an amount in USD: USD takes 2 decimals at most. Write it like 12.50."
        );
        assert_eq!(minor("12.5", "JPY").unwrap_err(), "`12.5` is not an amount in JPY: JPY has no decimals. Write it like 12.");
        assert_eq!(minor("1000000", "USD").unwrap_err(), "1000000 USD is more than Stripe charges at once. The most is 999,999.99 USD.");
        for text in ["", ".", "12.", ".5", "1 2", "+5", "１２", "0x10", "NaN", "\0"] {
            assert!(minor(text, "USD").is_err(), "{text}");
        }
        assert!(minor(&"9".repeat(5000), "USD").unwrap_err().len() < 200);
        assert!(minor("1.234", "KWD").is_err());
    }

    #[test]
    fn only_currencies_that_stripe_charges() {
        for code in ["", "US", "USDT", "XXX", "XAU", "ÄÖ", "BTC"] {
            assert!(Currency::parse(code).is_err(), "{code}");
        }
    }

    #[test]
    fn money_is_written_with_its_decimals() {
        let show = |minor, code| Money::new(minor, Currency::parse(code).unwrap()).to_string();
        assert_eq!(show(1250, "usd"), "12.50 USD");
        assert_eq!(show(5, "usd"), "0.05 USD");
        assert_eq!(show(1500, "jpy"), "1500 JPY");
        assert_eq!(show(150_000, "isk"), "1500 ISK");
        assert_eq!(show(1250, "kwd"), "1.25 KWD");
    }
}
