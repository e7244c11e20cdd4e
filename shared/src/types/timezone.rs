//! Time zones, and the dates that people write in them.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::{self, AmbiguousOffset, TimeZone};
use jiff::{Span, ToSpan};

use super::ids::InvalidId;
use super::invalid::Invalid;
use super::text::quoted;
use super::time::Timestamp;

/// The latest day that may be written: years from today.
const YEARS: i16 = 5;

/// A day of the calendar; written `2026-11-21`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(Date);

impl Day {
    /// Takes what [`Display`](std::fmt::Display) writes.
    pub fn parse(text: &str) -> Result<Self, InvalidId> {
        text.parse().map(Self).map_err(|_| InvalidId { text: text.to_owned(), kind: "a day" })
    }

    /// The same for jiff.
    pub fn date(self) -> Date {
        self.0
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A time zone by its IANA name, such as `Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timezone(String);

impl Default for Timezone {
    fn default() -> Self {
        Self("UTC".into())
    }
}

impl Timezone {
    /// Parses a name, in upper or lower case.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        let unknown = || Invalid::Timezone { typed: quoted(name) };
        let zone = tz::db().get(name.trim()).map_err(|_| unknown())?;
        zone.iana_name().map(|name| Self(name.to_owned())).ok_or_else(unknown)
    }

    /// Takes a name that was looked up when it was stored. A zone that this build lacks is UTC.
    pub fn stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Names that hold what a person typed: spaces count as underscores, the shortest first.
    pub fn matching(typed: &str) -> Vec<String> {
        let typed = typed.trim().to_lowercase().replace(' ', "_");
        let mut names: Vec<String> =
            tz::db().available().map(|name| name.to_string()).filter(|name| name.to_lowercase().contains(&typed)).collect();
        names.sort_by_key(|name| (name.len(), name.clone()));
        names
    }

    /// The hour and minute that it is there, such as `14:05`.
    pub fn clock(&self, now: Timestamp) -> String {
        self.zoned(now).map_or_else(String::new, |now| now.strftime("%H:%M").to_string())
    }

    /// The day that it is there.
    pub fn day(&self, at: Timestamp) -> Day {
        Day(self.zoned(at).unwrap_or_default().date())
    }

    /// The end of the day that a person wrote: `2026-12-24`, `24.12.2026`, or a time from now in
    /// days or weeks, such as `14d` or `2w`.
    pub fn due(&self, typed: &str, now: Timestamp) -> Result<Timestamp, Invalid> {
        let unreadable = || Invalid::Date { typed: quoted(typed) };
        let today = self.zoned(now).ok_or_else(unreadable)?.date();
        let date = date(typed.trim(), today).ok_or_else(unreadable)?;
        if date < today {
            return Err(Invalid::PastDate { typed: quoted(typed) });
        }
        if date.year() > today.year() + YEARS {
            return Err(Invalid::FarDate { typed: quoted(typed) });
        }
        self.end_of_day(Day(date)).ok_or_else(unreadable)
    }

    /// A day that is over, or today: `2026-11-01`, `01.11.2026`, or so many days or weeks ago, such as
    /// `3d`. With its first second.
    pub fn past_day(&self, typed: &str, now: Timestamp) -> Result<(Day, Timestamp), Invalid> {
        let unreadable = || Invalid::Date { typed: quoted(typed) };
        let today = self.zoned(now).ok_or_else(unreadable)?.date();
        let read = date(typed.trim(), today).ok_or_else(unreadable)?;
        // `3d` is in three days where something is due, and three days ago here.
        let is_span = typed.trim().ends_with(|c: char| c.is_ascii_alphabetic());
        let date = if is_span { today.checked_sub(read.since(today).map_err(|_| unreadable())?).map_err(|_| unreadable())? } else { read };
        if date > today {
            return Err(Invalid::FutureDate { typed: quoted(typed) });
        }
        self.start_of_day(Day(date)).map(|start| (Day(date), start)).ok_or_else(unreadable)
    }

    /// The last second of a day there: the one before midnight, whatever the clocks do then. A day that was
    /// left out, as Samoa's 30 December 2011, ends when the day before does. `None` at the ends of the calendar.
    pub fn end_of_day(&self, day: Day) -> Option<Timestamp> {
        let zone = self.zone();
        let last = day.0.at(23, 59, 59, 0);
        let end = match zone.to_ambiguous_timestamp(last).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(last).ok()?,
            // The clocks go back over midnight: the day is over when it is midnight for the second time.
            AmbiguousOffset::Fold { after, .. } => after.to_timestamp(last).ok()?,
            // They go forward over it: the day is over when they do.
            AmbiguousOffset::Gap { before, .. } => {
                let later = before.to_timestamp(last).ok()?;
                zone.preceding(later + 1.second()).next()?.timestamp() - 1.second()
            }
        };
        Some(Timestamp::from_secs(end.as_second()))
    }

    /// The first second of a day there: the one after the end of the day before, so that no time is of two
    /// days or of none. `None` at the ends of the calendar.
    pub fn start_of_day(&self, day: Day) -> Option<Timestamp> {
        self.end_of_day(Day(day.0.yesterday().ok()?)).map(|end| end.plus(Duration::from_secs(1)))
    }

    fn zone(&self) -> TimeZone {
        // The name was looked up when it was chosen; a zone that a later build lacks is UTC.
        tz::db().get(&self.0).unwrap_or(TimeZone::UTC)
    }

    fn zoned(&self, at: Timestamp) -> Option<jiff::Zoned> {
        jiff::Timestamp::from_millisecond(at.as_millis()).ok().map(|at| at.to_zoned(self.zone()))
    }
}

/// The day that a person wrote.
fn date(typed: &str, today: Date) -> Option<Date> {
    // The short year first: the long form would read `26` as the year 26.
    for form in ["%Y-%m-%d", "%d.%m.%y", "%d.%m.%Y"] {
        if let Ok(date) = Date::strptime(form, typed) {
            return Some(date);
        }
    }
    let (count, unit) = typed.split_at_checked(typed.len().checked_sub(1)?)?;
    let count: i32 = count.trim().parse().ok().filter(|count| (0..=3660).contains(count))?;
    let span: Span = match unit {
        "d" | "D" => count.days(),
        "w" | "W" => count.weeks(),
        _ => return None,
    };
    today.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // 2026-11-21 23:30 in UTC, already the 22nd in Berlin.
    const NOW: Timestamp = Timestamp::from_secs(1_795_303_800);

    fn due(zone: &str, typed: &str) -> i64 {
        Timezone::parse(zone).unwrap().due(typed, NOW).unwrap().as_secs()
    }

    #[test]
    fn a_day_ends_where_the_person_is() {
        assert_eq!(due("UTC", "2026-12-24"), 1_798_156_799);
        assert_eq!(due("Europe/Berlin", "2026-12-24"), 1_798_156_799 - 3600);
        assert_eq!(due("europe/berlin", "24.12.2026"), 1_798_156_799 - 3600);
        assert_eq!(due("America/New_York", "2026-12-24"), 1_798_156_799 + 5 * 3600);
        assert_eq!(due("UTC", "24.12.26"), 1_798_156_799);
        assert_eq!(due("UTC", "14d"), due("UTC", "2026-12-05"));
        assert_eq!(due("Europe/Berlin", "2w"), due("Europe/Berlin", "2026-12-06"));
        assert_eq!(due("UTC", " 0d "), due("UTC", "2026-11-21"));
    }

    #[test]
    fn a_day_that_is_over_begins_where_the_person_is() {
        let past = |zone: &str, typed: &str| Timezone::parse(zone).unwrap().past_day(typed, NOW).map(|(_, start)| start.as_secs());
        assert_eq!(past("UTC", "2026-11-21").unwrap(), 1_795_219_200);
        assert_eq!(past("Europe/Berlin", "20.11.2026").unwrap(), 1_795_219_200 - 86_400 - 3600);
        assert_eq!(past("UTC", "3d").unwrap(), past("UTC", "2026-11-18").unwrap());
        assert!(past("UTC", "2026-11-22").unwrap_err().to_string().contains("is not over"));
        assert!(past("UTC", "x").is_err());
    }

    #[test]
    fn a_day_ends_at_midnight_whatever_the_clocks_do() {
        let end = |zone: &str, day: &str| Timezone::parse(zone).unwrap().end_of_day(Day::parse(day).unwrap()).unwrap().iso();
        // The clocks go from midnight back to 23 o'clock: 23:59:59 comes twice.
        assert_eq!(end("America/Santiago", "2026-04-04"), "2026-04-05T03:59:59Z");
        assert_eq!(end("Africa/Cairo", "2026-10-29"), "2026-10-29T21:59:59Z");
        assert_eq!(end("Asia/Beirut", "2026-10-24"), "2026-10-24T21:59:59Z");
        assert_eq!(end("America/Nuuk", "2026-10-24"), "2026-10-25T01:59:59Z");
        // They go from midnight, or from 23 o'clock, on by one hour: there is no midnight.
        assert_eq!(end("America/Santiago", "2026-09-05"), "2026-09-06T03:59:59Z");
        assert_eq!(end("Africa/Cairo", "2026-04-23"), "2026-04-23T21:59:59Z");
        assert_eq!(end("America/Nuuk", "2026-03-28"), "2026-03-29T00:59:59Z");
        // A midnight within what is left out or doubled: Toronto's 1919, Saint John's of 2010.
        assert_eq!(end("America/Toronto", "1919-03-30"), "1919-03-31T04:29:59Z");
        assert_eq!(end("America/St_Johns", "2010-11-06"), "2010-11-07T03:29:59Z");
        // A day that never was, and the two beside it.
        assert_eq!(end("Pacific/Apia", "2011-12-29"), "2011-12-30T09:59:59Z");
        assert_eq!(end("Pacific/Apia", "2011-12-30"), "2011-12-30T09:59:59Z");
        assert_eq!(end("Pacific/Apia", "2011-12-31"), "2011-12-31T09:59:59Z");
    }

    /// Zones that share all their clock changes share every day, so each such history is walked once: for
    /// each day there is nothing of it after its end, and the end is of it.
    #[test]
    fn a_day_ends_at_midnight_on_every_day_of_every_zone() {
        let (from, until) = (jiff::civil::date(2024, 12, 31), jiff::civil::date(2036, 1, 1));
        let begin: jiff::Timestamp = "2024-12-29T00:00:00Z".parse().unwrap();
        let finish: jiff::Timestamp = "2036-01-03T00:00:00Z".parse().unwrap();
        let mut histories = std::collections::HashMap::new();
        for name in Timezone::matching("") {
            let zone = Timezone::parse(&name).unwrap();
            let changes = zone.zone();
            let changes = changes.following(begin).take_while(|change| change.timestamp() < finish);
            let changes: Vec<_> = changes.map(|change| (change.timestamp().as_second(), change.offset().seconds())).collect();
            histories.entry((zone.zone().to_offset(begin).seconds(), changes)).or_insert(zone);
        }
        assert!(histories.len() > 50, "{}", histories.len());
        for ((first, changes), zone) in histories {
            // What the clocks show, by nothing but the list of changes.
            let shown = |at: i64| at + i64::from(changes.iter().rev().find(|(since, _)| *since <= at).map_or(first, |(_, offset)| *offset));
            let number = |at: i64| shown(at).div_euclid(86_400);
            let mut today = i64::from(from.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days());
            let mut ended = zone.end_of_day(Day(from)).unwrap().as_secs();
            assert_eq!((number(ended), number(ended + 1)), (today, today + 1), "{zone:?} {from}");
            let mut date = from;
            while date < until {
                date = date.tomorrow().unwrap();
                today += 1;
                let end = zone.end_of_day(Day(date)).unwrap().as_secs();
                assert_eq!(number(end), today, "{zone:?}: {date} ends on itself");
                // Nothing of it comes later: not at once, and not after any change of the clocks.
                let changes = changes.iter().map(|(at, _)| *at).filter(|at| (end..end + 2 * 86_400).contains(at));
                assert!(changes.chain([end + 1]).all(|at| number(at) > today), "{zone:?}: {date} goes on");
                assert!((79_200..=93_600).contains(&(end - ended)), "{zone:?}: {date} has {} seconds", end - ended);
                assert_eq!(zone.start_of_day(Day(date)).unwrap().as_secs(), ended + 1, "{zone:?}: {date} begins");
                ended = end;
            }
        }
    }

    #[test]
    fn what_is_no_day_gets_a_sentence() {
        let zone = Timezone::default();
        for typed in ["", "d", "x", "2026-13-01", "2026-02-30", "tomorrow", "-1d", "9999999999d", "1y", "2w3d", "🦀", "2026-12-24T00:00"]
        {
            let sentence = zone.due(typed, NOW).unwrap_err().to_string();
            assert!(sentence.contains("is not a day"), "{typed}: {sentence}");
        }
        assert!(zone.due("2026-11-20", NOW).unwrap_err().to_string().contains("is over"));
        assert!(zone.due("2036-01-01", NOW).unwrap_err().to_string().contains("too far"));
    }

    #[test]
    fn zones_are_found_by_what_people_type() {
        assert_eq!(Timezone::matching("berl"), ["Europe/Berlin"]);
        assert!(Timezone::matching("new york").contains(&"America/New_York".to_owned()));
        assert!(Timezone::matching("").len() > 300);
        for unknown in ["", "Mars/Olympus", "../etc/passwd", "\0"] {
            assert!(Timezone::parse(unknown).is_err(), "{unknown}");
        }
        assert_eq!(Timezone::parse("Europe/Berlin").unwrap().clock(NOW), "00:30");
    }
}
