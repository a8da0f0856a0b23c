//! Accounts in a file: a table of TOML for each, passwords as argon2 hashes.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use napster_codec::UserLevel;
use napster_codec::session::{AccountState, RegisteredUser, Server, StoredPassword};
use tempfile::NamedTempFile;
use tokio::time::Instant;
use toml::{Table, Value};

use crate::BoxError;

/// What stands at the top of the file.
const HEAD: &str = "\
# The accounts of an index server. It writes this file anew whenever one changes, so change it only
# while the server is not running. Who writes an account by hand may give it a `clear_password`.

";

/// A file with accounts.
#[derive(Clone, Debug)]
pub(crate) struct Book {
    path: PathBuf,
}

/// A password that was hashed when it was written.
#[derive(Debug)]
pub(crate) struct Hashed {
    pub(crate) nick: Vec<u8>,
    pub(crate) password: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl Book {
    pub(crate) const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Reads all accounts; none where the file is not there yet.
    pub(crate) fn load(&self) -> Result<Vec<AccountState>, BoxError> {
        let text = match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            result => result.map_err(|error| self.error(&error))?,
        };
        let document: Table = text.parse().map_err(|error| self.error(&error))?;
        let accounts = document.get("account").and_then(Value::as_array).into_iter().flatten();
        let numbered = accounts.enumerate();
        let read = numbered.map(|(at, account)| {
            let table = account.as_table().ok_or("expected a table".to_owned());
            let read = table.and_then(read);
            read.map_err(|error| self.error(&format!("account {}: {error}", at + 1)))
        });
        read.collect()
    }

    /// Writes all accounts, and gives the passwords that were in clear text until now.
    ///
    /// The file is there in full or not at all: it is written beside its place and then moved there.
    pub(crate) fn save(&self, accounts: Vec<AccountState>) -> Result<Vec<Hashed>, String> {
        let mut hashed = Vec::new();
        let mut tables = Vec::new();
        for mut account in accounts {
            if let StoredPassword::Clear(password) = &account.user.password {
                let password = password.clone();
                let hash = hash(&password).map_err(|error| self.error(&error).to_string())?;
                account.user.password = StoredPassword::Hashed(hash.clone());
                hashed.push(Hashed { nick: account.user.nick.clone(), password, hash });
            }
            tables.push(Value::Table(write(&account)));
        }
        let document = Table::from_iter([("account".to_owned(), Value::Array(tables))]);
        let text = format!("{HEAD}{document}");
        self.replace(text.as_bytes()).map_err(|error| self.error(&error).to_string())?;
        Ok(hashed)
    }

    fn replace(&self, bytes: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        // Only this user may read it.
        let mut file = NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(&self.path)?;
        Ok(())
    }

    /// What is wrong, and in which file.
    pub(crate) fn error(&self, error: &dyn std::fmt::Display) -> BoxError {
        format!("{}: {error}", self.path.display()).into()
    }
}

/// How long changes of accounts are gathered before they are written.
const KEEP: Duration = Duration::from_secs(2);

/// Keeps a server's accounts in a file.
#[derive(Debug)]
pub(crate) struct Keeper {
    book: Book,
    /// Which state of the accounts was written last; none where that failed.
    revision: Option<u64>,
    is_writing: bool,
    /// Nothing is written before.
    next: Instant,
}

impl Keeper {
    /// Writes the file at once, so that one learns now where it cannot be written.
    pub(crate) fn new(book: Book, server: &mut Server) -> Result<Self, String> {
        let next = Instant::now();
        let mut keeper = Self { book, revision: None, is_writing: false, next };
        let (book, states) = keeper.begin(server);
        let written = book.save(states);
        keeper.end(server, written)?;
        Ok(keeper)
    }

    pub(crate) const fn is_writing(&self) -> bool {
        self.is_writing
    }

    /// When the accounts are to be written, if they have changed.
    pub(crate) fn due(&self, server: &Server) -> Option<Instant> {
        let has_changed = self.revision != Some(server.accounts_revision());
        (has_changed && !self.is_writing).then_some(self.next)
    }

    /// What is to be written now, and where; then [`end`](Self::end) wants to know how that went.
    pub(crate) fn begin(&mut self, server: &Server) -> (Book, Vec<AccountState>) {
        self.is_writing = true;
        self.revision = Some(server.accounts_revision());
        self.next = Instant::now() + KEEP;
        (self.book.clone(), server.account_states().cloned().collect())
    }

    /// It is written, or could not be; then it is tried again after the usual time.
    pub(crate) fn end(
        &mut self,
        server: &mut Server,
        written: Result<Vec<Hashed>, String>,
    ) -> Result<(), String> {
        self.is_writing = false;
        let hashed = written.inspect_err(|_| self.revision = None)?;
        let is_current = self.revision == Some(server.accounts_revision());
        for Hashed { nick, password, hash } in hashed {
            server.set_password_hash(&nick, &password, hash);
        }
        // The hashes are in the file already.
        if is_current {
            self.revision = Some(server.accounts_revision());
        }
        Ok(())
    }
}

/// Whether a password is the one that was hashed; takes a while, as it should.
pub(crate) fn verify(hash: &[u8], password: &[u8]) -> bool {
    let hash = std::str::from_utf8(hash).ok().and_then(|hash| PasswordHash::new(hash).ok());
    hash.is_some_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}

fn hash(password: &[u8]) -> Result<Vec<u8>, argon2::password_hash::Error> {
    Ok(Argon2::default().hash_password(password)?.to_string().into_bytes())
}

fn read(table: &Table) -> Result<AccountState, String> {
    let nick = bytes(table, "nick")?.ok_or("expected a nick")?;
    let password = match (bytes(table, "password")?, bytes(table, "clear_password")?) {
        (Some(hash), _) => StoredPassword::Hashed(hash),
        (None, Some(password)) => StoredPassword::Clear(password),
        (None, None) => return Err("expected a password or a clear_password".to_owned()),
    };
    let level = bytes(table, "level")?.unwrap_or_else(|| b"User".to_vec());
    let level = UserLevel::from_bytes(&level);
    let level = level.ok_or("level: expected leech, user, moderator, admin or elite")?;
    let user = RegisteredUser { nick, password, email: bytes(table, "email")?, level };
    let flag = |name| table.get(name).and_then(Value::as_bool).unwrap_or(false);
    let mut state = AccountState::new(user);
    state.is_muzzled = flag("muzzled");
    state.is_friend = flag("friend");
    state.is_criminal = flag("criminal");
    state.last_seen = number(table, "last_seen")?;
    state.total_downloads = number(table, "downloads")?;
    state.total_uploads = number(table, "uploads")?;
    Ok(state)
}

fn write(account: &AccountState) -> Table {
    let user = &account.user;
    let mut table = Table::new();
    let mut put = |name: &str, value| table.insert(name.to_owned(), value);
    put("nick", value(&user.nick));
    put("password", value(user.password.as_bytes()));
    put("level", Value::from(user.level.name()));
    if let Some(email) = &user.email {
        put("email", value(email));
    }
    let flags = [
        ("muzzled", account.is_muzzled),
        ("friend", account.is_friend),
        ("criminal", account.is_criminal),
    ];
    for (name, is_set) in flags.into_iter().filter(|(_, is_set)| *is_set) {
        put(name, Value::from(is_set));
    }
    put("last_seen", Value::from(i64::try_from(account.last_seen).unwrap_or(i64::MAX)));
    put("downloads", Value::from(i64::from(account.total_downloads)));
    put("uploads", Value::from(i64::from(account.total_uploads)));
    table
}

/// Text where it is one; nicks of the time need not be UTF-8, and are lists of their bytes then.
fn value(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::from(text),
        Err(_) => bytes.iter().map(|byte| i64::from(*byte)).collect::<Vec<_>>().into(),
    }
}

fn bytes(table: &Table, name: &str) -> Result<Option<Vec<u8>>, String> {
    let wrong = || format!("{name}: expected a text, or a list of bytes");
    match table.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone().into_bytes())),
        Some(Value::Array(bytes)) => {
            let byte = |byte: &Value| byte.as_integer().and_then(|byte| u8::try_from(byte).ok());
            Ok(Some(bytes.iter().map(byte).collect::<Option<_>>().ok_or_else(wrong)?))
        }
        Some(_) => Err(wrong()),
    }
}

fn number<T: TryFrom<i64> + Default>(table: &Table, name: &str) -> Result<T, String> {
    let Some(value) = table.get(name) else { return Ok(T::default()) };
    let number = value.as_integer().and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("{name}: expected a number that is not negative"))
}
