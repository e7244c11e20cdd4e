//! Files that are whole at any moment, whatever ends the process.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Replaces a file: who reads it meanwhile finds all of the old or all of the new.
pub(crate) fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh = file.with_file_name(name);
    File::create(&fresh)?.write_all(bytes)?;
    std::fs::rename(&fresh, file)
}
