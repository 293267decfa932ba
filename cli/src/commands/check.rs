//! `plimsoll check`: every fault of the configuration and the checklist, with its place and a fix.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use plimsoll_app::validate_config;
use plimsoll_checklist::Checklist;
use serde::Serialize;

use crate::{
    arguments::Common,
    output::{self, Exit},
    session,
};

/// One fault, for programs.
#[derive(Debug, Serialize)]
struct Fault {
    file: String,
    message: String,
    line: Option<usize>,
    column: Option<usize>,
    fix: String,
    #[serde(skip)]
    span: Option<Range<usize>>,
    /// Its line may hold a secret and is not shown.
    #[serde(skip)]
    is_secret: bool,
}

pub(crate) fn run(common: &Common) -> anyhow::Result<Exit> {
    let mut faults = Vec::new();
    let file = session::config_text(common)?;
    let (path, text) =
        file.clone().map_or_else(|| ("plimsoll.toml".to_owned(), String::new()), |(p, t)| (p.display().to_string(), t));
    if let Err(found) = validate_config(&text, &session::overlay()) {
        faults.extend(found.into_iter().map(|f| fault(&path, &text, f.message, f.span, f.help, f.is_secret)));
    }
    if let Err(found) = Checklist::shipped() {
        faults.extend(found.into_iter().map(|f| fault("checklist.toml", "", f.message, None, f.help, false)));
    }
    if common.json {
        output::json(&serde_json::json!({"ok": faults.is_empty(), "file": file.map(|(p, _)| p), "faults": faults}))?;
    } else if faults.is_empty() {
        let what = if file.is_some() { path.as_str() } else { "no plimsoll.toml here, so the defaults" };
        output::line(format!("ok: {what}, and the checklist of {} lines", session::checklist()?.items().len()));
    } else {
        for fault in &faults {
            output::line(render(fault, &text));
        }
        output::talk(format!(
            "{} found",
            if faults.len() == 1 { "1 fault".to_owned() } else { format!("{} faults", faults.len()) }
        ));
    }
    Ok(if faults.is_empty() { Exit::Ok } else { Exit::Usage })
}

fn fault(file: &str, text: &str, message: String, span: Option<Range<usize>>, fix: String, is_secret: bool) -> Fault {
    let before = span.as_ref().and_then(|s| text.get(..s.start));
    let line = before.map(|b| b.matches('\n').count() + 1);
    let column = before.map(|b| b.chars().rev().take_while(|c| *c != '\n').count() + 1);
    Fault { file: file.to_owned(), message, line, column, fix, span, is_secret }
}

fn render(fault: &Fault, text: &str) -> String {
    let title = Level::ERROR.primary_title(fault.message.as_str());
    let help = Level::HELP.message(fault.fix.as_str());
    let report = match &fault.span {
        Some(_) if fault.is_secret => {
            let (line, column) = (fault.line.unwrap_or_default(), fault.column.unwrap_or_default());
            let place = Level::NOTE
                .message(format!("{}:{line}:{column}; the line is not shown, since it may hold a secret", fault.file));
            title.element(place).element(help)
        }
        Some(span) => {
            let snippet =
                Snippet::source(text).path(fault.file.as_str()).annotation(AnnotationKind::Primary.span(span.clone()));
            title.element(snippet).element(help)
        }
        None => title.element(help),
    };
    Renderer::styled().render(&[report])
}
