//! The documents in one text: one, several in a row, or one per line. Pure.

use serde_json::Value;

/// The largest document that is parsed: EventBridge, SQS and Lambda's asynchronous invocation take at most 1 MiB.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// What a text consists of, in order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Part<'a> {
    /// JSON, with its length in bytes.
    Document(Value, usize),
    /// Text that should be one document and may be none.
    Text(&'a str),
}

/// Splits a text into its documents. What is no JSON stays as one part, so that nothing is lost. Between documents may stand
/// blank lines, commas, byte order marks of files that were joined, and lines of comment (`#`, `//`).
pub(crate) fn documents(content: &str) -> Vec<Part<'_>> {
    let content = content.strip_prefix(MARK).unwrap_or(content);
    if let Ok(document) = serde_json::from_str::<Value>(content) {
        return vec![Part::Document(document, 0)];
    }
    let (documents, rest) = in_a_row(content);
    if rest.is_empty() && !documents.is_empty() {
        return documents;
    }
    if let Some(documents) = without_comments(content) {
        return documents;
    }
    let lines: Vec<&str> = content.lines().filter(|line| !line.trim().is_empty() && !is_comment(line)).collect();
    if lines.len() > 1 && lines.iter().any(|line| is_document(line)) {
        return lines.into_iter().map(Part::Text).collect();
    }
    if let Some(logged) = logged(&lines) {
        return logged;
    }
    documents.into_iter().chain(Some(Part::Text(rest))).collect()
}

const MARK: char = '\u{feff}';

/// A line that is an event or a record. Lines such as `"x"` or `{}` stand in documents of several lines, too.
fn is_document(line: &str) -> bool {
    serde_json::from_str::<Value>(line)
        .is_ok_and(|document| document.as_object().is_some_and(|fields| !fields.is_empty()))
}

/// No line of JSON begins like this: its text has no line breaks.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//") || line.trim_start().starts_with('#')
}

/// The documents, if a text consists of nothing but them and lines of comment.
fn without_comments(content: &str) -> Option<Vec<Part<'_>>> {
    if !content.lines().any(is_comment) {
        return None;
    }
    let kept: Vec<&str> = content.lines().filter(|line| !is_comment(line)).collect();
    let kept = kept.join("\n");
    let (documents, rest) = in_a_row(&kept);
    let owned =
        |part| if let Part::Document(document, bytes) = part { Some(Part::Document(document, bytes)) } else { None };
    (rest.is_empty() && !documents.is_empty()).then(|| documents.into_iter().filter_map(owned).collect())
}

/// What `aws logs tail` prints: each line has a date, the name of a stream, and what was logged.
fn logged<'a>(lines: &[&'a str]) -> Option<Vec<Part<'a>>> {
    let has_date = |line: &str| line.get(..20).is_some_and(|date| date.starts_with("20") && date.contains('T'));
    let dated = lines.iter().any(|line| has_date(line));
    let events: Vec<Part<'a>> = lines
        .iter()
        .map(|line| match line.find('{').and_then(|start| line.get(start..)).filter(|event| is_document(event)) {
            Some(event) if has_date(line) => Part::Text(event),
            _ => Part::Text(line),
        })
        .collect();
    let is_found = events.iter().zip(lines).any(|(event, line)| *event != Part::Text(line));
    (dated && is_found).then_some(events)
}

/// The objects and lists at the beginning of a text, and what follows them.
fn in_a_row(content: &str) -> (Vec<Part<'_>>, &str) {
    let mut documents = Vec::new();
    let mut rest = content;
    loop {
        let is_comma = |c| c == ',' && !documents.is_empty();
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == MARK || is_comma(c));
        let mut stream = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        match stream.next() {
            Some(Ok(document)) if document.is_object() || document.is_array() => {
                let bytes = stream.byte_offset();
                documents.push(Part::Document(document, bytes));
                rest = rest.get(bytes..).unwrap_or_default();
            }
            _ => return (documents, rest),
        }
    }
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
        assert_eq!(read(&format!("{pretty}\n{{\"cut\":\n")), [a, json!({"text": "{\"cut\":\n"})]);
        assert_eq!(read("prose 1\n2"), [json!({"text": "prose 1\n2"})]);
        assert_eq!(read("12 13"), [json!({"text": "12 13"})]);
        assert_eq!(read(""), [json!({"text": ""})]);
    }

    #[test]
    fn comments_commas_and_joined_files_are_read() {
        let a = json!({"a": [1, {}, "# x"]});
        let pretty = serde_json::to_string_pretty(&a).unwrap();
        let both = [a.clone(), a.clone()];
        assert_eq!(read(&format!("# exported\n{a}\n\n// second\n{a}\n\n")), both);
        assert_eq!(read(&format!("// the first\n{pretty}\n  # the second\n{pretty}")), both);
        assert_eq!(read(&format!("{pretty},\n{pretty},\n")), both);
        assert_eq!(read(&format!("\u{feff}{a}\n\u{feff}{a}")), both);
        // A broken line is kept, its neighbours are read, a comment is no document.
        assert_eq!(documents(&format!("# exported\n{a}\nnonsense\n")).len(), 2);
        assert_eq!(read("# 3 critical"), [json!({"text": "# 3 critical"})]);
    }

    #[test]
    fn lines_of_a_log_are_read_behind_their_date() {
        let a = json!({"a": 1});
        let line = format!("2026-11-20T02:20:00.000000+00:00 stream-1 {a}");
        assert_eq!(documents(&format!("{line}\n{line}\n")), [Part::Text("{\"a\":1}"), Part::Text("{\"a\":1}")]);
        assert_eq!(documents(&line), [Part::Text("{\"a\":1}")]);
        assert_eq!(read(&format!("said {a}")), [json!({"text": format!("said {a}")})]);
    }
}
