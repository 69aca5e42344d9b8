//! A trace for programs: one JSON object an entry.

use protocol::trace::Way;
use serde_json::{Map, Value, json};

use super::read::{Call, Entry};
use super::words::{Word, four_characters, return_name};

/// An entry as a line, without its end.
pub fn line(entry: &Entry) -> String {
    match entry {
        Entry::Step { at, text } => json!({ "step": text, "at": at }),
        Entry::Call(call) => called(call),
        Entry::Return(end) => {
            let mut line =
                Map::from_iter([("return".to_owned(), end.call.id.into()), ("at".to_owned(), end.at.into())]);
            if end.result != Word::Nothing {
                line.insert("result".to_owned(), word(&end.result));
            }
            Value::Object(line)
        }
    }
    .to_string()
}

fn called(call: &Call) -> Value {
    let function = &call.function;
    let thread = &call.thread;
    let mut line = json!({
        "call": call.id,
        "inside": call.inside,
        "depth": call.depth,
        "at": call.at,
        "thread": { "id": thread.id, "name": thread.name, "class": thread.class },
        "way": match call.way { Way::OutOfKext => "out", Way::IntoKext => "in" },
        "image": &*function.image,
        "function": function.symbol,
        "demangled": function.demangled,
        "arguments": call.arguments.iter().map(word).collect::<Vec<_>>(),
    });
    if let Some(this) = &call.this {
        line["this"] = word(this);
    }
    line
}

fn word(of: &Word) -> Value {
    match of {
        Word::Nothing | Word::Null => Value::Null,
        Word::Bool(flag) => json!(flag),
        Word::Signed(number) => json!(number),
        Word::Unsigned(number) => json!(number),
        Word::Return(code) => match return_name(*code) {
            Some(name) => json!({ "return": name, "code": code }),
            None => json!({ "code": code, "return": null }),
        },
        Word::Code(code) => match four_characters(*code) {
            Some(characters) => json!({ "code": characters }),
            None => json!(code),
        },
        Word::Text(text, false) => json!(text),
        Word::Text(text, true) => json!(format!("{text}…")),
        Word::Object { number, class, value: None } => json!({ "object": number, "class": &**class }),
        Word::Object { number, class, value } => json!({ "object": number, "class": &**class, "value": value }),
        Word::Metaclass(class) => json!({ "metaclass": &**class }),
        Word::Block { number, offset } => json!({ "block": number, "offset": offset }),
        Word::Symbol { function, offset } => {
            json!({ "symbol": function.symbol, "image": &*function.image, "offset": offset })
        }
        Word::Place(place) => json!({ "place": place }),
    }
}
