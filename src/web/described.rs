//! Pieces of which the description of an address is made: text within bounds, words of a list.

use serde_json::{Value, json};
use utoipa::openapi::schema::{Array, OneOfBuilder, SchemaType};
use utoipa::openapi::{ArrayBuilder, Object, ObjectBuilder, RefOr, Schema, Type};

/// One of these words.
pub fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

/// One of these words, or null.
pub fn words_or_null<'a>(words: impl IntoIterator<Item = &'a str>) -> Object {
    let values = words.into_iter().map(Value::from).chain([Value::Null]);
    ObjectBuilder::new().schema_type(or_null()).enum_values(Some(values)).build()
}

/// A list of so many texts.
pub fn list_of(texts: Object, (fewest, most): (usize, usize)) -> Array {
    ArrayBuilder::new().items(texts).min_items(Some(fewest)).max_items(Some(most)).build()
}

/// Either one word, or something else.
pub fn word_or(word: &str, other: impl Into<RefOr<Schema>>, sentence: &str) -> OneOfBuilder {
    OneOfBuilder::new().item(words([word])).item(other).description(Some(sentence))
}

/// Text of so many characters, of which a pattern may say more.
pub fn text((shortest, longest): (usize, usize), pattern: Option<&str>) -> Object {
    bounded((shortest, longest), pattern, Type::String.into())
}

/// Text of so many characters, or null.
pub fn text_or_null((shortest, longest): (usize, usize), pattern: Option<&str>) -> Object {
    bounded((shortest, longest), pattern, or_null())
}

/// The same, with an example.
pub fn such_as(mut object: Object, example: &str) -> Object {
    object.examples = vec![json!(example)];
    object
}

/// The same, with a sentence that says what it is.
pub fn saying(mut object: Object, sentence: &str) -> Object {
    object.description = Some(sentence.to_owned());
    object
}

fn or_null() -> SchemaType {
    SchemaType::from_iter([Type::String, Type::Null])
}

fn bounded((shortest, longest): (usize, usize), pattern: Option<&str>, of: SchemaType) -> Object {
    ObjectBuilder::new()
        .schema_type(of)
        .min_length(Some(shortest))
        .max_length(Some(longest))
        .pattern(pattern)
        .build()
}
