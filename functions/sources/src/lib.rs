//! The registry of source functions: `sources.json` names each of them once, in the order in which they are asked to
//! recognise a document.
//!
//! The command line, the application, the tests, Terraform and CI read that file. `regional` says that AWS sends the
//! source's events in each region, `global` that AWS sends events in us-east-1 that concern the whole account; a source can
//! be both.

use plimsoll_finding::Source;

include!(concat!(env!("OUT_DIR"), "/sources.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_registry() {
        let registry: serde_json::Value = serde_json::from_str(include_str!("../sources.json")).unwrap();
        let rows = registry["sources"].as_array().unwrap();
        let names: Vec<&str> = rows.iter().map(|row| row["name"].as_str().unwrap()).collect();
        assert_eq!(SOURCES.map(|source| source.name).to_vec(), names);
        for row in rows {
            let (regional, global) = (row["regional"].as_bool().unwrap(), row["global"].as_bool().unwrap());
            assert!(regional || global, "{} has events nowhere", row["name"]);
            assert_eq!(row.as_object().unwrap().len(), 3, "{} says something that nobody reads", row["name"]);
        }
    }
}
