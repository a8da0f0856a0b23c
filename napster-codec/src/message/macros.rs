//! The one declarative table of messages: what a row expands to.
//!
//! A row reads
//!
//! ```text
//! code "name" directions family replies [..] => Struct<'a> { field: Type as Kind flags, … } = b"example";
//! ```
//!
//! and gives the struct with its fields, its reading, writing and showing, its row of the table, and
//! the conversion into [`Message`](crate::Message).

/// Structs whose fields are read, written and shown one after the other.
macro_rules! fields {
    ($(#[$meta:meta])* $struct:ident [$($lt:lifetime)?] {
        $($(#[$fmeta:meta])* $field:ident : $type:ty as $kind:ident $(+ $flag:ident)? $(in $unit:literal)?),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::exhaustive_structs, reason = "the fields are those of the wire")]
        pub struct $struct $(<$lt>)? {
            $($(#[$fmeta])*
            #[doc = concat!(
                "\n\nType [`", stringify!($kind), "`](crate::FieldKind::", stringify!($kind), ")",
                $(", in ", $unit,)? "."
            )]
            pub $field: $type,)*
        }

        // Each field type is `Eq`; a derive would say so with a function for each row.
        impl $(<$lt>)? Eq for $struct $(<$lt>)? {}

        impl<'a> $crate::list::Fields<'a> for $struct $(<$lt>)? {
            #[inline]
            #[allow(unused_variables, reason = "some messages have no fields")]
            fn read_fields(
                cursor: &mut $crate::cursor::Cursor<'a, '_>,
                first: $crate::cursor::Place,
            ) -> Result<Self, $crate::DecodeError> {
                let place = first;
                $(
                    let $field = <$type as $crate::field::Field<'a>>::read(cursor, place)?;
                    let place = place.next();
                )*
                Ok(Self { $($field),* })
            }

            #[allow(unused_variables, reason = "some messages have no fields")]
            fn write_fields(&self, writer: &mut $crate::writer::Writer<'_>) {
                $($crate::field::Field::write(&self.$field, writer, stringify!($field));)*
            }
        }

        impl $(<$lt>)? $crate::Visit for $struct $(<$lt>)? {
            #[allow(unused_variables, reason = "some messages have no fields")]
            fn visit(&self, visitor: &mut dyn FnMut(&'static str, $crate::Value<'_>)) {
                $($crate::field::Field::visit(&self.$field, stringify!($field), visitor);)*
            }
        }
    };
}

/// What the table says of each field.
macro_rules! columns {
    ($($(#[$fmeta:meta])* $field:ident : $type:ty as $kind:ident $(+ $flag:ident)? $(in $unit:literal)?),* $(,)?) => {
        &[$($crate::spec::FieldSpec::of::<$type>(stringify!($field), $crate::spec::FieldKind::$kind)
            $(.$flag())? $(.in_unit($unit))?),*]
    };
}

/// The same struct with bytes of its own.
macro_rules! owned {
    ($struct:ident [$($lt:lifetime)?] {
        $($(#[$fmeta:meta])* $field:ident : $type:ty as $kind:ident $(+ $flag:ident)? $(in $unit:literal)?),* $(,)?
    }) => {
        $crate::message::macros::same_with_other_bytes!($struct [$($lt)?]);

        fn into_owned(self) -> Self::Of<'static> {
            $struct { $($field: $crate::field::Field::into_owned(self.$field)),* }
        }
    };
}

/// A struct without borrowed fields is the same whatever the lifetime.
macro_rules! same_with_other_bytes {
    ($struct:ident [$lt:lifetime]) => {
        type Of<'b> = $struct<'b>;
    };
    ($struct:ident []) => {
        type Of<'b> = $struct;
    };
}

/// Makes values of such a struct from random bytes, and from what a self-describing format says.
macro_rules! made_otherwise {
    ($struct:ident [$($lt:lifetime)?] {
        $($(#[$fmeta:meta])* $field:ident : $type:ty as $kind:ident $(+ $flag:ident)? $(in $unit:literal)?),* $(,)?
    }) => {
        #[cfg(feature = "arbitrary")]
        impl $(<$lt>)? $crate::generate::Generate for $struct $(<$lt>)? {
            #[allow(unused_variables, reason = "some messages have no fields")]
            fn generate(
                u: &mut arbitrary::Unstructured<'_>,
                more: &mut bool,
            ) -> arbitrary::Result<Self> {
                $(let $field = <$type as $crate::generate::Generate>::generate(u, more)?;)*
                Ok(Self { $($field),* })
            }
        }

        #[cfg(feature = "serde")]
        impl $(<$lt>)? $crate::serial::RestoreFields for $struct $(<$lt>)? {
            #[allow(unused_variables, reason = "some messages have no fields")]
            fn restore_fields(
                message: &$crate::serial::Group,
            ) -> Result<Self, $crate::serial::Fault> {
                $(
                    let name = stringify!($field);
                    let $field = <$type as $crate::serial::Restore>::restore(message, name)?;
                )*
                Ok(Self { $($field),* })
            }
        }

        #[cfg(feature = "serde")]
        impl $(<$lt>)? serde::Serialize for $struct $(<$lt>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::serial::serialize_fields(self, serializer)
            }
        }
    };
}

/// Rows of the message table.
macro_rules! messages {
    ($(#[doc = $summary:literal] $(#[$meta:meta])* $code:literal $name:literal $directions:ident $family:ident
        $(shape $shape:literal $deviation:ident)? $(replies [$($reply:literal)*])? $(named $named:literal)?
        => $struct:ident $(<$lt:lifetime>)? { $($fields:tt)* } $(= $example:literal)?;)*) => {
        $(
            $crate::message::macros::fields! {
                #[doc = $summary]
                #[doc = concat!(
                    "\n\nCode ", stringify!($code), ", `", $name, "`, ",
                    $crate::message::macros::travels!($directions), "."
                    $(, " Answered by" $(, " ", stringify!($reply))*, "; what each answer does is told in [`manual::messages`](crate::manual::messages).")?
                )]
                ///
                $(#[$meta])*
                $struct [$($lt)?] { $($fields)* }
            }
            $crate::message::macros::made_otherwise! { $struct [$($lt)?] { $($fields)* } }

            impl<'a> $crate::message::Payload<'a> for $struct $(<$lt>)? {
                const SPEC: &'static $crate::spec::MessageSpec = &$crate::spec::MessageSpec {
                    code: $crate::Code($code),
                    name: $name,
                    directions: $crate::Directions::$directions,
                    family: $crate::spec::Family::$family,
                    shape: $crate::message::macros::option!($($shape)?),
                    summary: $summary.trim_ascii(),
                    fields: $crate::message::macros::columns!($($fields)*),
                    example: $crate::message::macros::option!($($example)?),
                    replies: &[$($($reply),*)?],
                    named_only: false $(|| $named)?,
                };
                $crate::message::macros::owned!($struct [$($lt)?] { $($fields)* });

                fn get<'m>(message: &'m $crate::Message<'a>) -> Option<&'m Self> {
                    match message {
                        $crate::Message::$struct(message) => Some(message),
                        _ => None,
                    }
                }

                fn into_message(self) -> $crate::Message<'a> {
                    $crate::Message::$struct(self)
                }
            }

            impl $(<$lt>)? $struct $(<$lt>)? {
                /// The type field of the frame header.
                pub const CODE: $crate::Code = $crate::Code($code);
            }

            #[cfg(feature = "serde")]
            impl<'de $(, $lt)?> serde::Deserialize<'de> for $struct $(<$lt>)? {
                fn deserialize<D: serde::Deserializer<'de>>(
                    deserializer: D,
                ) -> Result<Self, D::Error> {
                    $crate::serial::deserialize_fields(deserializer)
                }
            }

        )*

        /// The rows of this chapter.
        #[allow(elided_lifetimes_in_paths, reason = "some messages have a lifetime, others none")]
        pub(super) const ROWS: &[$crate::message::table::Row] = &[$($crate::message::table::Row {
            spec: <$struct as $crate::message::Payload<'_>>::SPEC,
            read: $crate::message::read_into::<$struct>,
            deviation: $crate::message::macros::deviation!($($deviation)?),
            #[cfg(feature = "serde")]
            restore: |message| {
                $crate::serial::restore_fields::<$struct>(message).map($crate::Message::$struct)
            },
            #[cfg(feature = "arbitrary")]
            generate: |u| {
                <$struct as $crate::generate::Generate>::generate(u, &mut true).map($crate::Message::$struct)
            },
        }),*];
    };
}

/// Groups of fields within messages.
macro_rules! groups {
    ($($(#[$meta:meta])* $struct:ident <$lt:lifetime> { $($fields:tt)* })*) => {$(
        $crate::message::macros::group! { $(#[$meta])* $struct [$lt] { $($fields)* } }
        $crate::message::macros::made_otherwise! { $struct [$lt] { $($fields)* } }
    )*};
}

/// Fields that are no message of the table.
macro_rules! group {
    ($(#[$meta:meta])* $struct:ident [$lt:lifetime] { $($fields:tt)* }) => {
        $crate::message::macros::fields! { $(#[$meta])* $struct [$lt] { $($fields)* } }

        impl<'a> $crate::list::Group<'a> for $struct<$lt> {
            const FIELDS: &'static [$crate::spec::FieldSpec] =
                $crate::message::macros::columns!($($fields)*);
            $crate::message::macros::owned!($struct [$lt] { $($fields)* });
        }
    };
}

/// What is there, or nothing.
macro_rules! option {
    () => {
        None
    };
    ($value:expr) => {
        Some($value)
    };
}

/// Which way a message goes, in words.
macro_rules! travels {
    (ToServer) => {
        "from a client to the server"
    };
    (ToClient) => {
        "from the server to a client"
    };
    (Both) => {
        "from a client to the server or back"
    };
    (ServerLink) => {
        "between linked servers"
    };
}

/// The deviation that a payload of another shape is.
macro_rules! deviation {
    () => {
        None
    };
    (legal) => {
        None
    };
    ($kind:ident) => {
        Some($crate::DiagnosticKind::$kind)
    };
}

pub(crate) use {
    columns, deviation, fields, group, groups, made_otherwise, messages, option, owned,
    same_with_other_bytes, travels,
};
