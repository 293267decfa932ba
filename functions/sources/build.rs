//! Writes the table of sources in Rust out of `sources.json`, so that there is one list.
//!
//! It looks for `"name": "..."` instead of parsing JSON, so that no crate is compiled for it; a test of this crate parses
//! the file and compares.

use std::{env, error::Error, fmt::Write as _, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=sources.json");
    let registry = fs::read_to_string("sources.json").map_err(|error| format!("sources.json: {error}"))?;
    let names: Vec<&str> = registry.split("\"name\": \"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let mut table =
        String::from("/// Every source function, in the order in which they are asked to recognise a document.\n");
    writeln!(table, "pub const SOURCES: [Source; {}] = [", names.len())?;
    for name in names {
        writeln!(table, "    {}::SOURCE,", name.replace('-', "_"))?;
    }
    table.push_str("];\n");
    let folder = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&folder).join("sources.rs"), table)?;
    Ok(())
}
