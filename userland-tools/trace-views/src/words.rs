//! Values of a trace as text for people, the way `runner::trace` writes them.

use serde_json::Value;

/// A value.
pub fn word(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(values) => values.iter().map(word).collect::<Vec<_>>().join(", "),
        Value::Object(_) => object(value),
    }
}

fn object(value: &Value) -> String {
    let text = |key: &str| value[key].as_str();
    let number = |key: &str| value[key].as_u64();
    let offset = match number("offset").unwrap_or_default() {
        0 => String::new(),
        offset => format!("+{offset:#x}"),
    };
    if let (Some(id), Some(class)) = (number("object"), text("class")) {
        return match &value["value"] {
            Value::Null => format!("{class}#{id}"),
            Value::String(held) if !matches!(class, "OSString" | "OSSymbol") => format!("{class}({held})"),
            held => format!("{class}({})", word(held)),
        };
    }
    if let Some(block) = number("block") {
        return format!("block#{block}{offset}");
    }
    if let Some(symbol) = text("symbol") {
        return format!("{symbol}{offset}");
    }
    if let Some(class) = text("metaclass") {
        return format!("{class}::metaClass");
    }
    match (text("return"), text("code"), number("code"), text("place")) {
        (Some(name), ..) => name.to_owned(),
        (None, Some(code), ..) => format!("'{code}'"),
        (None, None, Some(code), _) => format!("{code:#010x}"),
        (None, None, None, Some(place)) => place.to_owned(),
        _ => value.to_string(),
    }
}

/// A demangled name without its parameters.
pub fn short(demangled: &str) -> String {
    const OPERATOR: &str = "operator()";
    const ANONYMOUS: &str = "(anonymous namespace)";
    let mut from = 0;
    loop {
        let Some(at) = demangled[from..].find('(').map(|at| from + at) else { return demangled.to_owned() };
        if demangled[..at + 2.min(demangled.len() - at)].ends_with(OPERATOR) {
            from = at + 2;
        } else if demangled[at..].starts_with(ANONYMOUS) {
            from = at + ANONYMOUS.len();
        } else {
            return demangled[..at].to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_read_as_in_a_trace_for_people() {
        for (value, text) in [
            (json!(null), "NULL"),
            (json!(-3), "-3"),
            (json!("a\"b"), r#""a\"b""#),
            (json!({"object": 12, "class": "Engine"}), "Engine#12"),
            (json!({"object": 12, "class": "OSString", "value": "x"}), r#"OSString("x")"#),
            (json!({"object": 12, "class": "OSNumber", "value": "7"}), "OSNumber(7)"),
            (json!({"block": 3, "offset": 0}), "block#3"),
            (json!({"block": 3, "offset": 16}), "block#3+0x10"),
            (json!({"symbol": "_a", "image": "K", "offset": 1}), "_a+0x1"),
            (json!({"metaclass": "IOService"}), "IOService::metaClass"),
            (json!({"return": "kIOReturnSuccess", "code": 0}), "kIOReturnSuccess"),
            (json!({"return": null, "code": 3_758_097_084_u64}), "0xe00002bc"),
            (json!({"code": "virt"}), "'virt'"),
            (json!({"place": "stack"}), "stack"),
        ] {
            assert_eq!(word(&value), text);
        }
    }

    #[test]
    fn names_lose_their_parameters_only() {
        for (name, without) in [
            ("IOLog", "IOLog"),
            ("IOService::start(IOService*)", "IOService::start"),
            ("A::operator()(int)", "A::operator()"),
            ("(anonymous namespace)::f(void (*)(int))", "(anonymous namespace)::f"),
            ("f(", "f"),
        ] {
            assert_eq!(short(name), without);
        }
    }
}
