//! One parameter, as serde may ask for it: text, a number, a truth value, or one of a list of names.

use std::str::FromStr;

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::ParameterError;

pub(super) struct Parameter<'p> {
    pub name: &'p str,
    pub value: &'p str,
}

impl<'p> Parameter<'p> {
    fn parsed<N: FromStr>(&self) -> Result<N, ParameterError> {
        self.value.parse().map_err(|_| ParameterError::Invalid(self.name.to_owned()))
    }

    fn text(&self) -> BorrowedStrDeserializer<'p, ParameterError> {
        BorrowedStrDeserializer::new(self.value)
    }
}

/// A parameter's name.
pub(super) struct Borrowed<'p>(pub &'p str);

impl<'p> IntoDeserializer<'p, ParameterError> for Borrowed<'p> {
    type Deserializer = BorrowedStrDeserializer<'p, ParameterError>;

    fn into_deserializer(self) -> Self::Deserializer {
        BorrowedStrDeserializer::new(self.0)
    }
}

impl<'p> IntoDeserializer<'p, ParameterError> for Parameter<'p> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Parameter<'de> {
    type Error = ParameterError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        self.text().deserialize_any(visitor).map_err(|error| error.of(self.name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, ParameterError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        enumeration: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ParameterError> {
        self.text().deserialize_enum(enumeration, variants, visitor).map_err(|error| error.of(self.name))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_bool(self.parsed()?)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_u16(self.parsed()?)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_u32(self.parsed()?)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_u64(self.parsed()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ParameterError> {
        visitor.visit_i64(self.parsed()?)
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}
