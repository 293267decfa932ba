//! `PROMISES.md` names the test that proves each promise; here they are looked for.

use std::{fs, path::Path};

#[test]
fn every_promise_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let promises = fs::read_to_string(root.join("PROMISES.md")).unwrap();
    let mut named = 0;
    for line in promises.lines().filter(|line| line.starts_with('|')) {
        for reference in line.split('`').filter(|part| part.contains(".rs::")) {
            let (file, test) = reference.split_once("::").unwrap();
            let test = test.rsplit("::").next().unwrap();
            let source = fs::read_to_string(root.join(file)).unwrap_or_else(|e| panic!("{file} of\n{line}\n{e}"));
            let lines: Vec<&str> = source.lines().collect();
            let place = lines.iter().position(|l| l.contains(&format!("fn {test}(")));
            let place = place.unwrap_or_else(|| panic!("there is no `{test}` in {file}, named by\n{line}"));
            let is_test =
                lines[place.saturating_sub(6)..place].iter().any(|l| l.contains("test]") || l.contains("#[test"));
            let in_macro = source.contains("proptest!");
            assert!(is_test || in_macro, "`{test}` in {file} is no test");
            named += 1;
        }
    }
    assert!(named >= 20, "only {named} tests are named; has the table changed its form?");
}
