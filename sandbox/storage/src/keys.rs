//! Which file keeps which object, so that a key may be any text.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s3s::dto::{CompletedPart, ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};
use serde::{Deserialize, Serialize};

/// The least that a part weighs, the last one excepted.
const LEAST_PART: i64 = 5 * 1024 * 1024;

/// The keys of the bucket in the order of their bytes, and the uploads in parts.
#[derive(Clone, Default)]
pub(super) struct Keys {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    stored: BTreeMap<String, Stored>,
    uploads: HashMap<String, Upload>,
    /// How many files were named.
    files: u64,
}

/// An object, or a part of one.
#[derive(Clone)]
pub(super) struct Stored {
    /// Its name in the folder, which is never used again.
    pub file: String,
    pub size: i64,
    pub e_tag: ETag,
    pub modified: Timestamp,
}

/// An object that comes in parts.
pub(super) struct Upload {
    pub key: String,
    pub file: String,
    pub parts: BTreeMap<i32, Stored>,
}

/// What must be true of the object that is there when another takes its place.
#[derive(Default)]
pub(super) struct Condition {
    pub matches: Option<ETagCondition>,
    pub matches_not: Option<ETagCondition>,
}

/// A page of a listing.
#[derive(Default)]
pub(super) struct Page {
    pub objects: Vec<(String, Stored)>,
    /// The common beginnings of keys that the delimiter folds.
    pub folded: Vec<String>,
    /// The last name on the page, when another page follows.
    pub more_after: Option<String>,
}

/// What is kept of the keys. Uploads that are not complete are lost, as a bucket's rules have it.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    stored: BTreeMap<String, KeptObject>,
    files: u64,
}

#[derive(Serialize, Deserialize)]
struct KeptObject {
    file: String,
    size: i64,
    e_tag: String,
    modified: String,
}

impl Keys {
    /// What is to be kept.
    pub fn keep(&self) -> Kept {
        let inner = self.lock();
        let kept = |stored: &Stored| {
            let mut modified = Vec::new();
            // A time that came from a file can be written.
            let _ = stored.modified.format(TimestampFormat::DateTime, &mut modified);
            let modified = String::from_utf8(modified).unwrap_or_default();
            KeptObject { file: stored.file.clone(), size: stored.size, e_tag: stored.e_tag.value().to_owned(), modified }
        };
        Kept { stored: inner.stored.iter().map(|(key, stored)| (key.clone(), kept(stored))).collect(), files: inner.files }
    }

    /// The keys as they were kept. `None` where a time is none.
    pub fn of(kept: Kept, files_there: u64) -> Option<Keys> {
        let stored = kept.stored.into_iter().map(|(key, object)| {
            let modified = Timestamp::parse(TimestampFormat::DateTime, &object.modified).ok()?;
            Some((key, Stored { file: object.file, size: object.size, e_tag: ETag::Strong(object.e_tag), modified }))
        });
        // What was written last may not have been kept, and its name is taken.
        let files = kept.files.max(files_there);
        let inner = Inner { stored: stored.collect::<Option<_>>()?, uploads: HashMap::new(), files };
        Some(Keys { inner: Arc::new(Mutex::new(inner)) })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name for a file that none had before.
    pub fn name_file(&self) -> String {
        let mut inner = self.lock();
        inner.files += 1;
        inner.files.to_string()
    }

    pub fn find(&self, key: &str) -> Option<Stored> {
        self.lock().stored.get(key).cloned()
    }

    pub fn get(&self, key: &str) -> S3Result<Stored> {
        self.find(key).ok_or_else(|| s3_error!(NoSuchKey, "The specified key does not exist."))
    }

    /// Every key and what it names, in order.
    pub fn all(&self) -> Vec<(String, Stored)> {
        self.lock().stored.iter().map(|(key, stored)| (key.clone(), stored.clone())).collect()
    }

    /// Whether an object may take the place of what is there.
    pub fn check(&self, key: &str, condition: &Condition) -> S3Result<()> {
        condition.check(self.lock().stored.get(key))
    }

    /// Puts an object in its place, and gives the one that was there.
    pub fn put(&self, key: &str, stored: Stored, condition: &Condition) -> S3Result<Option<Stored>> {
        let mut inner = self.lock();
        condition.check(inner.stored.get(key))?;
        Ok(inner.stored.insert(key.to_owned(), stored))
    }

    pub fn remove(&self, key: &str) -> Option<Stored> {
        self.lock().stored.remove(key)
    }

    /// The keys that come after a name and begin with the prefix. Where a delimiter follows in a key, what is before it
    /// stands for all that begin so.
    pub fn page(&self, prefix: &str, delimiter: &str, after: &str, most: usize) -> Page {
        let inner = self.lock();
        let mut page = Page::default();
        let mut last = None;
        for (key, stored) in inner.stored.range::<str, _>((Bound::Excluded(after), Bound::Unbounded)) {
            let Some(rest) = key.strip_prefix(prefix) else { continue };
            let cut = if delimiter.is_empty() { None } else { rest.find(delimiter) };
            let folded = cut.map(|at| &key[..prefix.len() + at + delimiter.len()]);
            if folded.is_some_and(|folded| folded == after || page.folded.last().is_some_and(|known| known == folded)) {
                continue;
            }
            if page.objects.len() + page.folded.len() == most {
                page.more_after = last;
                break;
            }
            match folded {
                Some(folded) => page.folded.push(folded.to_owned()),
                None => page.objects.push((key.clone(), stored.clone())),
            }
            last = Some(folded.unwrap_or(key).to_owned());
        }
        page
    }

    pub fn begin(&self, id: &str, key: &str, file: &str) {
        let upload = Upload { key: key.to_owned(), file: file.to_owned(), parts: BTreeMap::new() };
        self.lock().uploads.insert(id.to_owned(), upload);
    }

    /// Does something with an upload of the key.
    pub fn with_upload<T>(&self, id: &str, key: &str, act: impl FnOnce(&mut Upload) -> T) -> S3Result<T> {
        let mut inner = self.lock();
        let upload = inner.uploads.get_mut(id).filter(|upload| upload.key == key);
        upload.map(act).ok_or_else(no_such_upload)
    }

    /// Takes an upload away.
    pub fn end(&self, id: &str, key: &str) -> S3Result<Upload> {
        self.end_if(id, key, |_| Ok(()))
    }

    /// Takes an upload away that has the parts which are to make the object.
    pub fn complete(&self, id: &str, key: &str, parts: &[CompletedPart]) -> S3Result<Upload> {
        self.end_if(id, key, |upload| upload.check(parts))
    }

    fn end_if(&self, id: &str, key: &str, fits: impl FnOnce(&Upload) -> S3Result<()>) -> S3Result<Upload> {
        let mut inner = self.lock();
        let upload = inner.uploads.get(id).filter(|upload| upload.key == key).ok_or_else(no_such_upload)?;
        fits(upload)?;
        inner.uploads.remove(id).ok_or_else(no_such_upload)
    }
}

fn no_such_upload() -> s3s::S3Error {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.";
    s3_error!(NoSuchUpload, "{}", message)
}

impl Upload {
    /// Refuses parts that are out of order, were never uploaded, are too small, or of unequal size before the last, which
    /// R2 does not take.
    fn check(&self, asked: &[CompletedPart]) -> S3Result<()> {
        if asked.is_empty() {
            return Err(s3_error!(
                MalformedXML,
                "The XML you provided was not well-formed or did not validate against our published schema"
            ));
        }
        let numbers: Vec<i32> = asked.iter().filter_map(|part| part.part_number).collect();
        if numbers.len() != asked.len() || numbers.windows(2).any(|pair| pair[0] >= pair[1]) {
            let message = "The list of parts was not in ascending order. The parts list must be specified in order by part number.";
            return Err(s3_error!(InvalidPartOrder, "{}", message));
        }
        let mut sizes = Vec::new();
        for (part, number) in asked.iter().zip(&numbers) {
            let uploaded = self.parts.get(number).filter(|uploaded| part.e_tag.as_ref() == Some(&uploaded.e_tag));
            let Some(uploaded) = uploaded else {
                let message = "One or more of the specified parts could not be found. The part might not have been uploaded, or the \
                               specified entity tag might not have matched the part's entity tag.";
                return Err(s3_error!(InvalidPart, "{}", message));
            };
            sizes.push(uploaded.size);
        }
        sizes.pop();
        if sizes.iter().any(|size| *size < LEAST_PART) {
            return Err(s3_error!(EntityTooSmall, "Your proposed upload is smaller than the minimum allowed size"));
        }
        if sizes.iter().any(|size| Some(size) != sizes.first()) {
            return Err(s3_error!(InvalidPart, "All non-trailing parts must have the same length."));
        }
        if numbers.iter().zip(1..).any(|(number, expected)| *number != expected) {
            return Err(s3_error!(NotImplemented, "This stand-in takes parts that are numbered from 1 without a gap."));
        }
        Ok(())
    }
}

impl Condition {
    fn check(&self, there: Option<&Stored>) -> S3Result<()> {
        let is = |condition: &ETagCondition| match (condition, there) {
            (_, None) => false,
            (ETagCondition::Any, Some(_)) => true,
            (ETagCondition::ETag(e_tag), Some(stored)) => stored.e_tag.strong_cmp(e_tag),
        };
        if self.matches.is_some() && there.is_none() {
            return Err(s3_error!(NoSuchKey, "The specified key does not exist."));
        }
        if self.matches.as_ref().is_some_and(|condition| !is(condition)) || self.matches_not.as_ref().is_some_and(is) {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(s3_error!(PreconditionFailed, "{}", message));
        }
        Ok(())
    }
}
