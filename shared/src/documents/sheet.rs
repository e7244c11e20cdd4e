//! Text on A4 pages, as PDF: which font has a letter, where a line breaks, where a page ends.
//!
//! Letters come from the fonts of `fonts.rs`. Mathematical letters, and others that no font has, are written as
//! the letters that they look like. A letter that no font has is a box, and is still found by searching and copying.

use std::sync::LazyLock;

use harfrust::{Direction, ShapeOptions, UnicodeBuffer};
use icu_segmenter::options::LineBreakOptions;
use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::text::{GlyphId, KrillaGlyph};
use skrifa::MetadataProvider;
use skrifa::instance::{LocationRef, Size};
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::fonts::Face;
use crate::error::{Error, Result};
use crate::types::text::invisible;

/// A4, in points of 1/72 inch.
const WIDTH: f32 = 595.28;
const HEIGHT: f32 = 841.89;
/// What stays empty at each side.
const MARGIN: f32 = 56.0;
/// Where what is written begins.
pub const LEFT: f32 = MARGIN;
/// Where what is written ends.
pub const RIGHT: f32 = WIDTH - MARGIN;
/// Where what is written begins on a further page.
const TOP: f32 = MARGIN;
/// Below this nothing but the foot is written.
const BOTTOM: f32 = HEIGHT - 72.0;
/// What stands for a letter that no font has.
const BOX: &str = "\u{25a1}";
/// How high the band along the upper edge is.
const BAND: f32 = 6.0;
/// From one line to the next, as a part of the size of the letters.
const LEADING: f32 = 1.4;
/// From the top of a line down to where its letters stand.
const ASCENT: f32 = 1.05;

/// A colour: red, green and blue.
#[derive(Clone, Copy)]
pub struct Colour(pub u8, pub u8, pub u8);

/// How letters look.
#[derive(Clone, Copy)]
pub struct Style {
    /// How large, in points.
    pub size: f32,
    /// Whether they are bold.
    pub bold: bool,
    /// Their colour.
    pub colour: Colour,
}

/// Where a line stands between two edges.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// At the left edge.
    Left,
    /// At the right edge.
    Right,
}

/// Pages that are being written, from top to bottom.
pub struct Sheets {
    pages: Vec<Vec<Mark>>,
    /// Where the next line begins.
    pub y: f32,
}

/// What is on a page.
enum Mark {
    Line { line: Line, x: f32, y: f32, style: Style },
    Bar { x: f32, y: f32, width: f32, height: f32, colour: Colour },
}

/// Letters of one font and one direction, beside each other.
struct Run {
    face: &'static Face,
    /// Where it begins in the line, in bytes.
    at: usize,
    text: String,
    glyphs: Vec<KrillaGlyph>,
}

/// Letters that stand in one line, as they are seen from left to right.
struct Line {
    runs: Vec<Run>,
    /// As a part of the size of the letters.
    width: f32,
}

/// Where a line may break, also in scripts without spaces
/// (<https://www.unicode.org/reports/tr14/>; by models for Thai, Lao, Khmer and Burmese).
static SEGMENTER: LazyLock<LineSegmenterBorrowed<'static>> = LazyLock::new(|| LineSegmenter::new_lstm(LineBreakOptions::default()));

impl Sheets {
    /// One empty page.
    pub fn new() -> Self {
        Self { pages: vec![Vec::new()], y: TOP }
    }

    /// Begins another page.
    pub fn turn(&mut self) {
        self.pages.push(Vec::new());
        self.y = TOP;
    }

    /// Begins another page where less than this height is left.
    pub fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.turn();
        }
    }

    /// Leaves room.
    pub fn skip(&mut self, height: f32) {
        self.y += height;
    }

    /// Writes text between two edges, in as many lines, and on as many pages, as it takes.
    pub fn text(&mut self, text: &str, style: Style, align: Align, left: f32, right: f32) {
        for line in wrap(text, style.bold, (right - left) / style.size) {
            self.need(style.size * LEADING);
            self.line(line, style, align, left, right);
        }
    }

    /// Writes text, and beside its first line, at the right edge, what belongs to it.
    pub fn row(&mut self, (text, style): (&str, Style), left: f32, end: f32, (aside, aside_style): (&str, Style), right: f32) {
        self.need(style.size * LEADING);
        for (index, line) in wrap(text, style.bold, (end - left) / style.size).into_iter().enumerate() {
            self.need(style.size * LEADING);
            let top = self.y;
            self.line(line, style, Align::Left, left, end);
            if index == 0 {
                let below = std::mem::replace(&mut self.y, top);
                self.line(Line::set(aside, aside_style.bold, None), aside_style, Align::Right, left, right);
                self.y = below;
            }
        }
    }

    /// How high text will be between two edges.
    pub fn height(text: &str, style: Style, left: f32, right: f32) -> f32 {
        let lines = wrap(text, style.bold, (right - left) / style.size).len();
        lines as f32 * style.size * LEADING
    }

    /// Draws a bar, a thin one being a rule, where the next line would begin.
    pub fn bar(&mut self, x: f32, width: f32, height: f32, colour: Colour) {
        let y = self.y;
        self.mark(Mark::Bar { x, y, width, height, colour });
    }

    /// The pages as a PDF, each with a band along its upper edge and its foot: `foot` says what stands
    /// left and right on page so many of so many.
    pub fn pdf(
        mut self,
        title: &str,
        author: &str,
        language: &str,
        (band, style): (Colour, Style),
        foot: impl Fn(usize, usize) -> (String, String),
    ) -> Result<Vec<u8>> {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            page.insert(0, Mark::Bar { x: 0.0, y: 0.0, width: WIDTH, height: BAND, colour: band });
            let (left, right) = foot(index + 1, count);
            let y = HEIGHT - 40.0;
            let right = Line::set(&right, style.bold, None);
            let x = RIGHT - right.width * style.size;
            // The left part gives way: it may hold what somebody named themselves.
            let left = wrap(&left, style.bold, (x - LEFT - 24.0) / style.size).into_iter().next();
            page.push(Mark::Line { line: right, x, y, style });
            page.extend(left.map(|line| Mark::Line { line, x: LEFT, y, style }));
        }
        let mut document = Document::new();
        document.set_metadata(
            Metadata::new().title(clean(title)).authors(vec![clean(author)]).creator("Atelier".to_owned()).language(language.to_owned()),
        );
        for marks in &self.pages {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| Error::Fault("a page without a size".into()))?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for mark in marks {
                match mark {
                    Mark::Line { line, x, y, style } => {
                        surface.set_fill(Some(style.colour.fill()));
                        let mut x = *x;
                        for run in &line.runs {
                            surface.draw_glyphs(
                                Point::from_xy(x, *y),
                                &run.glyphs,
                                run.face.written().clone(),
                                &run.text,
                                style.size,
                                false,
                            );
                            x += run.width() * style.size;
                        }
                    }
                    Mark::Bar { x, y, width, height, colour } => {
                        let mut path = PathBuilder::new();
                        path.push_rect(
                            Rect::from_xywh(*x, *y, *width, *height).ok_or_else(|| Error::Fault("a bar without a size".into()))?,
                        );
                        surface.set_fill(Some(colour.fill()));
                        path.finish().iter().for_each(|path| surface.draw_path(path));
                    }
                }
            }
            surface.finish();
            page.finish();
        }
        document.finish().map_err(|error| Error::Fault(format!("a PDF cannot be written: {error:?}")))
    }

    fn line(&mut self, line: Line, style: Style, align: Align, left: f32, right: f32) {
        let x = match align {
            Align::Left => left,
            Align::Right => right - line.width * style.size,
        };
        let y = self.y + style.size * ASCENT;
        self.mark(Mark::Line { line, x, y, style });
        self.y += style.size * LEADING;
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }
}

impl Colour {
    fn fill(self) -> Fill {
        Fill { paint: rgb::Color::new(self.0, self.1, self.2).into(), ..Fill::default() }
    }
}

impl Run {
    fn shape(face: &'static Face, at: usize, text: &str, is_rtl: bool) -> Self {
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight });
        let shaped = face.shaper().shaper(face.font()).build().shape(buffer, ShapeOptions::new());
        let em = face.units_per_em();
        // Where each cluster begins: it ends where the next one does, whatever the direction.
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.sort_unstable();
        let end = |start: usize| starts.get(starts.partition_point(|next| *next <= start)).copied().unwrap_or(text.len());
        let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions()).map(|(info, position)| {
            let start = info.cluster as usize;
            KrillaGlyph::new(
                GlyphId::new(info.glyph_id),
                position.x_advance as f32 / em,
                position.x_offset as f32 / em,
                position.y_offset as f32 / em,
                position.y_advance as f32 / em,
                start..end(start),
                None,
            )
        });
        Self { face, at, text: text.to_owned(), glyphs: glyphs.collect() }
    }

    /// Letters that no font has: a box for each.
    fn boxes(at: usize, text: &str, is_rtl: bool) -> Option<Self> {
        let face = Face::of(BOX, false)?;
        let glyph = face.letters().map(BOX.chars().next()?)?;
        let advance = face.font().glyph_metrics(Size::unscaled(), LocationRef::default()).advance_width(glyph)? / face.units_per_em();
        let id = GlyphId::new(glyph.to_u32());
        let letter = |(at, letter): (usize, &str)| KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, at..at + letter.len(), None);
        let mut glyphs: Vec<KrillaGlyph> = text.grapheme_indices(true).map(letter).collect();
        if is_rtl {
            glyphs.reverse();
        }
        Some(Self { face, at, text: text.to_owned(), glyphs })
    }

    fn width(&self) -> f32 {
        self.glyphs.iter().map(|glyph| glyph.x_advance).sum()
    }
}

impl Line {
    /// Sets text as one line: of a paragraph that is read in this direction, else in that of its first letter.
    fn set(text: &str, bold: bool, direction: Option<Level>) -> Self {
        let text = clean(text);
        let bidi = BidiInfo::new(&text, direction);
        let mut runs = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, seen) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in seen {
                let is_rtl = levels.get(range.start).is_some_and(|level| level.is_rtl());
                let at = range.start;
                let shape = |(face, offset, part): (Option<&'static Face>, usize, &str)| match face {
                    Some(face) => Some(Run::shape(face, at + offset, part, is_rtl)),
                    None => Run::boxes(at + offset, part, is_rtl),
                };
                let mut shaped: Vec<Run> = by_face(&text[range], bold).into_iter().filter_map(shape).collect();
                if is_rtl {
                    shaped.reverse();
                }
                runs.extend(shaped);
            }
        }
        let width = runs.iter().map(Run::width).sum();
        Self { runs, width }
    }

    /// How wide each part is that cannot be divided, by where it begins, in the order of the text.
    fn clusters(&self) -> Vec<(usize, f32)> {
        let mut clusters: Vec<(usize, f32)> =
            self.runs.iter().flat_map(|run| run.glyphs.iter().map(|glyph| (run.at + glyph.text_range.start, glyph.x_advance))).collect();
        clusters.sort_by_key(|(at, _)| *at);
        // A letter with its marks is several glyphs.
        clusters.dedup_by(|next, first| {
            let is_same = next.0 == first.0;
            first.1 += if is_same { next.1 } else { 0.0 };
            is_same
        });
        clusters
    }
}

/// Text in parts of one font: font, where it begins, and the part. `None` is what no font has.
fn by_face(text: &str, bold: bool) -> Vec<(Option<&'static Face>, usize, &str)> {
    let mut parts: Vec<(Option<&'static Face>, usize)> = Vec::new();
    let mut add = |face: Option<&'static Face>, at: usize| {
        let is_same = |(last, _): &(Option<&Face>, usize)| last.map(std::ptr::from_ref) == face.map(std::ptr::from_ref);
        if !parts.last().is_some_and(is_same) {
            parts.push((face, at));
        }
    };
    for (at, cluster) in text.grapheme_indices(true) {
        if let Some(face) = Face::of(cluster, bold) {
            add(Some(face), at);
            continue;
        }
        // No font has all of it: each part by itself.
        for (offset, letter) in cluster.char_indices().filter(|(_, letter)| !invisible(*letter)) {
            add(Face::of(letter.encode_utf8(&mut [0; 4]), bold), at + offset);
        }
    }
    let ends: Vec<usize> = parts.iter().skip(1).map(|(_, at)| *at).chain([text.len()]).collect();
    parts.into_iter().zip(ends).map(|((face, at), end)| (face, at, &text[at..end])).collect()
}

/// Text as it is set: letters that are composed of parts in one, mathematical letters and those that no font has as
/// what they look like (<https://www.unicode.org/reports/tr15/>), and a sign in place of what would not be seen or
/// would turn the direction.
fn clean(text: &str) -> String {
    let odd = |letter: char| letter.is_control() || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let known = |letter: char| Face::of(letter.encode_utf8(&mut [0; 4]), false).is_some();
    let mut cleaned = String::with_capacity(text.len());
    for letter in text.nfc() {
        let alike = || std::iter::once(letter).nfkc();
        match letter {
            _ if odd(letter) => cleaned.push('\u{fffd}'),
            // An empty Braille pattern shows what a space shows, and few fonts have it.
            '\u{2800}' => cleaned.push(' '),
            '\u{1d400}'..='\u{1d7ff}' => cleaned.extend(alike()),
            _ if known(letter) || !alike().all(known) => cleaned.push(letter),
            _ => cleaned.extend(alike()),
        }
    }
    cleaned
}

/// Breaks text into lines of at most a width, which is a part of the size of the letters: where the script
/// may break, and anywhere where there is no such place within a line. A single letter that does not fit is a line
/// all the same.
fn wrap(text: &str, bold: bool, width: f32) -> Vec<Line> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let paragraph = clean(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
        let direction = BidiInfo::new(&paragraph, None).paragraphs.first().map(|paragraph| paragraph.level);
        let places: Vec<usize> = SEGMENTER.segment_str(&paragraph).collect();
        let (mut from, mut taken) = (0, 0.0);
        // Where this line can break, and how wide it is up to there.
        let mut place: Option<(usize, f32)> = None;
        for (at, advance) in Line::set(&paragraph, bold, direction).clusters() {
            if at > from && places.binary_search(&at).is_ok() {
                place = Some((at, taken));
            }
            // White space at the end of a line takes no room.
            while taken + advance > width && at > from && !paragraph[at..].starts_with(' ') {
                let (end, before) = place.take().unwrap_or((at, taken));
                lines.push(Line::set(paragraph[from..end].trim_end(), bold, direction));
                (from, taken) = (end, taken - before);
            }
            taken += advance;
        }
        // An empty line is one, too.
        lines.push(Line::set(paragraph[from..].trim_end(), bold, direction));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { size: 10.0, bold: false, colour: Colour(0, 0, 0) };

    fn lines(text: &str, width: f32) -> Vec<String> {
        let read = |line: &Line| {
            let mut runs: Vec<&Run> = line.runs.iter().collect();
            runs.sort_by_key(|run| run.at);
            runs.iter().map(|run| run.text.as_str()).collect()
        };
        wrap(text, false, width).iter().map(read).collect()
    }

    #[test]
    fn lines_break_at_white_space_and_where_they_must() {
        assert_eq!(lines("one two three", 4.5), ["one two", "three"]);
        assert_eq!(lines("a\n\nb", 10.0), ["a", "", "b"]);
        assert_eq!(lines("", 10.0), Vec::<String>::new());
        let whole = "W".repeat(30);
        let broken = lines(&format!("x {whole} y"), 10.0);
        assert_eq!(broken.concat().replace(' ', ""), format!("x{whole}y"));
        assert!(broken.iter().all(|line| Line::set(line, false, None).width <= 10.0), "{broken:?}");
        assert_eq!(lines("WWW", 0.1), ["W", "W", "W"], "a letter that does not fit stands all the same");
    }

    #[test]
    fn lines_break_as_the_script_does() {
        // No line begins with a full stop or a closing bracket, and words of Thai and Burmese stay whole.
        assert_eq!(lines("龍の絵。「龍」", 3.5), ["龍の", "絵。", "「龍」"]);
        assert_eq!(lines("Rig 龍の絵を描きます", 5.2), ["Rig 龍の絵", "を描きます"]);
        assert_eq!(lines("ภาษาไทยสวยงาม", 4.2), ["ภาษาไทย", "สวยงาม"]);
        assert_eq!(lines("그림 의뢰", 2.5), ["그림", "의뢰"]);
        assert_eq!(lines("שלום עולם", 3.2), ["שלום", "עולם"]);
    }

    #[test]
    fn no_glyph_is_that_of_a_missing_letter() {
        let all = (0x20..0x3_0000).filter_map(char::from_u32);
        let odd: String = all.clone().step_by(89).collect();
        let marks: String = all.step_by(61).flat_map(|letter| ['\u{915}', letter, '\u{200d}', letter, '\u{483}', '\u{1f600}']).collect();
        for text in [odd, marks] {
            for run in Line::set(&text, true, None).runs {
                let missing = |glyph: &&KrillaGlyph| glyph.glyph_id == GlyphId::new(0);
                let missing: Vec<&str> = run.glyphs.iter().filter(missing).map(|glyph| &run.text[glyph.text_range.clone()]).collect();
                assert!(missing.is_empty(), "{missing:?} {:x?}", missing.concat().chars().map(u32::from).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn letters_that_belong_together_stay_together() {
        assert_eq!(lines("x\u{301}x\u{301}", 0.7), ["x\u{301}", "x\u{301}"]);
        // What is read from right to left breaks in the order in which it is read.
        assert_eq!(lines("\u{5e9}\u{5dc}\u{5d5}\u{5dd}", 1.4).concat(), "\u{5e9}\u{5dc}\u{5d5}\u{5dd}");
    }

    #[test]
    fn nothing_that_people_write_is_lost_or_breaks_the_pages() {
        let odd: String = (0..0x2ffff).step_by(97).filter_map(char::from_u32).collect();
        for text in [odd.as_str(), "a\u{202e}b\u{0}c\r\nd", "\u{200d}\u{fe0f}\u{301}", &"\u{5d0} a ".repeat(500)] {
            let mut sheets = Sheets::new();
            sheets.text(text, STYLE, Align::Left, LEFT, RIGHT);
            sheets.row((text, STYLE), LEFT, RIGHT - 100.0, (text, STYLE), RIGHT);
            let pdf =
                sheets.pdf(text, text, "en", (STYLE.colour, STYLE), |page, count| (text.to_owned(), format!("{page}/{count}"))).unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
        }
        assert_eq!(clean("a\u{202e}b\u{0}"), "a\u{fffd}b\u{fffd}");
    }

    #[test]
    fn every_script_has_a_font() {
        let is_set = |text: &str| by_face(&clean(text), false).iter().all(|(face, _, _)| face.is_some());
        for text in [
            "Latin ß Ż Я Ω \u{1f00} €",
            "中文 漢字 、。「」 カタカナ ひらがな ｶﾅ Ａ１",
            "한국어 이름",
            "ไทย ภาษา ก็",
            "हिन्दी क्षत्रिय ॐ ।",
            "العربية گچپژ ۱۲۳ لا",
            "עברית שָׁלוֹם",
            "বাংলা ਪੰਜਾਬੀ ગુજરાતી ଓଡ଼ିଆ தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල",
            "ລາວ မြန်မာ ខ្មែរ བོད་ አማርኛ ދިވެހި ߒߞߏ 𞤀𞤣𞤤𞤢𞤥 ⵜⵉⴼⵉⵏⴰⵖ ᏣᎳᎩ ᐃᓄᒃᑎᑐᑦ Հայ ქართ",
            "〈括弧〉 𠮷野 㐂 中〜・ー ゟ",
            "𓆩♡𓆪 ꧁꧂ 𐙚 ᡣ𐭩 ᥫ᭡ ᯓ★ 𖤐 ꫂ ᰔ ꨄ 𖹭 ༺༻ 𑁍 ⛧ ➺ ⟡ ∮ ♪ 𝄞 🄰 ᏗᎥ",
            "😀 👩\u{200d}🚀 👍🏽 🇯🇵 ❤\u{fe0f} 1\u{fe0f}\u{20e3} ★ ☆",
        ] {
            assert!(is_set(text), "{text}: {:?}", clean(text).graphemes(true).filter(|cluster| !is_set(cluster)).collect::<Vec<_>>());
        }
        assert!(!is_set("\u{12000}"), "cuneiform is boxes");
        assert!(Face::of(BOX, false).is_some());
        assert_eq!(Line::set("\u{12000}\u{200d}\u{12000}", false, None).clusters().len(), 2, "a box each");
    }

    #[test]
    fn letters_that_only_look_another_way_are_written_as_what_they_are() {
        assert_eq!(clean("𝓐𝓭𝓪 𝔻𝕣𝕒𝕘𝕠𝕟 𝟙𝟚"), "Ada Dragon 12");
        assert_eq!(clean("\u{1112}\u{1161}\u{11ab} e\u{301}"), "한 é", "composed");
    }

    #[test]
    fn letters_change_by_what_stands_beside_them() {
        // Arabic letters join, lam and alef are one, and Devanagari's vowel goes before its consonant.
        let glyphs = |text: &str| {
            let line = Line::set(text, false, None);
            line.runs.iter().flat_map(|run| run.glyphs.iter().map(|glyph| glyph.glyph_id)).collect::<Vec<_>>()
        };
        let alone = glyphs("ب")[0];
        assert!(!glyphs("ببب").contains(&alone));
        assert_eq!(glyphs("لا").len(), 1);
        assert_eq!(glyphs("कि").last(), glyphs("क").last());
        assert_ne!(glyphs("क्ष"), [glyphs("क"), glyphs("ष")].concat());
    }

    #[test]
    fn what_goes_from_right_to_left_does_so_within_its_line() {
        let seen = |text: &str, direction| Line::set(text, false, direction).runs.iter().map(|run| run.text.clone()).collect::<String>();
        assert_eq!(seen("rig שלום v2", None), "rig שלום v2");
        assert_eq!(seen("שלום rig", None), "rig שלום");
        // A line of a paragraph that is read from the right, though the line begins with Latin.
        assert_eq!(seen("rig שלום", Some(Level::rtl())), "שלום rig");
    }
}
