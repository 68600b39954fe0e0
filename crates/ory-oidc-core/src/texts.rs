//! Decodes lists of texts.

use crate::decoded::Decoded;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// Decodes a list. One that equals the known one needs no copy. A list with any other item than a
/// text is unexpected.
pub(crate) fn texts_from_seq<'de, A: SeqAccess<'de>>(
    mut seq: A,
    known: Option<&Vec<String>>,
) -> Result<Decoded<Vec<String>>, A::Error> {
    let Some(known) = known else {
        // Lists of algorithms have up to ten items. Bounded, because a format may announce any length.
        let capacity = seq.size_hint().unwrap_or(10).min(64);
        return rest(Vec::with_capacity(capacity), seq);
    };
    let mut same = 0;
    loop {
        match seq.next_element_seed(Text(known.get(same)))? {
            Some(Decoded::Same) => same += 1,
            None if same == known.len() => return Ok(Decoded::Same),
            None => return Ok(Decoded::Value(known[..same].to_vec())),
            Some(Decoded::Value(text)) => {
                let mut texts = known[..same].to_vec();
                texts.push(text);
                return rest(texts, seq);
            }
            Some(Decoded::Unexpected(other)) => {
                return unexpected(known[..same].to_vec(), *other, seq);
            }
        }
    }
}

/// Decodes the rest of a list that began with these texts.
fn rest<'de, A: SeqAccess<'de>>(
    mut texts: Vec<String>,
    mut seq: A,
) -> Result<Decoded<Vec<String>>, A::Error> {
    while let Some(item) = seq.next_element_seed(Text(None))? {
        match item {
            Decoded::Value(text) => texts.push(text),
            Decoded::Same => {}
            Decoded::Unexpected(other) => return unexpected(texts, *other, seq),
        }
    }
    Ok(Decoded::Value(texts))
}

/// Decodes the rest of a list that began with these texts and another value.
fn unexpected<'de, A: SeqAccess<'de>>(
    texts: Vec<String>,
    other: Value,
    mut seq: A,
) -> Result<Decoded<Vec<String>>, A::Error> {
    let mut items: Vec<_> = texts.into_iter().map(Value::String).collect();
    items.push(other);
    while let Some(item) = seq.next_element()? {
        items.push(item);
    }
    Ok(Decoded::unexpected(items))
}

/// Decodes an item of a list: a text, or the known one, or any other value.
struct Text<'a>(Option<&'a String>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = Decoded<String>;

    fn deserialize<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Decoded<String>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = Decoded<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Decoded<String>, E> {
        Ok(Decoded::unexpected(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Decoded<String>, E> {
        Ok(Decoded::unexpected(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Decoded<String>, E> {
        Ok(Decoded::unexpected(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Decoded<String>, E> {
        Ok(Decoded::unexpected(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Decoded<String>, E> {
        Ok(Decoded::unexpected(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Decoded<String>, E> {
        Ok(match self.0 {
            Some(known) if known == value => Decoded::Same,
            _ => Decoded::Value(value.to_owned()),
        })
    }

    fn visit_string<E>(self, value: String) -> Result<Decoded<String>, E> {
        Ok(Decoded::Value(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Decoded<String>, A::Error> {
        let items: Vec<Value> = Vec::deserialize(SeqAccessDeserializer::new(seq))?;
        Ok(Decoded::unexpected(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Decoded<String>, A::Error> {
        let members = Map::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Decoded::unexpected(members))
    }
}
