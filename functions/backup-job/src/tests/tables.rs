//! The tables against the files of the project.

use std::{fs, path::Path};

use crate::advice::ADVICE;

#[test]
fn every_runbook_section_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for advice in &ADVICE {
        let (path, anchor) = advice.runbook.split_once('#').expect(advice.runbook);
        let page = fs::read_to_string(root.join(path)).expect(path);
        let headings = page.lines().filter_map(|line| line.strip_prefix("## ").or_else(|| line.strip_prefix("### ")));
        let sections: Vec<String> = headings.map(|heading| heading.to_lowercase().replace(' ', "-")).collect();
        assert!(sections.iter().any(|section| section == anchor), "{}: {sections:?}", advice.runbook);
        assert!(advice.text.ends_with('.'), "{}", advice.text);
    }
}
