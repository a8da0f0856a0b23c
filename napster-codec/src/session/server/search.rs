//! Searches by words and properties, and by checksum.

use alloc::vec::Vec;

use crate::field::Extra;
use crate::irregular::Md5;
use crate::message::{
    BareSearch, ResumeEnd, ResumeRequest, ResumeResult, SearchEnd, SearchRequest, SearchResult,
};
use crate::query::{Clause, Compare, Property, Query, TextTopic};
use crate::session::server::Server;
use crate::session::server::dispatch::{Call, Outcome};
use crate::session::server::event::Refusal;
use crate::session::server::index::{File, MediaType, Words, soundex, words};
use crate::session::server::user::User;
use crate::text::{Quoted, Token};

/// Message 200; a refusal is followed by 202 like any other answer.
pub(super) fn search(server: &mut Server, call: &Call<'_>) -> Outcome {
    let Server { index, connections, output, config, .. } = server;
    let search = Search::read(call, config.limits.results)?;
    let mut found = 0;
    for file in index.search(&search.words, config.limits.search_scan) {
        if found >= search.most {
            break;
        }
        let Some(owner) = connections.user(file.owner) else { continue };
        // Nobody looks for what he has himself (opennap 0.36).
        if file.owner != call.connection && search.fits(file, owner) {
            found += 1;
            let result = SearchResult {
                filename: Quoted::read(&file.name),
                md5: Md5(Token::read(&file.md5)),
                size: file.size,
                bitrate: file.bitrate,
                frequency: file.frequency,
                duration: file.duration,
                nick: Token::read(&owner.nick),
                ip: connections.address_for(file.owner, call.connection).into(),
                link_type: owner.link_type,
                weight: None,
                software: Extra(None),
            };
            output.send(call.connection, result);
        }
    }
    output.send(call.connection, SearchEnd {});
    Ok(())
}

/// Message 215: who has a file with this checksum and size?
pub(super) fn resume(server: &mut Server, call: &Call<'_>) -> Outcome {
    let request = call.read::<ResumeRequest<'_>>()?;
    let Server { index, connections, output, config, .. } = server;
    let digest = request.md5.digest();
    let files = digest.into_iter().flat_map(|digest| index.with_digest(digest, request.size));
    for file in files.filter(|file| file.owner != call.connection).take(config.limits.results) {
        let Some(owner) = connections.user(file.owner) else { continue };
        let result = ResumeResult {
            nick: Token::read(&owner.nick),
            ip: connections.address_for(file.owner, call.connection).into(),
            port: owner.data_port,
            filename: Quoted::read(&file.name),
            md5: Md5(Token::read(&file.md5)),
            size: file.size,
            link_type: owner.link_type,
        };
        output.send(call.connection, result);
    }
    output.send(call.connection, ResumeEnd { md5: Extra(None), size: Extra(None) });
    Ok(())
}

/// A search as the index runs it.
struct Search {
    words: Words,
    most: usize,
    comparisons: Vec<(Property, Compare, u64)>,
    kinds: Kinds,
}

/// The kinds of file that are wanted.
#[derive(Clone, Copy)]
enum Kinds {
    Any,
    /// What opennap looks for where there is no `TYPE`.
    Music,
    Only(MediaType),
}

impl Search {
    /// The most words, and the most comparisons, of one search: each is looked up for each file.
    const CONDITIONS: usize = 32;

    fn read(call: &Call<'_>, most: usize) -> Result<Self, Refusal> {
        let words = Words::default();
        let mut search = Self { words, most, comparisons: Vec::new(), kinds: Kinds::Music };
        match call.read::<SearchRequest<'_>>() {
            Ok(request) => search.add_clauses(&request.query)?,
            Err(_) => search.add_bare(call)?,
        }
        let words = &mut search.words;
        let count = words.wanted.len() + words.unwanted.len() + words.sounds.len();
        let has_words = !words.wanted.is_empty() || !words.sounds.is_empty();
        if !has_words || count.max(search.comparisons.len()) > Self::CONDITIONS {
            return Err(Refusal::InvalidSearch);
        }
        words.wanted.sort_unstable();
        words.wanted.dedup();
        Ok(search)
    }

    fn add_clauses(&mut self, query: &Query<'_>) -> Outcome {
        for clause in query.clauses() {
            match clause {
                Clause::Text(topic, text) => self.add_words(topic, text.as_bytes()),
                Clause::MaxResults(number) => {
                    let wanted = usize::try_from(number.value).unwrap_or(usize::MAX);
                    self.most = self.most.min(wanted);
                }
                Clause::Compare(property, compare, number) => {
                    self.comparisons.push((property, compare, number.value));
                }
                Clause::Type(kind, _) if kind.as_bytes().eq_ignore_ascii_case(b"any") => {
                    self.kinds = Kinds::Any;
                }
                Clause::Type(kind, _) => {
                    let unknown = || Refusal::InvalidSearchType(kind.as_bytes().to_vec());
                    let kind = MediaType::from_bytes(kind.as_bytes()).ok_or_else(unknown)?;
                    self.kinds = Kinds::Only(kind);
                }
                // This server is not linked to others, and keeps no queues.
                Clause::Flag(_) => {}
            }
        }
        Ok(())
    }

    /// bangbangnapster sends only the words.
    fn add_bare(&mut self, call: &Call<'_>) -> Outcome {
        let bare = call.read::<BareSearch<'_>>().map_err(|_| Refusal::InvalidSearch)?;
        let text = bare.text.as_bytes();
        // With quotes in it, it is a query gone wrong.
        if text.contains(&b'"') {
            return Err(Refusal::InvalidSearch);
        }
        self.add_words(TextTopic::FilenameContains, text);
        Ok(())
    }

    fn add_words(&mut self, topic: TextTopic, text: &[u8]) {
        for part in text.split(|byte| byte.is_ascii_whitespace()) {
            let found = words(part.strip_prefix(b"-").unwrap_or(part));
            match topic {
                TextTopic::SoundexContains => {
                    self.words.sounds.extend(found.filter_map(|word| soundex(&word)));
                }
                TextTopic::FilenameContains if !part.starts_with(b"-") => {
                    self.words.wanted.extend(found);
                }
                TextTopic::FilenameContains | TextTopic::FilenameExcludes => {
                    self.words.unwanted.extend(found);
                }
            }
        }
    }

    fn fits(&self, file: &File, owner: &User) -> bool {
        let is_kind = match self.kinds {
            Kinds::Any => true,
            Kinds::Music => matches!(file.kind, MediaType::Mp3 | MediaType::Audio),
            Kinds::Only(kind) => kind == file.kind,
        };
        is_kind
            && self.comparisons.iter().all(|(property, compare, wanted)| {
                let has = match property {
                    Property::Linespeed => u64::from(owner.link_type.0),
                    Property::Bitrate => u64::from(file.bitrate),
                    Property::Frequency => u64::from(file.frequency),
                    Property::Size => file.size,
                    Property::Duration => u64::from(file.duration),
                };
                match compare {
                    Compare::AtLeast => has >= *wanted,
                    Compare::AtBest => has <= *wanted,
                    Compare::EqualTo => has == *wanted,
                }
            })
    }
}
