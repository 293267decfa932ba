//! `plimsoll init`: a commented plimsoll.toml, and the schema by which an editor completes it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use plimsoll_app::Config;
use serde_json::{Value, json};

use crate::{
    arguments::{Common, Init},
    output::{self, Exit},
};

/// Names the schema, wherever it is kept.
const SCHEMA_ID: &str = "urn:plimsoll:schema:plimsoll.toml:1";
/// The file that the configuration's first line names.
const SCHEMA_FILE: &str = "plimsoll.schema.json";
const TEMPLATE: &str = include_str!("../plimsoll.toml");

pub(crate) fn run(common: &Common, arguments: &Init) -> anyhow::Result<Exit> {
    let path = common.config.clone().unwrap_or_else(|| PathBuf::from("plimsoll.toml"));
    let schema_path = path.with_file_name(SCHEMA_FILE);
    for path in [&path, &schema_path] {
        if path.exists() && !arguments.force {
            bail!("{} is there already; `--force` replaces it", path.display());
        }
    }
    write(&schema_path, &format!("{}\n", serde_json::to_string_pretty(&schema())?))?;
    write(&path, TEMPLATE)?;
    if common.json {
        output::json(&json!({"config": path, "schema": schema_path}))?;
    } else {
        output::say(format!("wrote {} and {}", path.display(), schema_path.display()));
        output::say(
            "Everything in it is a comment, and so is every default. Next: uncomment a channel, then `plimsoll check`.",
        );
    }
    Ok(Exit::Ok)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The JSON Schema of plimsoll.toml, with its name.
pub(crate) fn schema() -> Value {
    let mut schema = serde_json::to_value(schemars::schema_for!(Config)).unwrap_or_default();
    if let Some(object) = schema.as_object_mut() {
        object.shift_insert(1, "$id".to_owned(), SCHEMA_ID.into());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_right_as_it_is_and_with_everything_uncommented() {
        let default = plimsoll_app::validate_config(TEMPLATE, &[]).unwrap();
        assert_eq!(default, Config::default());
        assert!(TEMPLATE.starts_with(&format!("#:schema {SCHEMA_FILE}\n")));
        let uncommented: String = TEMPLATE
            .lines()
            .filter(|line| !line.starts_with("#:"))
            .map(|line| line.strip_prefix("#= ").unwrap_or(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        let config = plimsoll_app::validate_config(&uncommented, &[]).unwrap_or_else(|faults| panic!("{faults:#?}"));
        assert_eq!((config.channels.len(), config.routes.len(), config.environments.len()), (2, 2, 2));
    }

    #[test]
    fn the_schema_has_a_name() {
        assert_eq!(schema()["$id"], SCHEMA_ID);
    }
}
