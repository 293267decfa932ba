//! The documents in one text: one, several in a row, or one per line. Pure.

use serde_json::Value;

/// What a text consists of, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part<'a> {
    /// JSON, with its length in bytes.
    Document(Value, usize),
    /// Text that should be one document and may be none.
    Text(&'a str),
}

/// Splits a text into its documents. What is no JSON stays as one part, so that nothing is lost.
pub(crate) fn documents(content: &str) -> Vec<Part<'_>> {
    let content = content.strip_prefix('\u{feff}').unwrap_or(content);
    if let Ok(document) = serde_json::from_str::<Value>(content) {
        return vec![Part::Document(document, 0)];
    }
    let (documents, rest) = in_a_row(content);
    if rest.trim().is_empty() && !documents.is_empty() {
        return documents;
    }
    let lines: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() > 1 && lines.iter().any(|line| is_document(line)) {
        return lines.into_iter().map(Part::Text).collect();
    }
    documents.into_iter().chain(Some(Part::Text(rest))).collect()
}

/// A line that is an event or a record. Lines such as `"x"` or `{}` stand in documents of several lines, too.
fn is_document(line: &str) -> bool {
    serde_json::from_str::<Value>(line)
        .is_ok_and(|document| document.as_object().is_some_and(|fields| !fields.is_empty()))
}

/// The objects and lists at the beginning of a text, and what follows them.
fn in_a_row(content: &str) -> (Vec<Part<'_>>, &str) {
    let mut documents = Vec::new();
    let mut end = 0_usize;
    let mut stream = serde_json::Deserializer::from_str(content).into_iter::<Value>();
    while let Some(Ok(document)) = stream.next() {
        if !document.is_object() && !document.is_array() {
            break;
        }
        let next = stream.byte_offset();
        documents.push(Part::Document(document, next.saturating_sub(end)));
        end = next;
    }
    (documents, content.get(end..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(content: &str) -> Vec<Value> {
        documents(content)
            .into_iter()
            .map(|part| match part {
                Part::Document(document, _) => document,
                Part::Text(text) => json!({"text": text}),
            })
            .collect()
    }

    #[test]
    fn one_document_several_in_a_row_and_lines() {
        let a = json!({"a": [1, {}, "x"]});
        let pretty = serde_json::to_string_pretty(&a).unwrap();
        assert_eq!(read(&pretty), std::slice::from_ref(&a));
        assert_eq!(read(&format!("\u{feff}{pretty}\n{pretty}\n")), [a.clone(), a.clone()]);
        assert_eq!(read(&format!("{a}{a}")), [a.clone(), a.clone()]);
        assert_eq!(read(&format!("{a}\r\n\r\n{a}\r\n")), [a.clone(), a.clone()]);
        assert_eq!(documents("{}[]"), [Part::Document(json!({}), 2), Part::Document(json!([]), 2)]);
    }

    #[test]
    fn what_is_no_json_is_kept_and_hides_no_neighbour() {
        let a = json!({"a": 1});
        assert_eq!(documents(&format!("{a}\nnonsense\n{a}")).len(), 3);
        let pretty = serde_json::to_string_pretty(&a).unwrap();
        assert_eq!(read(&format!("{pretty}\n{{\"cut\":\n")), [a, json!({"text": "\n{\"cut\":\n"})]);
        assert_eq!(read("prose 1\n2"), [json!({"text": "prose 1\n2"})]);
        assert_eq!(read("12 13"), [json!({"text": "12 13"})]);
        assert_eq!(read(""), [json!({"text": ""})]);
    }
}
