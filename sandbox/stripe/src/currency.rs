//! The currencies Stripe takes, and the amounts it takes in them.

use super::error::{ApiError, Result};

const CURRENCIES: &str = "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd \
    bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur \
    fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs \
    khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr \
    mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr \
    sek sgd shp sle sos srd std szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst \
    xaf xcd xcg xof xpf yer zar zmw";

const ZERO_DECIMAL: &str = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf";
const THREE_DECIMAL: &str = "bhd jod kwd omr tnd";

/// The least that a payment may come to, in minor units. Stripe publishes it
/// for these; in others it depends on the day's exchange rate.
/// See <https://docs.stripe.com/currencies#minimum-charge-amount-by-currency>.
const MINIMUM: &[(&str, i64)] = &[
    ("usd", 50),
    ("aed", 200),
    ("ars", 50),
    ("aud", 50),
    ("brl", 50),
    ("cad", 50),
    ("chf", 50),
    ("cop", 50),
    ("czk", 1500),
    ("dkk", 250),
    ("eur", 50),
    ("gbp", 30),
    ("hkd", 400),
    ("huf", 17500),
    ("idr", 50),
    ("ils", 50),
    ("inr", 50),
    ("jpy", 50),
    ("krw", 50),
    ("mxn", 1000),
    ("myr", 200),
    ("nok", 300),
    ("nzd", 50),
    ("php", 50),
    ("pln", 200),
    ("ron", 200),
    ("rub", 50),
    ("sek", 300),
    ("sgd", 50),
    ("thb", 1000),
    ("zar", 50),
];

/// The most, in minor units: as many nines as the amount may have digits.
/// See <https://docs.stripe.com/currencies#maximum-charge-amounts>.
fn maximum(currency: &str) -> i64 {
    match currency {
        "idr" => 999_999_999_999,
        "cop" => 9_999_999_999,
        "inr" => 999_999_999,
        _ => 99_999_999,
    }
}

fn listed(list: &str, currency: &str) -> bool {
    list.split_ascii_whitespace().any(|name| name == currency)
}

/// Reads a currency. Stripe takes capitals and answers in small letters.
pub(super) fn parse(text: &str, param: &str) -> Result<String> {
    let currency = text.to_ascii_lowercase();
    if !listed(CURRENCIES, &currency) {
        let all = CURRENCIES.split_ascii_whitespace().collect::<Vec<_>>();
        let message = format!("Invalid currency: {text}. Stripe currently supports these currencies: {}", all.join(", "));
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(currency)
}

/// Checks the form of one price: sign, size, and the digits it must end in.
pub(super) fn check_unit_amount(amount: i64, currency: &str, param: &str) -> Result<()> {
    if amount < 0 {
        return Err(too_low(0, param));
    }
    let maximum = maximum(currency);
    if amount > maximum {
        let message = format!("This value must be less than or equal to {maximum}.");
        return Err(ApiError::invalid(message).code("amount_too_large").param(param));
    }
    check_step(amount, currency, param)
}

fn too_low(least: i64, param: &str) -> ApiError {
    let error = ApiError::invalid(format!("This value must be greater than or equal to {least}."));
    error.code("parameter_invalid_integer").param(param)
}

fn check_step(amount: i64, currency: &str, param: &str) -> Result<()> {
    let step = if listed(THREE_DECIMAL, currency) {
        10
    } else if matches!(currency, "isk" | "ugx") {
        100
    } else {
        1
    };
    if amount % step != 0 {
        let message = format!("Amounts in {currency} must be divisible by {step}.");
        return Err(ApiError::invalid(message).param(param));
    }
    Ok(())
}

fn minimum(currency: &str) -> i64 {
    MINIMUM.iter().find(|(name, _)| *name == currency).map_or(1, |(_, minimum)| *minimum)
}

/// Checks what a session comes to.
pub(super) fn check_total(total: i64, currency: &str) -> Result<()> {
    let minimum = minimum(currency);
    if total < minimum {
        let least = signed(minimum, currency);
        let message = format!("The Checkout Session's total amount due must add up to at least {least} {currency}");
        return Err(ApiError::invalid(message).code("amount_too_small"));
    }
    let maximum = maximum(currency);
    if total > maximum {
        let message = format!("The Checkout Session's total amount due must be no more than {}", signed(maximum, currency));
        return Err(ApiError::invalid(message).code("amount_too_large"));
    }
    Ok(())
}

/// Checks the amount of a payment intent.
pub(super) fn check_amount(amount: i64, currency: &str) -> Result<()> {
    if amount < 1 {
        return Err(too_low(1, "amount"));
    }
    let minimum = minimum(currency);
    if amount < minimum {
        let message = format!("Amount must be at least {} {currency}", signed(minimum, currency));
        return Err(ApiError::invalid(message).code("amount_too_small").param("amount"));
    }
    let maximum = maximum(currency);
    if amount > maximum {
        let message = format!("Amount must be no more than {}", signed(maximum, currency));
        return Err(ApiError::invalid(message).code("amount_too_large").param("amount"));
    }
    check_step(amount, currency, "amount")
}

/// `123450` in `usd` as `$1,234.50`, as Stripe's sentences have it.
pub(super) fn signed(amount: i64, currency: &str) -> String {
    let sign = match currency {
        "aud" | "cad" | "hkd" | "mxn" | "nzd" | "sgd" | "usd" => "$",
        "brl" => "R$",
        "eur" => "€",
        "gbp" => "£",
        "inr" => "₹",
        "jpy" => "¥",
        _ => "",
    };
    let plain = format(amount, currency);
    let number = plain.split(' ').next().unwrap_or_default();
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// `1250` in `usd` as `12.50 USD`.
pub(super) fn format(amount: i64, currency: &str) -> String {
    let digits = if listed(ZERO_DECIMAL, currency) {
        0
    } else if listed(THREE_DECIMAL, currency) {
        3
    } else {
        2
    };
    let name = currency.to_ascii_uppercase();
    if digits == 0 {
        return format!("{amount} {name}");
    }
    let unit = 10_i64.pow(digits);
    let width = digits as usize;
    format!("{}.{:0width$} {name}", amount / unit, amount % unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_follow_their_currency() {
        assert_eq!(format(1250, "usd"), "12.50 USD");
        assert_eq!(format(1250, "jpy"), "1250 JPY");
        assert_eq!(format(12500, "kwd"), "12.500 KWD");
        assert_eq!(signed(maximum("usd"), "usd"), "$999,999.99");
        assert_eq!(signed(50, "jpy"), "¥50");
        assert_eq!(signed(1000, "czk"), "10.00");
        assert!(check_unit_amount(1234, "kwd", "x").is_err());
        assert!(check_unit_amount(1234, "isk", "x").is_err());
        assert!(check_unit_amount(1234, "usd", "x").is_ok());
        assert!(check_total(49, "usd").is_err());
        assert!(check_total(50, "usd").is_ok());
        assert!(check_total(100_000_000, "usd").is_err());
        assert!(check_total(150_000_000, "idr").is_ok());
        assert!(check_total(1_000_000_000_000, "idr").is_err());
        assert!(parse("xyz", "currency").is_err());
        assert_eq!(parse("EUR", "currency").unwrap(), "eur");
    }
}
