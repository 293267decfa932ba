//! The names of the source functions, out of the registry `functions/sources/sources.json`.
//!
//! The crate of the registry knows every source, and the program of a source knows this crate: so only the names are read
//! here, from the same file.

use std::sync::LazyLock;

use serde::Deserialize;

#[derive(Deserialize)]
struct Registry<'a> {
    #[serde(borrow)]
    sources: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    name: &'a str,
}

/// The source functions, by name, in the order in which a digest lists them.
pub static SOURCES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| names(include_str!("../../../functions/sources/sources.json")).unwrap_or_default());

fn names(registry: &str) -> serde_json::Result<Vec<&str>> {
    Ok(serde_json::from_str::<Registry<'_>>(registry)?.sources.into_iter().map(|row| row.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_registry_can_be_read() {
        assert!(SOURCES.contains(&"ecr-scan") && SOURCES.contains(&"cost-anomaly"), "{SOURCES:?}");
        assert!(names("{}").is_err());
    }
}
