//! How the clauses of a query are read, written and shown.

use nom::branch::alt;
use nom::bytes::complete::take;
use nom::combinator::{value, verify};
use nom::error::{Error, ErrorKind, ParseError};
use nom::{IResult, Parser};

use super::{Clause, Compare, Flag, Number, Property, Query, Spelling, TextTopic};
use crate::cursor::{Cursor, Place, Plain, between_quotes};
use crate::diagnostic::{DecodeError, DiagnosticKind};
use crate::field::{Field, Visitor};
use crate::list::{Item, List};
use crate::spec::{FieldKind, FieldSpec, Form, Presence};
use crate::text::{Quoted, Token, is_separator};
use crate::value::{Value, Visit};
use crate::writer::Writer;

impl<'a> Field<'a> for Query<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = Query<'b>;

    fn read(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<Self, DecodeError> {
        List::read(cursor, place).map(Self)
    }

    fn write(&self, writer: &mut Writer<'_>, name: &'static str) {
        self.0.write(writer, name);
    }

    fn visit(&self, name: &'static str, visitor: &mut Visitor<'_>) {
        visitor(name, Value::List(&self.0));
    }

    fn into_owned(self) -> Self::Of<'static> {
        self.into_owned()
    }
}

/// Gives errors inside a clause the name of the field.
const QUERY: &[FieldSpec] = &[FieldSpec {
    name: "query",
    kind: FieldKind::SearchQuery,
    presence: Presence::Required,
    form: Form::Rest,
    secret: false,
    personal: false,
    unit: None,
    group: &[],
    plain: Plain::No,
    read: |cursor, place, _| Query::read(cursor, place).map(|_| ()),
}];

impl<'a> Item<'a> for Clause<'a> {
    const FORM: Form = Form::Rest;
    type Of<'b> = Clause<'b>;

    fn read_item(cursor: &mut Cursor<'a, '_>, _: Place) -> Result<Self, DecodeError> {
        let place = Place::first_in_item(QUERY);
        cursor.begin(place)?;
        let start = cursor.position();
        let Ok((behind, found)) = clause_keyword(cursor.rest()) else {
            let word = cursor.word_ahead();
            return Err(cursor.error(
                DiagnosticKind::UnknownKeyword,
                place,
                start,
                start + word.len(),
            ));
        };
        let written = cursor.rest().len() - behind.len();
        if cursor.rest().get(..written) != Some(found.keyword().as_bytes()) {
            cursor.deviate(DiagnosticKind::WrongCase, place, start, start + written)?;
        }
        cursor.skip(written);
        match found {
            Keyword::Text(topic) => {
                Ok(Self::Text(topic, Quoted::read(clause_text(cursor, place)?)))
            }
            Keyword::MaxResults => Ok(Self::MaxResults(clause_number(cursor, place, false)?)),
            Keyword::Compare(property) => {
                let compare = clause_compare(cursor, place)?;
                Ok(Self::Compare(
                    property,
                    compare,
                    clause_number(cursor, place, property.quotes_number())?,
                ))
            }
            Keyword::Type => {
                let quoted = cursor.peek_field() == Some(b'"');
                let word = Token::read(cursor.token(place)?);
                Ok(Self::Type(word, if quoted { Spelling::Odd } else { Spelling::Usual }))
            }
            Keyword::Flag(flag) => Ok(Self::Flag(flag)),
        }
    }

    fn write_item(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Text(topic, text) => {
                writer.text(topic.keyword().as_bytes());
                writer.quoted(text.as_bytes());
            }
            Self::MaxResults(number) => {
                writer.text(MAX_RESULTS.as_bytes());
                write_number(writer, *number, false);
            }
            Self::Compare(property, compare, number) => {
                writer.text(property.keyword().as_bytes());
                writer.quoted(compare.keyword().as_bytes());
                write_number(writer, *number, property.quotes_number());
            }
            Self::Type(word, spelling) => {
                writer.text(TYPE.as_bytes());
                if *spelling == Spelling::Odd {
                    writer.deviate();
                    writer.quoted(word.as_bytes());
                } else {
                    writer.token(word.as_bytes());
                }
            }
            Self::Flag(flag) => writer.text(flag.keyword().as_bytes()),
        }
    }

    fn visit_item(&self, visitor: &mut dyn FnMut(Value<'_>)) {
        visitor(Value::Group(self));
    }

    fn into_owned(self) -> Self::Of<'static> {
        match self {
            Self::Text(topic, text) => Clause::Text(topic, text.into_owned()),
            Self::MaxResults(number) => Clause::MaxResults(number),
            Self::Compare(property, compare, number) => Clause::Compare(property, compare, number),
            Self::Type(word, spelling) => Clause::Type(word.into_owned(), spelling),
            Self::Flag(flag) => Clause::Flag(flag),
        }
    }
}

impl Visit for Clause<'_> {
    fn visit(&self, visitor: &mut dyn FnMut(&'static str, Value<'_>)) {
        let mut spelling = Spelling::Usual;
        match self {
            Self::Text(topic, text) => {
                visitor("clause", Value::Text(topic.name().as_bytes()));
                visitor("value", Value::Text(text.as_bytes()));
            }
            Self::MaxResults(number) => {
                visitor("clause", Value::Text(b"max_results"));
                visitor("value", Value::Unsigned(number.value));
                spelling = number.spelling;
            }
            Self::Compare(property, compare, number) => {
                visitor("clause", Value::Text(property.name().as_bytes()));
                visitor("compare", Value::Text(compare.name().as_bytes()));
                visitor("value", Value::Unsigned(number.value));
                spelling = number.spelling;
            }
            Self::Type(word, word_spelling) => {
                visitor("clause", Value::Text(b"type"));
                visitor("value", Value::Text(word.as_bytes()));
                spelling = *word_spelling;
            }
            Self::Flag(flag) => visitor("clause", Value::Text(flag.name().as_bytes())),
        }
        if spelling == Spelling::Odd {
            visitor("odd_quotes", Value::Spelling(true));
        }
    }
}

const MAX_RESULTS: &str = "MAX_RESULTS";
const TYPE: &str = "TYPE";

/// The keyword a clause begins with.
#[derive(Clone, Copy)]
enum Keyword {
    Text(TextTopic),
    MaxResults,
    Compare(Property),
    Type,
    Flag(Flag),
}

impl Keyword {
    const fn keyword(self) -> &'static str {
        match self {
            Self::Text(topic) => topic.keyword(),
            Self::MaxResults => MAX_RESULTS,
            Self::Compare(property) => property.keyword(),
            Self::Type => TYPE,
            Self::Flag(flag) => flag.keyword(),
        }
    }
}

fn clause_keyword(input: &[u8]) -> IResult<&[u8], Keyword> {
    alt((
        one_of(TextTopic::ALL, TextTopic::keyword, Keyword::Text),
        value(Keyword::MaxResults, word(MAX_RESULTS)),
        one_of(Property::ALL, Property::keyword, Keyword::Compare),
        value(Keyword::Type, word(TYPE)),
        one_of(Flag::ALL, Flag::keyword, Keyword::Flag),
    ))
    .parse(input)
}

/// Any of several keywords.
fn one_of<'a, T: Copy + 'static>(
    all: &'static [T],
    keyword: impl Fn(T) -> &'static str,
    wrap: impl Fn(T) -> Keyword,
) -> impl Parser<&'a [u8], Output = Keyword, Error = Error<&'a [u8]>> {
    move |input: &'a [u8]| {
        let found = all.iter().find_map(|&item| {
            let parsed: IResult<&[u8], &[u8]> = word(keyword(item)).parse(input);
            parsed.ok().map(|(rest, _)| (rest, wrap(item)))
        });
        found.ok_or_else(|| nom::Err::Error(Error::from_error_kind(input, ErrorKind::Alt)))
    }
}

/// A keyword in any case, with a separator or the end behind it.
fn word<'a>(
    keyword: &'static str,
) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Error<&'a [u8]>> {
    move |input: &'a [u8]| {
        let is_keyword = |found: &[u8]| found.eq_ignore_ascii_case(keyword.as_bytes());
        let (rest, found) = verify(take(keyword.len()), is_keyword).parse(input)?;
        if rest.first().is_none_or(|&byte| is_separator(byte)) {
            Ok((rest, found))
        } else {
            Err(nom::Err::Error(Error::from_error_kind(input, ErrorKind::Tag)))
        }
    }
}

/// The text of a clause; a quote inside it does not end it unless a keyword or the end follows.
fn clause_text<'a>(cursor: &mut Cursor<'a, '_>, place: Place) -> Result<&'a [u8], DecodeError> {
    cursor.begin(place)?;
    if cursor.searches_quotes() && cursor.rest().first() == Some(&b'"') {
        let payload = cursor.payload();
        let text = cursor.closing_quote_where(|behind| {
            let rest = payload.get(behind..).unwrap_or_default().trim_ascii_start();
            rest.is_empty() || clause_keyword(rest).is_ok()
        });
        if let Some(text) = text {
            let start = cursor.position();
            cursor.skip(text.len() + 2);
            if text.contains(&b'"') {
                cursor.deviate(DiagnosticKind::QuoteInQuoted, place, start, cursor.position())?;
            }
            return Ok(text);
        }
    }
    cursor.quoted(place)
}

/// A number, between quotes or not; the other way than the specification has it is a deviation.
fn clause_number(
    cursor: &mut Cursor<'_, '_>,
    place: Place,
    quotes: bool,
) -> Result<Number, DecodeError> {
    cursor.begin(place)?;
    let start = cursor.position();
    let quoted = cursor.rest().first() == Some(&b'"');
    if !quoted {
        let value = cursor.unsigned(place, u64::MAX)?;
        if quotes {
            cursor.deviate(DiagnosticKind::MissingQuotes, place, start, cursor.position())?;
        }
        return Ok(Number {
            value,
            spelling: if quotes { Spelling::Odd } else { Spelling::Usual },
        });
    }
    let digits = between_quotes(cursor.rest()).unwrap_or_default();
    let Some(value) = crate::field::canonical_number(digits, u64::MAX) else {
        return Err(cursor.error(
            DiagnosticKind::NotANumber,
            place,
            start,
            start + digits.len() + 1,
        ));
    };
    cursor.skip(digits.len() + 2);
    if !quotes {
        cursor.deviate(DiagnosticKind::UnexpectedQuotes, place, start, cursor.position())?;
    }
    Ok(Number { value, spelling: if quotes { Spelling::Usual } else { Spelling::Odd } })
}

fn write_number(writer: &mut Writer<'_>, number: Number, quotes: bool) {
    if number.spelling == Spelling::Odd {
        writer.deviate();
    }
    writer.separate();
    if quotes == (number.spelling == Spelling::Usual) {
        writer.raw(b"\"");
        writer.digits(number.value);
        writer.raw(b"\"");
    } else {
        writer.digits(number.value);
    }
}

fn clause_compare(cursor: &mut Cursor<'_, '_>, place: Place) -> Result<Compare, DecodeError> {
    cursor.begin(place)?;
    let start = cursor.position();
    let words = between_quotes(cursor.rest()).unwrap_or_default();
    let found = Compare::ALL
        .iter()
        .find(|compare| compare.keyword().as_bytes().eq_ignore_ascii_case(words));
    let Some(compare) = found.filter(|_| cursor.rest().first() == Some(&b'"')) else {
        return Err(cursor.error(
            DiagnosticKind::UnknownKeyword,
            place,
            start,
            start + words.len(),
        ));
    };
    cursor.skip(words.len() + 2);
    if compare.keyword().as_bytes() != words {
        cursor.deviate(DiagnosticKind::WrongCase, place, start, cursor.position())?;
    }
    Ok(*compare)
}
