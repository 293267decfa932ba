//! A recording: the redacted answers in a folder, one file for each account and region, so that they can be judged again
//! without AWS.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use plimsoll_evidence::Collection;
use serde::{Deserialize, Serialize};

const SCHEMA_VERSION: u32 = 1;

/// Why there is no recording.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The system refused.
    #[error("cannot {verb} {}", path.display())]
    Io {
        /// What was tried.
        verb: &'static str,
        /// With which file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The file is not one of ours.
    #[error("{} is no recording", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The folder holds no file.
    #[error("{folder} holds no recording; `plimsoll collect --record {folder}` makes one", folder = .0.display())]
    Empty(PathBuf),
    /// Another version made it.
    #[error("{} was made by another version of plimsoll: its schema version is {version}, not {SCHEMA_VERSION}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// Two files say something about the same account and region.
    #[error("{} repeats account {account} in {region}", path.display())]
    Repeated {
        /// The second file.
        path: PathBuf,
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
}

/// One file.
#[derive(Debug, Serialize, Deserialize)]
struct Recording {
    schema_version: u32,
    collection: Collection,
}

/// Writes each collection into a file of its own, which only the user can read.
///
/// # Errors
/// The folder or a file cannot be written.
pub fn write(folder: &Path, collections: &[Collection]) -> Result<(), RecordingError> {
    fs::create_dir_all(folder).map_err(|source| refused("make", folder, source))?;
    for collection in collections {
        let path = folder.join(format!("{}-{}.json", collection.account, collection.region));
        let recording = Recording { schema_version: SCHEMA_VERSION, collection: collection.clone() };
        let text = serde_json::to_string_pretty(&recording)
            .map_err(|source| RecordingError::Format { path: path.clone(), source })?;
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| refused("write", &path, source))?;
    }
    Ok(())
}

/// Reads every recording in the folder, in the order of the names.
///
/// # Errors
/// The folder cannot be read or holds no recording, or a file is not one of this version.
pub fn read(folder: &Path) -> Result<Vec<Collection>, RecordingError> {
    let entries = fs::read_dir(folder).map_err(|source| refused("read", folder, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|source| refused("read", folder, source))?.path();
        if path.extension().is_some_and(|ending| ending == "json") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(RecordingError::Empty(folder.to_owned()));
    }
    let mut collections: Vec<Collection> = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).map_err(|source| refused("read", &path, source))?;
        let recording: Recording =
            serde_json::from_str(&text).map_err(|source| RecordingError::Format { path: path.clone(), source })?;
        if recording.schema_version != SCHEMA_VERSION {
            return Err(RecordingError::Version { path, version: recording.schema_version });
        }
        let new = recording.collection;
        if collections.iter().any(|c| (&c.account, &c.region) == (&new.account, &new.region)) {
            return Err(RecordingError::Repeated { path, account: new.account, region: new.region });
        }
        collections.push(new);
    }
    Ok(collections)
}

fn refused(verb: &'static str, path: &Path, source: io::Error) -> RecordingError {
    RecordingError::Io { verb, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Progress;

    fn collection(region: &str) -> Collection {
        Progress::new("111122223333", region, "2026-11-02T09:00:00Z".parse().unwrap()).collection
    }

    #[test]
    fn what_was_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let collections = [collection("eu-central-1"), collection("us-east-1")];
        write(folder.path(), &collections).unwrap();
        fs::write(folder.path().join("notes.txt"), "not a recording").unwrap();
        assert_eq!(read(folder.path()).unwrap(), collections);
        fs::write(
            folder.path().join("copy.json"),
            fs::read(folder.path().join("111122223333-us-east-1.json")).unwrap(),
        )
        .unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("repeats account 111122223333"));
    }

    #[test]
    fn a_file_that_is_none_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("holds no recording"));
        assert!(read(&folder.path().join("nowhere")).is_err());
        let path = folder.path().join("x.json");
        fs::write(&path, "{}").unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("x.json is no recording"));
        let other = Recording { schema_version: 9, collection: collection("eu-central-1") };
        fs::write(&path, serde_json::to_string(&other).unwrap()).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("its schema version is 9"));
    }
}
