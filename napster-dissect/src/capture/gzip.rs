//! One gzip member: header, deflated data, checksum (RFC 1952).
//!
//! The bytes that were inflated in front of damage are given before the damage is told, which the
//! ready-made decoder does not do.

use std::io::{self, BufRead, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::source::Source;

/// Bits of the header that announce further fields.
const HEADER_CHECKSUM: u8 = 0x02;
const EXTRA: u8 = 0x04;
const NAME: u8 = 0x08;
const COMMENT: u8 = 0x10;

/// Inflates one member.
pub(super) struct Gzip {
    source: Source,
    inflate: Decompress,
    checksum: Crc,
    stage: Stage,
}

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stage {
    Data,
    Trailer,
    Ended,
    /// Damage, behind bytes that were to be given first.
    Damage,
}

impl Gzip {
    /// Reads the header of a member.
    pub(super) fn new(mut source: Source) -> io::Result<Self> {
        let [_, _, method, flags, ..] = take::<10>(&mut source)?;
        if method != 8 {
            return Err(damage("its method is not deflate"));
        }
        if flags & EXTRA != 0 {
            for _ in 0..u16::from_le_bytes(take(&mut source)?) {
                take::<1>(&mut source)?;
            }
        }
        for text in [NAME, COMMENT] {
            while flags & text != 0 && take::<1>(&mut source)? != [0] {}
        }
        if flags & HEADER_CHECKSUM != 0 {
            take::<2>(&mut source)?;
        }
        Ok(Self {
            source,
            inflate: Decompress::new(false),
            checksum: Crc::new(),
            stage: Stage::Data,
        })
    }

    /// Returns what is behind the member.
    pub(super) fn into_inner(self) -> Source {
        self.source
    }

    /// Compares checksum and length.
    fn verify(&mut self) -> io::Result<()> {
        let checksum = u32::from_le_bytes(take(&mut self.source)?);
        let length = u32::from_le_bytes(take(&mut self.source)?);
        if checksum == self.checksum.sum() && length == self.checksum.amount() {
            Ok(())
        } else {
            Err(damage("its checksum is wrong"))
        }
    }
}

impl Read for Gzip {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.stage {
                Stage::Data => {}
                Stage::Trailer => {
                    self.stage = Stage::Ended;
                    self.verify()?;
                    return Ok(0);
                }
                Stage::Ended => return Ok(0),
                Stage::Damage => return Err(damage("it cannot be inflated")),
            }
            let input = self.source.fill_buf()?;
            let at_end = input.is_empty();
            let (before_in, before_out) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(input, room, FlushDecompress::None);
            // No more than the lengths of the slices.
            let consumed = (self.inflate.total_in() - before_in) as usize;
            let produced = (self.inflate.total_out() - before_out) as usize;
            BufRead::consume(&mut self.source, consumed);
            self.checksum.update(room.get(..produced).unwrap_or_default());
            match status {
                Ok(Status::StreamEnd) => self.stage = Stage::Trailer,
                Ok(_) if at_end && produced == 0 => {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok(_) => {}
                Err(_) => self.stage = Stage::Damage,
            }
            if produced > 0 {
                return Ok(produced);
            }
        }
    }
}

/// Takes bytes off the source.
fn take<const COUNT: usize>(source: &mut Source) -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn damage(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
