//! What a client shares.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::list::List;
use crate::message::{ShareDirectory, ShareEntry, ShareFile, ShareMedia, UnshareAll, UnshareFile};
use crate::session::client::Client;
use crate::session::client::account::token;
use crate::session::client::event::RequestId;
use crate::session::error::UserError;
use crate::session::value::{SharedFile, glue};
use crate::text::{Quoted, Text};

/// The files that the server was told, by the path that it was told.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    files: BTreeMap<Vec<u8>, u64>,
}

impl Shares {
    pub(super) const fn new() -> Self {
        Self { files: BTreeMap::new() }
    }

    pub(super) fn size(&self, filename: &[u8]) -> Option<u64> {
        self.files.get(filename).copied()
    }
}

impl Client {
    /// The most files that are shared.
    pub const SHARE_LIMIT: usize = 65_536;
    /// The most bytes of one message 870 (specification: keep it under 2048).
    pub const DIRECTORY_LIMIT: usize = 2000;

    /// Shares a file (100); nothing answers but a refusal in plain words (404).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn share(&mut self, now: Duration, file: &SharedFile) -> Result<(), UserError> {
        self.check_room()?;
        self.send(now, ShareFile::from(file.clone()))?;
        self.keep(file.filename.as_bytes().to_vec(), file.size);
        Ok(())
    }

    /// Shares the files of one directory (870), in as many messages as needed.
    ///
    /// The names are those inside the directory; the server glues the directory in front.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now; files in front may have been shared.
    pub fn share_directory(
        &mut self,
        now: Duration,
        directory: &[u8],
        files: &[SharedFile],
    ) -> Result<(), UserError> {
        let mut rest = files;
        while !rest.is_empty() {
            let mut length = directory.len();
            let fits = rest.iter().take_while(|file| {
                // Behind the name: a checksum, four numbers of at most 20 digits, and blanks.
                length += file.filename.as_bytes().len() + file.md5.as_bytes().len() + 60;
                length <= Self::DIRECTORY_LIMIT
            });
            let count = fits.count().max(1);
            let (some, behind) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            self.share_some(now, directory, some)?;
            rest = behind;
        }
        Ok(())
    }

    fn share_some(
        &mut self,
        now: Duration,
        directory: &[u8],
        files: &[SharedFile],
    ) -> Result<(), UserError> {
        self.check_room()?;
        let entries = files.iter().map(|file| ShareEntry {
            filename: file.filename.clone(),
            md5: file.md5.clone(),
            size: file.size,
            bitrate: file.bitrate,
            frequency: file.frequency,
            duration: file.duration,
        });
        let name = Quoted::new(directory)
            .map_err(|error| UserError::InvalidText { field: "directory", error })?;
        let entries: List<'_, ShareEntry<'_>> = entries.collect();
        self.send(now, ShareDirectory { directory: name, files: entries })?;
        for file in files {
            self.keep(glue(directory, file.filename.as_bytes()), file.size);
        }
        Ok(())
    }

    /// Shares a file that is no music (10300); the type is `audio`, `video`, `application`, `image`
    /// or `text`.
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn share_media(
        &mut self,
        now: Duration,
        file: &SharedFile,
        content_type: &[u8],
    ) -> Result<(), UserError> {
        self.check_room()?;
        let message = ShareMedia {
            filename: file.filename.clone(),
            size: file.size,
            md5: file.md5.clone(),
            content_type: token("content_type", content_type)?,
        };
        self.send(now, message)?;
        self.keep(file.filename.as_bytes().to_vec(), file.size);
        Ok(())
    }

    /// Withdraws a file (102); nothing answers but a refusal in plain words (404).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn unshare(&mut self, now: Duration, filename: &[u8]) -> Result<(), UserError> {
        self.send(now, UnshareFile { filename: Text::read(filename) })?;
        self.shares.files.remove(filename);
        Ok(())
    }

    /// Withdraws all files (110).
    ///
    /// opennap 0.36 does not know the message and says so (404).
    ///
    /// # Errors
    ///
    /// [`UserError`] where it cannot be sent now.
    pub fn unshare_all(&mut self, now: Duration) -> Result<RequestId, UserError> {
        let request = self.request(now, UnshareAll {})?;
        self.shares.files.clear();
        Ok(request)
    }

    /// The files that the server was told, with their sizes.
    pub fn shared_files(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.shares.files.iter().map(|(filename, size)| (filename.as_slice(), *size))
    }

    fn check_room(&self) -> Result<(), UserError> {
        let room = self.shares.files.len() < Self::SHARE_LIMIT;
        room.then_some(()).ok_or(UserError::TooManyShares)
    }

    fn keep(&mut self, filename: Vec<u8>, size: u64) {
        self.shares.files.insert(filename, size);
    }
}
