//! What every reply is made of; what one command replies stands beside that command.
//!
//! All replies are ephemeral, because they are about money and files, and none mentions anybody. None
//! has a plain line for a notification, as messages have ([`shared::cards::line`]): Discord notifies nobody
//! of a reply that only the person sees who just asked for it.

use poise::CreateReply;
use serenity::all::{CreateActionRow, CreateAllowedMentions, CreateButton, CreateEmbed, CreateInputText, CreateModal, InputTextStyle};
use shared::cards::escape;
use shared::domain::deliverables::Deliverable;
use shared::texts::{Language, Message};
use shared::{Error, message, texts};

/// The colour of what is as it should be.
pub const CALM: u32 = 0x005B_7FA6;
/// The colour of what wants a look.
pub const AMBER: u32 = 0x00E8_A33D;
/// The colour of what went well.
pub const GREEN: u32 = 0x003B_A55D;

/// The maximum length of an embed's description, in characters.
pub const DESCRIPTION_MAX: usize = 4096;
/// The maximum length of an embed's field, in characters.
pub const FIELD_MAX: usize = 1024;
/// The maximum length of an amount, date or number that somebody types, in characters.
pub const WORD_MAX: u16 = 40;
/// The maximum length of a form's title, in characters.
const TITLE_MAX: usize = 45;

/// One sentence that is good news or none.
pub fn sentence(message: &Message, language: Language) -> CreateReply {
    text(message.to(language))
}

/// Words that are put together already.
pub fn text(words: String) -> CreateReply {
    blank().embed(CreateEmbed::new().description(words).colour(CALM))
}

/// What went wrong, in a sentence. A fault of ours is logged here.
pub fn error(error: &Error, language: Language) -> CreateReply {
    blank().embed(CreateEmbed::new().description(error.report(language)).colour(AMBER))
}

/// A reply as all of them begin: for the person alone, and mentioning nobody.
pub fn blank() -> CreateReply {
    CreateReply::default().ephemeral(true).allowed_mentions(CreateAllowedMentions::new())
}

/// One button in a row of its own.
pub fn row(button: CreateButton) -> Vec<CreateActionRow> {
    vec![CreateActionRow::Buttons(vec![button])]
}

/// Lines under a title. A page holds no more of them than fit.
pub fn list(title: Message, lines: impl Iterator<Item = String>, nothing: Message, language: Language) -> CreateReply {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return sentence(&nothing, language);
    }
    let text = fitting(lines.iter(), DESCRIPTION_MAX);
    blank().embed(CreateEmbed::new().title(title.to(language)).description(text.trim_end()).colour(CALM))
}

/// As many of the lines as fit into so many characters.
pub fn fitting<'a>(lines: impl Iterator<Item = &'a String>, max: usize) -> String {
    let mut text = String::new();
    for line in lines {
        if text.chars().count() + line.chars().count() + 1 > max {
            break;
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A file: its name, size and hash.
pub fn file_card(file: &Deliverable, language: Language) -> CreateEmbed {
    CreateEmbed::new()
        .field(message!("file").to(language), escape(&file.file_name), true)
        .field(message!("size").to(language), texts::size(file.object.size_bytes, language), true)
        .field("sha256", format!("`{}`", file.object.sha256), false)
}

/// A form.
pub fn form(custom_id: String, title: &Message, inputs: Vec<CreateActionRow>, language: Language) -> CreateModal {
    CreateModal::new(custom_id, shared::types::text::shortened(&title.to(language), TITLE_MAX)).components(inputs)
}

/// An input of a form: one line, unless `with` makes it more.
pub fn input(id: &str, label: &Message, language: Language, with: impl FnOnce(CreateInputText) -> CreateInputText) -> CreateActionRow {
    CreateActionRow::InputText(with(CreateInputText::new(InputTextStyle::Short, label.to(language), id)))
}
