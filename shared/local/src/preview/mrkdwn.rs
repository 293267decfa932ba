//! Slack's markup, as far as it is used here: `*bold*`, `_italic_`, `~struck~`, `` `code` ``, fences, links, mentions,
//! dates. <https://docs.slack.dev/messaging/formatting-message-text>
//!
//! It becomes flat pieces of text with flags, which the template escapes; no HTML is made here.

/// A piece of text that looks the same throughout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "Slack's styles are independent of each other")]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) strike: bool,
    pub(super) code: bool,
    /// Text in a fence of its own.
    pub(super) fence: bool,
    /// A person, group or channel that is called.
    pub(super) mention: bool,
    /// Where it leads: `https` only.
    pub(super) link: Option<String>,
}

impl Span {
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    fn empty_like(&self) -> Self {
        Self { text: String::new(), ..self.clone() }
    }
}

/// Entities back to characters.
pub(super) fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// Takes markup apart. Never fails: what is no markup is text.
pub(super) fn parse(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut current = Span::default();
    let mut rest = text;
    let mut before = ' ';
    while let Some(first) = rest.chars().next() {
        let after = rest.get(first.len_utf8()..).unwrap_or_default();
        if let Some((span, tail)) = fenced(rest).or_else(|| spanned(rest, first)).or_else(|| angled(rest, &current)) {
            push(&mut spans, &mut current);
            spans.push(span);
            rest = tail;
            before = ' ';
            continue;
        }
        if toggles(first, before, after, &current) {
            push(&mut spans, &mut current);
            match first {
                '*' => current.bold = !current.bold,
                '_' => current.italic = !current.italic,
                _ => current.strike = !current.strike,
            }
        } else {
            current.text.push(first);
        }
        before = first;
        rest = after;
    }
    push(&mut spans, &mut current);
    for span in &mut spans {
        span.text = unescape(&span.text);
    }
    spans
}

fn push(spans: &mut Vec<Span>, current: &mut Span) {
    let next = current.empty_like();
    let done = std::mem::replace(current, next);
    if !done.text.is_empty() {
        spans.push(done);
    }
}

/// Markup opens at the beginning of a word, if it is closed on the same line, and closes at the end of one.
fn toggles(mark: char, before: char, after: &str, current: &Span) -> bool {
    let open = match mark {
        '*' => current.bold,
        '_' => current.italic,
        '~' => current.strike,
        _ => return false,
    };
    let next = after.chars().next();
    if open {
        return !before.is_whitespace() && !next.is_some_and(char::is_alphanumeric);
    }
    let line = after.split('\n').next().unwrap_or_default();
    !before.is_alphanumeric() && next.is_some_and(|c| !c.is_whitespace() && c != mark) && line.contains(mark)
}

fn fenced(rest: &str) -> Option<(Span, &str)> {
    let (inside, tail) = rest.strip_prefix("```")?.split_once("```")?;
    let text = inside.trim_matches('\n').to_owned();
    Some((Span { text, fence: true, ..Span::default() }, tail.strip_prefix('\n').unwrap_or(tail)))
}

fn spanned(rest: &str, first: char) -> Option<(Span, &str)> {
    let (inside, tail) = rest.strip_prefix('`').filter(|_| first == '`')?.split_once('`')?;
    let fits = !inside.trim().is_empty() && !inside.contains('\n');
    fits.then(|| (Span { text: inside.to_owned(), code: true, ..Span::default() }, tail))
}

/// `<https://…|text>`, `<@U…>`, `<!subteam^S…>`, `<!here>`, `<!date^…|fallback>`.
fn angled<'a>(rest: &'a str, style: &Span) -> Option<(Span, &'a str)> {
    let (inside, tail) = rest.strip_prefix('<')?.split_once('>')?;
    let (target, label) = inside.split_once('|').map_or((inside, None), |(target, label)| (target, Some(label)));
    let mut span = style.empty_like();
    if target.starts_with("!date^") {
        label.unwrap_or("a date").clone_into(&mut span.text);
    } else if let Some(whom) = target.strip_prefix(['@', '#']) {
        span.text = format!("@{whom}");
        span.mention = true;
    } else if let Some(whom) = target.strip_prefix('!') {
        span.text = format!("@{}", whom.strip_prefix("subteam^").unwrap_or(whom));
        span.mention = true;
    } else if target.starts_with("https://") {
        label.unwrap_or(target).clone_into(&mut span.text);
        span.link = Some(unescape(target));
    } else {
        return None;
    }
    Some((span, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        parse(text)
            .iter()
            .map(|s| {
                let mut out = s.text.clone();
                for (on, mark) in
                    [(s.bold, "b"), (s.italic, "i"), (s.strike, "s"), (s.code, "c"), (s.fence, "f"), (s.mention, "m")]
                {
                    if on {
                        out = format!("{mark}({out})");
                    }
                }
                match &s.link {
                    Some(link) => format!("[{out}→{link}]"),
                    None => out,
                }
            })
            .collect()
    }

    #[test]
    fn markup() {
        for (text, expected) in [
            ("plain", "plain"),
            ("*bold* and _it_ ~no~", "b(bold) and i(it) s(no)"),
            ("*b _bi_*", "b(b )i(b(bi))"),
            ("snake_case_name 2*3*4", "snake_case_name 2*3*4"),
            ("* not\n*", "* not\n*"),
            ("`a*b*` x", "c(a*b*) x"),
            ("```\nl1\n l2\n```\nx", "f(l1\n l2)x"),
            ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
            ("<https://a.example/?x=1&amp;y|t>", "[t→https://a.example/?x=1&y]"),
            ("<@U1> <!subteam^S1> <!here>", "m(@U1) m(@S1) m(@here)"),
            ("<!date^1^{time}|2026>", "2026"),
            ("<javascript:alert(1)|x>", "<javascript:alert(1)|x>"),
            ("<http://evil.example|x>", "<http://evil.example|x>"),
            ("< * _ ~ > ` ``", "< * _ ~ > ` ``"),
            ("", ""),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }
}
