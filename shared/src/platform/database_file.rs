//! The file of a SQLite database, seen from outside: whether it is still the one that was opened, and
//! whether the write-ahead log beside it is its own.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{BufReader, Read};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::error::{Error, Result};

/// What every SQLite database begins with.
/// See <https://www.sqlite.org/fileformat.html#magic_header_string>.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Where page 1 has the counter that grows with each change of that page, four bytes, big-endian.
const COUNTER_AT: usize = 24;
/// Where it has the number of changes of the schema, which SQLite counts up in every backup that it makes.
const SCHEMA_AT: usize = 40;
/// Where it has the user version, in which [`next_commit`] counts.
const COMMITS_AT: usize = 60;
const HEADER_BYTES: usize = 100;
/// Counting begins at a multiple of this.
const COUNTED_FROM: u32 = 1 << 16;
/// See <https://www.sqlite.org/fileformat.html#the_write_ahead_log>.
const WAL_HEADER_BYTES: usize = 32;
const FRAME_HEADER_BYTES: usize = 24;
/// How long a checkpoint may need to write the first page, of which half was seen.
const SECOND_LOOK_AFTER: Duration = Duration::from_millis(200);

/// The file of a database that this process has open.
#[derive(Debug)]
pub struct DatabaseFile {
    path: PathBuf,
    file: File,
    /// Device and number: a file of the same name may be another one.
    is: (u64, u64),
    /// The highest counter that was seen; `None` before the file has a header.
    counter: Mutex<Option<u32>>,
    /// The highest number of counted writes that was read from it.
    writes: AtomicI64,
}

/// The files that this process has open. Two that open the same share one descriptor: closing any descriptor
/// of a file ends all locks that this process holds on it, and SQLite's are such locks.
static OPEN: Mutex<Vec<Weak<DatabaseFile>>> = Mutex::new(Vec::new());

impl DatabaseFile {
    /// Remembers which file `path` leads to.
    pub fn open(path: &Path) -> std::io::Result<Arc<Self>> {
        let mut open = locked(&OPEN);
        open.retain(|file| file.strong_count() > 0);
        let is = identity(&std::fs::metadata(path)?);
        if let Some(known) = open.iter().filter_map(Weak::upgrade).find(|known| known.is == is) {
            return Ok(known);
        }
        let found = Arc::new(Self {
            path: std::path::absolute(path)?,
            file: File::open(path)?,
            is,
            counter: Mutex::new(None),
            writes: AtomicI64::new(0),
        });
        open.push(Arc::downgrade(&found));
        Ok(found)
    }

    /// Where it was when it was opened, in full.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Fails when the path leads to another file now, or to none. Costs one look into the folder.
    pub fn check_place(&self) -> Result<()> {
        match std::fs::metadata(&self.path) {
            Ok(found) if identity(&found) == self.is => Ok(()),
            Ok(_) => Err(self.gone("was replaced by another file")),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(self.gone("was removed or moved away")),
            // Such as a folder that cannot be read for a moment. Nothing says that the file is another one.
            Err(error) => Err(Error::Fault(format!("cannot look at the database file {}: {error}", self.path.display()))),
        }
    }

    /// Fails as [`DatabaseFile::check_place`] does, and when something else than SQLite wrote into the file, as
    /// somebody does who copies a backup over it.
    pub async fn check(&self) -> Result<()> {
        self.check_place()?;
        if self.was_overwritten() {
            tokio::time::sleep(SECOND_LOOK_AFTER).await;
            if self.was_overwritten() {
                return Err(self.gone("was overwritten, by a backup perhaps"));
            }
        }
        Ok(())
    }

    /// How many writes were counted when somebody looked last.
    pub fn writes_seen(&self) -> i64 {
        self.writes.load(Ordering::SeqCst)
    }

    /// Fails when fewer writes were counted than were `seen` before they were read: an earlier state was copied over
    /// the file, which does not always show in its counter.
    pub fn check_writes(&self, seen: i64, writes: i64) -> Result<()> {
        self.writes.fetch_max(writes, Ordering::SeqCst);
        match writes < seen {
            true => Err(self.gone("was overwritten, by a backup perhaps")),
            false => Ok(()),
        }
    }

    fn was_overwritten(&self) -> bool {
        // Only a checkpoint writes into the file, and leaves there what the log has. Whoever copies a file may give it
        // an old time, but not when it was changed.
        let changed = |path: &Path| std::fs::metadata(path).map(|found| (found.ctime(), found.ctime_nsec()));
        let is_newer = matches!((changed(&self.path), changed(&beside(&self.path, "-wal"))), (Ok(file), Ok(log)) if file > log);
        if is_newer && foreign_wal(&self.path).is_ok_and(|found| found.is_some()) {
            return true;
        }
        let mut seen = locked(&self.counter);
        match (header_counter(&self.file), *seen) {
            (Some(now), Some(before)) if now < before => true,
            (Some(now), _) => {
                *seen = Some(now);
                false
            }
            // A fresh one has no header yet.
            (None, before) => before.is_some(),
        }
    }

    fn gone(&self, what: &str) -> Error {
        Error::Setup(format!(
            "The database file {} {what} while this service had it open. It stops, so that nothing is written where nobody finds it. \
             Stop every service of Atelier before you touch the file, see that the right one is in its place, and start again.",
            self.path.display()
        ))
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

fn header_counter(file: &File) -> Option<u32> {
    let mut header = [0; HEADER_BYTES];
    file.read_exact_at(&mut header, 0).ok()?;
    header.starts_with(MAGIC).then(|| number(&header, COUNTER_AT)).flatten()
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_be_bytes)
}

/// The number after `commits`, the user version of a SQLite database, which counts its commits and so tells one state
/// from the next. A database that was not counted yet begins somewhere by chance, that no two begin alike.
pub fn next_commit(commits: i32) -> i32 {
    match commits {
        0 => {
            let chance = uuid::Uuid::now_v7().as_u128() as u16;
            (u32::from(chance.max(1)) * COUNTED_FROM).cast_signed()
        }
        // Zero says that nobody counted.
        -1 => 1,
        counted => counted.wrapping_add(1),
    }
}

/// What is wrong with the write-ahead log beside a database, with what to do, where it cannot be shown that it was
/// written for this file. That happens to whoever copies a backup over a database that was not stopped well: SQLite would
/// put the last changes of the old file into the new one. `None` where there is none, or it belongs.
pub fn foreign_wal(path: &Path) -> std::io::Result<Option<String>> {
    let wal_path = beside(path, "-wal");
    let (file, wal) = (path.display(), wal_path.display());
    // A file that a running service changes meanwhile is looked at again: it is right in itself only.
    for _ in 0..3 {
        let before = (stamp(path)?, stamp(&wal_path)?);
        let (length, Some(_)) = (before.0.map_or(0, |(_, _, length)| length), before.1) else { return Ok(None) };
        let found = if length == 0 { left_alone(&wal_path)? } else { compare(path, &wal_path)? };
        let copied = match found {
            Belongs::Yes => return Ok(None),
            Belongs::No => String::new(),
            Belongs::Doubtful => format!(" If you copied both files together instead, run `touch {wal}`."),
        };
        if (stamp(path)?, stamp(&wal_path)?) != before {
            continue;
        }
        return Ok(Some(match length {
            0 => format!(
                "{wal} holds the last changes of a database, and {file} is empty or not there: a start would lose them. Put the file that \
                 it belongs to in its place; if you restored a backup or begin anew, move {wal} and {file}-shm away, and start again."
            ),
            _ => format!(
                "{wal} was not written for {file} as it is now: with it the database would break, or go back to what it was before a \
                 backup was copied over it. If you restored a backup, move {wal} and {file}-shm away, and start again.{copied}"
            ),
        }));
    }
    Ok(None)
}

/// `path` with something at its end, as SQLite names the files beside a database.
pub fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Takes a database and what SQLite keeps beside it from everybody else on the machine who could read or write it.
/// What a group may do was decided by somebody where all others may do nothing, and stays.
pub fn make_private(path: &Path) {
    for path in [path.to_owned(), beside(path, "-wal"), beside(path, "-shm")] {
        let Ok(found) = std::fs::metadata(&path) else { continue };
        let mode = found.mode() & 0o777;
        if mode & 0o007 == 0 {
            continue;
        }
        let file = path.display();
        match std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)) {
            Ok(()) => tracing::warn!("everybody on this machine could get at {file} (mode {mode:o}): its mode is 600 now"),
            Err(error) => tracing::warn!(%error, "everybody on this machine can get at {file} (mode {mode:o}): run `chmod 600 {file}`"),
        }
    }
}

type Stamp = (i64, i64, u64);

/// When a file was written last, and how long it is; `None` where it is not there.
fn stamp(path: &Path) -> std::io::Result<Option<Stamp>> {
    match std::fs::metadata(path) {
        Ok(found) => Ok(Some((found.mtime(), found.mtime_nsec(), found.len()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a log was written for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Belongs {
    Yes,
    No,
    /// Nothing shows that it was, and the file was written after it.
    Doubtful,
}

/// The frames of a log, each with the number of its page, up to what was left from before, which begins with other
/// salts.
struct Frames {
    wal: BufReader<File>,
    salts: Vec<u8>,
    frame: Vec<u8>,
}

impl Frames {
    /// `None` where the log holds nothing that SQLite would read.
    fn open(wal_path: &Path) -> std::io::Result<Option<Self>> {
        let mut wal = BufReader::new(File::open(wal_path)?);
        let mut header = [0; WAL_HEADER_BYTES];
        if wal.read_exact(&mut header).is_err() {
            return Ok(None);
        }
        let page_size = number(&header, 8).unwrap_or_default() as usize;
        if !matches!(number(&header, 0), Some(0x377f_0682 | 0x377f_0683)) || !(512..=65_536).contains(&page_size) {
            return Ok(None);
        }
        Ok(Some(Self { wal, salts: header[16..24].to_vec(), frame: vec![0; FRAME_HEADER_BYTES + page_size] }))
    }

    fn next(&mut self) -> Option<(u32, &[u8])> {
        if self.wal.read_exact(&mut self.frame).is_err() || self.frame[8..16] != self.salts {
            return None;
        }
        let (head, page) = self.frame.split_at(FRAME_HEADER_BYTES);
        number(head, 0).filter(|number| *number != 0).map(|number| (number, page))
    }
}

/// A log whose file is empty or not there: SQLite would delete it.
fn left_alone(wal_path: &Path) -> std::io::Result<Belongs> {
    let holds_any = Frames::open(wal_path)?.is_some_and(|mut frames| frames.next().is_some());
    Ok(if holds_any { Belongs::No } else { Belongs::Yes })
}

/// The header on page 1 shows whether a log belongs to a file. Each commit of ours counts there, so the file has the
/// header as the log has it, where a checkpoint wrote it, or the one from before the first commit in the log.
///
/// Where nobody counted yet, two things cannot be where a log belongs to its file. The counter on page 1 grows by one
/// at the most from one time that page is written to the next, so the first one in the log is at the most one more than
/// in the file. And only a checkpoint writes into the file: where the file is newer than its log, a page of the file is
/// as the log has it.
fn compare(path: &Path, wal_path: &Path) -> std::io::Result<Belongs> {
    let file = DatabaseFile::open(path)?;
    let newer = stamp(path)? > stamp(wal_path)?;
    let mut header = [0; HEADER_BYTES];
    if file.file.read_exact_at(&mut header, 0).is_err() || !header.starts_with(MAGIC) {
        // SQLite says that it is none.
        return Ok(Belongs::Yes);
    }
    let Some(mut frames) = Frames::open(wal_path)? else { return Ok(Belongs::Yes) };
    let mut in_file = HashMap::new();
    let (mut first, mut any, mut as_in_log, mut is_in_log) = (None, false, false, false);
    while let Some((number, page)) = frames.next() {
        any = true;
        if number == 1 {
            first = first.or_else(|| page.first_chunk::<HEADER_BYTES>().copied());
            is_in_log |= page.starts_with(&header);
        }
        if newer && !as_in_log {
            let found = in_file.entry(number).or_insert_with(|| {
                let mut found = vec![0; page.len()];
                let at = u64::from(number - 1) * page.len() as u64;
                file.file.read_exact_at(&mut found, at).is_ok().then_some(found)
            });
            as_in_log = found.as_deref() == Some(page);
        }
        if is_in_log && (as_in_log || !newer) {
            return Ok(Belongs::Yes);
        }
    }
    let belongs = match first {
        None => true,
        Some(_) if is_in_log => true,
        Some(first) => is_next(&header, &first),
    };
    Ok(match (any, belongs) {
        (false, _) => Belongs::Yes,
        (true, false) => Belongs::No,
        (true, true) if newer && !as_in_log => Belongs::Doubtful,
        (true, true) => Belongs::Yes,
    })
}

/// Whether a file with one header can be what the first header in a log was written on.
fn is_next(file: &[u8; HEADER_BYTES], first: &[u8; HEADER_BYTES]) -> bool {
    let at = |header: &[u8], place: usize| number(header, place).unwrap_or_default();
    let (commits, first_commits) = (at(file, COMMITS_AT), at(first, COMMITS_AT));
    match (commits, first_commits) {
        (0, 0) => at(file, COUNTER_AT) >= at(first, COUNTER_AT).saturating_sub(1),
        // Counting began.
        (0, begun) => begun % COUNTED_FROM == 0,
        (_, 0) => false,
        // Written by something else that does not count, such as SQLite's own shell, or a migration.
        (before, after) if before == after => true,
        // A commit of ours changes no schema.
        (before, after) => next_commit(before.cast_signed()) == after.cast_signed() && at(file, SCHEMA_AT) == at(first, SCHEMA_AT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_opened_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        std::fs::write(&path, "").unwrap();
        let (one, two) = (DatabaseFile::open(&path).unwrap(), DatabaseFile::open(&path).unwrap());
        assert!(Arc::ptr_eq(&one, &two));
        assert!(one.check_place().is_ok());
        std::fs::rename(&path, folder.path().join("b.db")).unwrap();
        assert!(one.check_place().unwrap_err().to_string().contains("was removed or moved away"));
        std::fs::write(&path, "").unwrap();
        assert!(one.check_place().unwrap_err().to_string().contains("was replaced by another file"));
    }

    #[tokio::test]
    async fn what_is_written_over_a_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let write = |counter: u32| {
            let mut header = vec![0; HEADER_BYTES];
            header[..16].copy_from_slice(MAGIC);
            header[COUNTER_AT..COUNTER_AT + 4].copy_from_slice(&counter.to_be_bytes());
            std::fs::write(&path, header).unwrap();
        };
        std::fs::write(&path, "").unwrap();
        let file = DatabaseFile::open(&path).unwrap();
        for counter in [7, 7, 9] {
            file.check().await.unwrap();
            write(counter);
        }
        file.check().await.unwrap();
        write(8);
        assert!(file.check().await.unwrap_err().to_string().contains("was overwritten"));
        std::fs::write(&path, "").unwrap();
        assert!(file.check().await.is_err());
    }
}
