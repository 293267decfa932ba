//! The documentation: every link leads somewhere, every page is two clicks from the README, and what is shown as output is
//! what the program prints.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
    process::Command,
};

use plimsoll_tests::samples::root;

/// What nobody looks for from the README.
const NOT_A_PAGE: [&str; 1] = [".github/"];

/// Every Markdown file of the repository, with its text.
fn pages() -> BTreeMap<String, String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard", "*.md"]).current_dir(root());
    let listed = git.output();
    let names: Vec<String> = match listed {
        Ok(output) if output.status.success() => {
            String::from_utf8(output.stdout).unwrap().lines().map(ToOwned::to_owned).collect()
        }
        // An archive of the sources has no repository.
        _ => walk(&root(), &root()),
    };
    let text = |name: &String| fs::read_to_string(root().join(name)).ok();
    names.iter().filter_map(|name| text(name).map(|text| (name.clone(), text))).collect()
}

fn walk(folder: &Path, root: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with(".git") {
            found.extend(walk(&path, root));
        } else if path.extension().is_some_and(|it| it == "md") {
            found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

/// The text without what stands in fences and code spans, where nothing is a link.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut in_fence = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            for (index, piece) in line.split('`').enumerate() {
                out.push_str(if index % 2 == 0 { piece } else { "code" });
            }
            out.push('\n');
        }
    }
    out
}

/// The targets of its links, without those to other hosts.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let targets = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let is_here = |target: &&str| !target.contains("://") && !target.starts_with("mailto:") && !target.contains(' ');
    targets.filter(is_here).map(ToOwned::to_owned).collect()
}

/// A path without `..`, from the root of the repository.
fn resolve(page: &str, target: &str) -> String {
    let mut steps: Vec<String> = Vec::new();
    let below = Path::new(page).parent().unwrap_or(Path::new("")).join(target);
    for step in below.components() {
        match step {
            Component::ParentDir => {
                steps.pop();
            }
            Component::Normal(name) => steps.push(name.to_string_lossy().into_owned()),
            _ => {}
        }
    }
    steps.join("/")
}

/// The names of a page's headings as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut in_fence = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        }
        if let (false, Some(heading)) = (in_fence, line.strip_prefix('#')) {
            let heading = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            let name: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
            let mut unique = name.clone();
            let mut number = 0;
            while !found.insert(unique.clone()) {
                number += 1;
                unique = format!("{name}-{number}");
            }
        }
        for id in line.split("<a id=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id) {
            found.insert(id.to_owned());
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    assert!(pages.len() > 50, "only {} pages", pages.len());
    let mut faults = Vec::new();
    for (page, text) in &pages {
        for link in links(text) {
            let (path, anchor) = link.split_once('#').map_or((link.as_str(), None), |(path, it)| (path, Some(it)));
            let target = if path.is_empty() { page.clone() } else { resolve(page, path) };
            if !root().join(&target).exists() {
                faults.push(format!("{page}: {link}: there is no {target}"));
            } else if let (Some(anchor), Some(text)) = (anchor, pages.get(&target))
                && !anchors(text).contains(anchor)
            {
                faults.push(format!("{page}: {link}: {target} has no heading for #{anchor}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_page_is_two_clicks_from_the_readme() {
    let pages = pages();
    let below = |page: &str| -> Vec<String> {
        let targets = links(pages.get(page).map_or("", String::as_str));
        let page_of = |link: String| {
            let target = resolve(page, link.split('#').next().unwrap_or_default());
            let index = PathBuf::from(&target).join("README.md").to_string_lossy().into_owned();
            if pages.contains_key(&index) { index } else { target }
        };
        targets.into_iter().map(page_of).collect()
    };
    let mut reached: BTreeSet<String> = BTreeSet::from(["README.md".to_owned()]);
    for _ in 0..2 {
        let next: Vec<String> = reached.iter().flat_map(|page| below(page)).collect();
        reached.extend(next);
    }
    let is_page = |page: &&String| !NOT_A_PAGE.iter().any(|folder| page.starts_with(folder));
    let lost: Vec<&String> = pages.keys().filter(is_page).filter(|page| !reached.contains(*page)).collect();
    assert!(lost.is_empty(), "nobody finds these from the README: {lost:#?}");
}

#[test]
fn the_samples_are_what_the_program_prints() {
    let page = fs::read_to_string(root().join("docs/samples.md")).unwrap();
    let blocks: Vec<&str> =
        page.split("```text\n").skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default()).collect();
    let snapshots = ["sns__tests__sns_alert", "sns__tests__sns_resolved", "text__tests__text_digest"];
    assert_eq!(blocks.len(), snapshots.len());
    for (block, name) in blocks.iter().zip(snapshots) {
        let path = format!("shared/render/src/snapshots/plimsoll_render__{name}.snap");
        let snapshot = fs::read_to_string(root().join(&path)).unwrap();
        let (_, body) = snapshot.trim_start_matches("---\n").split_once("---\n").unwrap();
        assert_eq!(*block, body.trim_end(), "{path}");
    }
}

#[test]
fn links_are_found_where_they_are_and_only_there() {
    let text = "[a](b.md#c) `[x](y.md)` [z](https://example.com)\n```\n[q](r.md)\n```\n![p](d.png)";
    assert_eq!(links(text), ["b.md#c", "d.png"]);
    assert_eq!(resolve("docs/a/b.md", "../c.md"), "docs/c.md");
    assert!(anchors("# A `b` c, d\n## e\n## e\n").is_superset(&["a-b-c-d", "e", "e-1"].map(str::to_owned).into()));
}
