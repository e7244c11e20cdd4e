//! The fonts that are part of the program, by the scripts that they are for.
//!
//! Noto Sans comes first; what it lacks is looked for in the fonts of the letter's script, and what belongs to no
//! script in those for signs. Fonts other than Noto Sans and DejaVu Sans are packed, and unpacked when a letter is
//! first looked for in them, so that a program that writes Latin alone holds none of them.

use std::sync::{LazyLock, OnceLock};

use harfrust::{FontRef, ShaperData};
use icu_properties::CodePointSetData;
use icu_properties::props::{EmojiPresentation, Script};
use icu_properties::script::ScriptWithExtensions;
use krilla::text::Font;
use skrifa::MetadataProvider;
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};

use crate::types::text::invisible;

/// What turns a sign that comes before it into a small picture.
const AS_EMOJI: char = '\u{fe0f}';

/// A font, for both who measures and who writes.
pub struct Face {
    scripts: &'static [Script],
    bytes: Bytes,
    loaded: OnceLock<Loaded>,
}

enum Bytes {
    Plain(&'static [u8]),
    /// By Brotli, which takes less than half.
    Packed(&'static [u8]),
}

/// What is made of a font when it is first used.
struct Loaded {
    bytes: &'static [u8],
    font: FontRef<'static>,
    letters: Charmap<'static>,
    shaper: OnceLock<ShaperData>,
    written: OnceLock<Font>,
}

/// A font of `shared/fonts`, whose README says where they are from.
macro_rules! font {
    ($($script:ident)+, $name:literal) => {
        Face::new(
            &[$(Script::$script),+],
            Bytes::Packed(include_bytes!(concat!("../../fonts/", $name, ".br")).as_slice()),
        )
    };
}

static REGULAR: Face = Face::new(&[], Bytes::Plain(notosans::REGULAR_TTF));
static BOLD: Face = Face::new(&[], Bytes::Plain(notosans::BOLD_TTF));
static EMOJI: Face = font!(Common, "NotoEmoji-Regular.ttf");
/// DejaVu Sans has signs and stars, and Armenian.
static DEJAVU: LazyLock<Face> = LazyLock::new(|| {
    let scripts = &[Script::Common, Script::Inherited, Script::Armenian, Script::Latin, Script::Lisu, Script::Braille, Script::Ogham];
    Face::new(scripts, Bytes::Plain(dejavu::sans::regular()))
});

/// Where letters are looked for that Noto Sans and DejaVu Sans lack, in this order.
static FONTS: [Face; 141] = [
    font!(Latin Greek Cyrillic Inherited, "NotoSans-Regular.ttf"),
    font!(Han Hangul Hiragana Katakana Bopomofo Common Latin, "DroidSansFallback.ttf"),
    font!(Han Hiragana Katakana Bopomofo Common, "NotoSansCJKjp-Rare.otf"),
    font!(Common Inherited, "NotoSansSymbols-Regular.ttf"),
    font!(Common, "NotoSansSymbols2-Regular.ttf"),
    font!(Common, "NotoSansMath-Regular.ttf"),
    font!(Common Inherited, "NotoMusic-Regular.ttf"),
    font!(Common, "NotoSansMayanNumerals-Regular.ttf"),
    font!(Common, "NotoSansIndicSiyaqNumbers-Regular.ttf"),
    font!(Adlam, "NotoSansAdlam-Regular.ttf"),
    font!(Arabic, "NotoSansArabic-Regular.ttf"),
    font!(Avestan, "NotoSansAvestan-Regular.ttf"),
    font!(Bamum, "NotoSansBamum-Regular.ttf"),
    font!(BassaVah, "NotoSansBassaVah-Regular.ttf"),
    font!(Batak, "NotoSansBatak-Regular.ttf"),
    font!(Bengali, "NotoSansBengali-Regular.ttf"),
    font!(Bhaiksuki, "NotoSansBhaiksuki-Regular.ttf"),
    font!(Brahmi, "NotoSansBrahmi-Regular.ttf"),
    font!(Buginese, "NotoSansBuginese-Regular.ttf"),
    font!(Buhid, "NotoSansBuhid-Regular.ttf"),
    font!(CanadianAboriginal, "NotoSansCanadianAboriginal-Regular.ttf"),
    font!(Carian, "NotoSansCarian-Regular.ttf"),
    font!(CaucasianAlbanian, "NotoSansCaucasianAlbanian-Regular.ttf"),
    font!(Chakma, "NotoSansChakma-Regular.ttf"),
    font!(Cham, "NotoSansCham-Regular.ttf"),
    font!(Cherokee, "NotoSansCherokee-Regular.ttf"),
    font!(Coptic, "NotoSansCoptic-Regular.ttf"),
    font!(Cypriot, "NotoSansCypriot-Regular.ttf"),
    font!(Deseret, "NotoSansDeseret-Regular.ttf"),
    font!(Devanagari, "NotoSansDevanagari-Regular.ttf"),
    font!(Duployan, "NotoSansDuployan-Regular.ttf"),
    font!(EgyptianHieroglyphs, "NotoSansEgyptianHieroglyphs-Regular.ttf"),
    font!(Elbasan, "NotoSansElbasan-Regular.ttf"),
    font!(Elymaic, "NotoSansElymaic-Regular.ttf"),
    font!(Ethiopic, "NotoSansEthiopic-Regular.ttf"),
    font!(Georgian, "NotoSansGeorgian-Regular.ttf"),
    font!(Glagolitic, "NotoSansGlagolitic-Regular.ttf"),
    font!(Gothic, "NotoSansGothic-Regular.ttf"),
    font!(Grantha, "NotoSansGrantha-Regular.ttf"),
    font!(Gujarati, "NotoSansGujarati-Regular.ttf"),
    font!(GunjalaGondi, "NotoSansGunjalaGondi-Regular.ttf"),
    font!(Gurmukhi, "NotoSansGurmukhi-Regular.ttf"),
    font!(HanifiRohingya, "NotoSansHanifiRohingya-Regular.ttf"),
    font!(Hanunoo, "NotoSansHanunoo-Regular.ttf"),
    font!(Hatran, "NotoSansHatran-Regular.ttf"),
    font!(Hebrew, "NotoSansHebrew-Regular.ttf"),
    font!(ImperialAramaic, "NotoSansImperialAramaic-Regular.ttf"),
    font!(InscriptionalPahlavi, "NotoSansInscriptionalPahlavi-Regular.ttf"),
    font!(InscriptionalParthian, "NotoSansInscriptionalParthian-Regular.ttf"),
    font!(Javanese, "NotoSansJavanese-Regular.ttf"),
    font!(Kaithi, "NotoSansKaithi-Regular.ttf"),
    font!(Kannada, "NotoSansKannada-Regular.ttf"),
    font!(KayahLi, "NotoSansKayahLi-Regular.ttf"),
    font!(Kharoshthi, "NotoSansKharoshthi-Regular.ttf"),
    font!(Khmer, "NotoSansKhmer-Regular.ttf"),
    font!(Khojki, "NotoSansKhojki-Regular.ttf"),
    font!(Khudawadi, "NotoSansKhudawadi-Regular.ttf"),
    font!(Lao, "NotoSansLao-Regular.ttf"),
    font!(Lepcha, "NotoSansLepcha-Regular.ttf"),
    font!(Limbu, "NotoSansLimbu-Regular.ttf"),
    font!(LinearA, "NotoSansLinearA-Regular.ttf"),
    font!(LinearB, "NotoSansLinearB-Regular.ttf"),
    font!(Lycian, "NotoSansLycian-Regular.ttf"),
    font!(Lydian, "NotoSansLydian-Regular.ttf"),
    font!(Mahajani, "NotoSansMahajani-Regular.ttf"),
    font!(Malayalam, "NotoSansMalayalam-Regular.ttf"),
    font!(Mandaic, "NotoSansMandaic-Regular.ttf"),
    font!(Manichaean, "NotoSansManichaean-Regular.ttf"),
    font!(Marchen, "NotoSansMarchen-Regular.ttf"),
    font!(MasaramGondi, "NotoSansMasaramGondi-Regular.ttf"),
    font!(Medefaidrin, "NotoSansMedefaidrin-Regular.ttf"),
    font!(MeeteiMayek, "NotoSansMeeteiMayek-Regular.ttf"),
    font!(MendeKikakui, "NotoSansMendeKikakui-Regular.ttf"),
    font!(MeroiticCursive MeroiticHieroglyphs, "NotoSansMeroitic-Regular.ttf"),
    font!(Miao, "NotoSansMiao-Regular.ttf"),
    font!(Modi, "NotoSansModi-Regular.ttf"),
    font!(Mongolian, "NotoSansMongolian-Regular.ttf"),
    font!(Mro, "NotoSansMro-Regular.ttf"),
    font!(Multani, "NotoSansMultani-Regular.ttf"),
    font!(Myanmar, "NotoSansMyanmar-Regular.ttf"),
    font!(Nko, "NotoSansNKo-Regular.ttf"),
    font!(Nabataean, "NotoSansNabataean-Regular.ttf"),
    font!(NewTaiLue, "NotoSansNewTaiLue-Regular.ttf"),
    font!(Newa, "NotoSansNewa-Regular.ttf"),
    font!(Nushu, "NotoSansNushu-Regular.ttf"),
    font!(OlChiki, "NotoSansOlChiki-Regular.ttf"),
    font!(OldHungarian, "NotoSansOldHungarian-Regular.ttf"),
    font!(OldItalic, "NotoSansOldItalic-Regular.ttf"),
    font!(OldNorthArabian, "NotoSansOldNorthArabian-Regular.ttf"),
    font!(OldPermic, "NotoSansOldPermic-Regular.ttf"),
    font!(OldPersian, "NotoSansOldPersian-Regular.ttf"),
    font!(OldSogdian, "NotoSansOldSogdian-Regular.ttf"),
    font!(OldSouthArabian, "NotoSansOldSouthArabian-Regular.ttf"),
    font!(OldTurkic, "NotoSansOldTurkic-Regular.ttf"),
    font!(Oriya, "NotoSansOriya-Regular.ttf"),
    font!(Osage, "NotoSansOsage-Regular.ttf"),
    font!(Osmanya, "NotoSansOsmanya-Regular.ttf"),
    font!(PahawhHmong, "NotoSansPahawhHmong-Regular.ttf"),
    font!(Palmyrene, "NotoSansPalmyrene-Regular.ttf"),
    font!(PauCinHau, "NotoSansPauCinHau-Regular.ttf"),
    font!(PhagsPa, "NotoSansPhagsPa-Regular.ttf"),
    font!(Phoenician, "NotoSansPhoenician-Regular.ttf"),
    font!(PsalterPahlavi, "NotoSansPsalterPahlavi-Regular.ttf"),
    font!(Rejang, "NotoSansRejang-Regular.ttf"),
    font!(Runic, "NotoSansRunic-Regular.ttf"),
    font!(Samaritan, "NotoSansSamaritan-Regular.ttf"),
    font!(Saurashtra, "NotoSansSaurashtra-Regular.ttf"),
    font!(Sharada, "NotoSansSharada-Regular.ttf"),
    font!(Shavian, "NotoSansShavian-Regular.ttf"),
    font!(Siddham, "NotoSansSiddham-Regular.ttf"),
    font!(Sinhala, "NotoSansSinhala-Regular.ttf"),
    font!(Sogdian, "NotoSansSogdian-Regular.ttf"),
    font!(SoraSompeng, "NotoSansSoraSompeng-Regular.ttf"),
    font!(Soyombo, "NotoSansSoyombo-Regular.ttf"),
    font!(Sundanese, "NotoSansSundanese-Regular.ttf"),
    font!(SylotiNagri, "NotoSansSylotiNagri-Regular.ttf"),
    font!(Syriac, "NotoSansSyriac-Regular.ttf"),
    font!(Tagalog, "NotoSansTagalog-Regular.ttf"),
    font!(Tagbanwa, "NotoSansTagbanwa-Regular.ttf"),
    font!(TaiLe, "NotoSansTaiLe-Regular.ttf"),
    font!(TaiTham, "NotoSansTaiTham-Regular.ttf"),
    font!(TaiViet, "NotoSansTaiViet-Regular.ttf"),
    font!(Takri, "NotoSansTakri-Regular.ttf"),
    font!(Tamil, "NotoSansTamil-Regular.ttf"),
    font!(Telugu, "NotoSansTelugu-Regular.ttf"),
    font!(Thaana, "NotoSansThaana-Regular.ttf"),
    font!(Thai, "NotoSansThai-Regular.ttf"),
    font!(Tifinagh, "NotoSansTifinagh-Regular.ttf"),
    font!(Tirhuta, "NotoSansTirhuta-Regular.ttf"),
    font!(Ugaritic, "NotoSansUgaritic-Regular.ttf"),
    font!(Vai, "NotoSansVai-Regular.ttf"),
    font!(Wancho, "NotoSansWancho-Regular.ttf"),
    font!(WarangCiti, "NotoSansWarangCiti-Regular.ttf"),
    font!(Yi, "NotoSansYi-Regular.ttf"),
    font!(ZanabazarSquare, "NotoSansZanabazarSquare-Regular.ttf"),
    font!(Ahom, "NotoSerifAhom-Regular.ttf"),
    font!(Balinese, "NotoSerifBalinese-Regular.ttf"),
    font!(Dogra, "NotoSerifDogra-Regular.ttf"),
    font!(NyiakengPuachueHmong, "NotoSerifNyiakengPuachueHmong-Regular.ttf"),
    font!(Tibetan, "NotoSerifTibetan-Regular.ttf"),
    font!(Yezidi, "NotoSerifYezidi-Regular.ttf"),
];

impl Face {
    const fn new(scripts: &'static [Script], bytes: Bytes) -> Self {
        Self { scripts, bytes, loaded: OnceLock::new() }
    }

    /// The font for what is read as one letter, where there is one that has all of it.
    pub fn of(cluster: &str, bold: bool) -> Option<&'static Self> {
        let first: &'static Self = if bold { &BOLD } else { &REGULAR };
        let mut shown = cluster.chars().filter(|letter| !invisible(*letter)).peekable();
        let Some(base) = shown.peek().copied() else { return Some(first) };
        let shown: Vec<char> = shown.collect();
        let has_all = |face: &&'static Self| shown.iter().all(|letter| face.letters().map(*letter).is_some());
        let is_emoji = cluster.contains(AS_EMOJI) || CodePointSetData::new::<EmojiPresentation>().contains(base);
        if is_emoji && has_all(&&EMOJI) {
            return Some(&EMOJI);
        }
        let scripts = ScriptWithExtensions::new();
        let is_for = |face: &&'static Self| face.scripts.iter().any(|script| scripts.has_script(base, *script));
        let others = || std::iter::once(&*DEJAVU).chain(&FONTS);
        std::iter::once(first).chain(others().filter(is_for)).chain([&EMOJI]).find(has_all)
    }

    /// How its letters are shaped.
    pub fn shaper(&self) -> &ShaperData {
        let loaded = self.loaded();
        loaded.shaper.get_or_init(|| ShaperData::new(&loaded.font))
    }

    /// As the PDF has it.
    pub fn written(&self) -> &Font {
        let loaded = self.loaded();
        loaded.written.get_or_init(|| Font::new(loaded.bytes.into(), 0).expect("a font that is part of the binary"))
    }

    /// Its tables.
    pub fn font(&self) -> &FontRef<'static> {
        &self.loaded().font
    }

    /// Which glyph each letter has.
    pub fn letters(&self) -> &Charmap<'static> {
        &self.loaded().letters
    }

    /// What its lengths are parts of.
    pub fn units_per_em(&self) -> f32 {
        self.font().metrics(Size::unscaled(), LocationRef::default()).units_per_em.into()
    }

    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            let bytes = match self.bytes {
                Bytes::Plain(bytes) => bytes,
                Bytes::Packed(mut packed) => {
                    let mut bytes = Vec::new();
                    brotli_decompressor::BrotliDecompress(&mut packed, &mut bytes).expect("a font that is part of the binary");
                    // As long as the program, as the face is.
                    bytes.leak()
                }
            };
            let font = FontRef::new(bytes).expect("a font that is part of the binary");
            Loaded { bytes, letters: font.charmap(), font, shaper: OnceLock::new(), written: OnceLock::new() }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_font_opens_and_has_letters_of_its_scripts() {
        let scripts = ScriptWithExtensions::new();
        for face in FONTS.iter().chain([&REGULAR, &BOLD, &EMOJI, &*DEJAVU]) {
            assert!(face.units_per_em() > 0.0 && face.written().units_per_em() > 0.0);
            for script in face.scripts {
                let is_of = |(letter, _): (u32, _)| char::from_u32(letter).is_some_and(|letter| scripts.has_script(letter, *script));
                assert!(face.letters().mappings().any(is_of), "{script:?}");
            }
        }
    }
}
