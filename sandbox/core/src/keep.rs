//! What a sandbox keeps in a folder, so that it goes on where it was.
//!
//! Each part has a file of JSON, which is whole at any moment, whatever ends the process.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The form of the files. Others are refused.
const VERSION: u32 = 1;
/// How long changes gather before they are written.
const GATHER: Duration = Duration::from_secs(1);

/// A folder that one sandbox keeps itself in. Clones share the lock.
#[derive(Clone, Debug)]
pub struct Folder {
    path: Arc<Path>,
    /// Held until the process ends, however it does.
    _lock: Arc<File>,
}

#[derive(Serialize)]
struct Written<'a, T> {
    version: u32,
    kept: &'a T,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

#[derive(Deserialize)]
struct Read<T> {
    kept: T,
}

impl Folder {
    /// Opens a folder, made where there is none, and keeps others out.
    pub fn open(path: &Path) -> io::Result<Folder> {
        std::fs::create_dir_all(path)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => Ok(Folder { path: path.into(), _lock: Arc::new(lock) }),
            Err(TryLockError::WouldBlock) => {
                let why = format!("{} is in use by another sandbox: stop that one first", path.display());
                Err(io::Error::new(ErrorKind::WouldBlock, why))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// A file or a folder in it.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What was kept under a name; `None` where nothing was. What cannot be understood stays as it is.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        let file = self.join(name);
        let bytes = match std::fs::read(&file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let refuse = |why: String| io::Error::new(ErrorKind::InvalidData, format!("{} {why}", file.display()));
        let broken = |error: serde_json::Error| refuse(format!("is broken ({error}): put it back, or take another folder"));
        let Version { version } = serde_json::from_slice(&bytes).map_err(broken)?;
        if version != VERSION {
            return Err(refuse(format!("has the form {version}, and this build reads {VERSION}: take another folder")));
        }
        let Read { kept } = serde_json::from_slice(&bytes).map_err(broken)?;
        Ok(Some(kept))
    }

    /// Keeps something under a name.
    pub fn write<T: Serialize>(&self, name: &str, kept: &T) -> io::Result<()> {
        write(&self.join(name), &bytes_of(kept)?)
    }
}

/// How something is kept.
pub fn bytes_of<T: Serialize>(kept: &T) -> io::Result<Vec<u8>> {
    Ok(serde_json::to_vec(&Written { version: VERSION, kept })?)
}

/// Replaces a file: who reads it meanwhile finds all of the old or all of the new.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = file.with_file_name(name);
    File::create(&fresh)?.write_all(bytes)?;
    std::fs::rename(&fresh, file)
}

/// Saves after each change, at most once a second, until `stop`.
pub fn follow(mut changed: watch::Receiver<u64>, stop: CancellationToken, save: impl Fn() -> io::Result<()> + Send + Sync + 'static) {
    let save = Arc::new(save);
    tokio::spawn(async move {
        while changed.changed().await.is_ok() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(GATHER) => {}
            }
            changed.borrow_and_update();
            let save = save.clone();
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || save()).await {
                tracing::error!("the sandbox cannot keep what changed: {error}");
            }
        }
    });
}

/// Listens on loopback: at the port of an address that was told before, else at the one that is wanted, or at
/// a free one.
pub async fn listen(before: Option<&str>, wanted: Option<u16>) -> io::Result<TcpListener> {
    let before: Option<u16> = before.and_then(|address| address.rsplit(':').next()?.parse().ok());
    let port = before.or(wanted).unwrap_or(0);
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(|error| match (error.kind(), before) {
        (ErrorKind::AddrInUse, Some(_)) => {
            let why = format!("port {port} is taken by another program, and what was kept leads there: stop that one first");
            io::Error::new(ErrorKind::AddrInUse, why)
        }
        (kind, None) if port != 0 => io::Error::new(kind, format!("cannot listen on port {port}: {error}")),
        _ => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_not_understood_stays() {
        let folder = tempfile::tempdir().unwrap();
        let kept = Folder::open(folder.path()).unwrap();
        let again = Folder::open(folder.path()).unwrap_err();
        assert!(again.to_string().contains("in use by another sandbox"), "{again}");
        assert_eq!(kept.read::<Vec<u32>>("a.json").unwrap(), None);
        kept.write("a.json", &vec![1, 2]).unwrap();
        assert_eq!(kept.read::<Vec<u32>>("a.json").unwrap(), Some(vec![1, 2]));
        for (text, why) in [
            (r#"{"version":1,"kept":[1,"#, "is broken"),
            (r#"{"version":1,"kept":"many"}"#, "is broken"),
            ("", "is broken"),
            (r#"{"version":0,"kept":[]}"#, "has the form 0"),
        ] {
            std::fs::write(kept.join("a.json"), text).unwrap();
            let error = kept.read::<Vec<u32>>("a.json").unwrap_err().to_string();
            assert!(error.contains("a.json") && error.contains(why), "{error}");
            assert_eq!(std::fs::read_to_string(kept.join("a.json")).unwrap(), text);
        }
        drop(kept);
        assert!(Folder::open(folder.path()).is_ok());
    }
}
