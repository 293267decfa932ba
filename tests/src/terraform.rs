//! Runs Terraform on a copy of `infra/`, so that nothing is left behind there.
//!
//! `TERRAFORM` names another binary. Without a registry, `TERRAFORM_MIRROR` names a folder with an unpacked AWS provider
//! (HOST/NAMESPACE/TYPE/VERSION/PLATFORM); unless it is set, the usual folders are looked through.
//! <https://developer.hashicorp.com/terraform/cli/config/config-file#provider-installation>

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::samples::root;

/// What the Terraform code reads outside of `infra/`: the registry of sources.
const REGISTRY: &str = "functions/sources/sources.json";

/// Terraform with a root module of `tests/`, in a folder of its own that goes with this.
#[derive(Debug)]
pub struct Terraform {
    binary: OsString,
    folder: tempfile::TempDir,
    module: &'static str,
    variables: Vec<(String, String)>,
}

impl Terraform {
    /// A copy of `infra/`, of the registry of sources and of `tests/<module>`, initialised.
    ///
    /// # Errors
    /// There is no Terraform of version 1.9 or later, or no AWS provider.
    pub fn prepare(module: &'static str) -> Result<Self> {
        let binary = std::env::var_os("TERRAFORM").unwrap_or_else(|| "terraform".into());
        let folder = tempfile::Builder::new().prefix("plimsoll-deployed-").tempdir()?;
        copy(&root().join("infra"), &folder.path().join("infra"))?;
        let registry = folder.path().join(REGISTRY);
        fs::create_dir_all(registry.parent().context("the registry lies in a folder")?)?;
        fs::copy(root().join(REGISTRY), registry)?;
        copy(&root().join("tests").join(module), &folder.path().join(module))?;
        if let Some(mirror) = mirror() {
            let mirror = mirror.display();
            let words =
                format!("provider_installation {{\n  filesystem_mirror {{\n    path = \"{mirror}\"\n  }}\n}}\n");
            fs::write(folder.path().join("terraform.rc"), words)?;
        }
        let terraform = Self { binary, folder, module, variables: Vec::new() };
        terraform.run(&["init", "-input=false", "-no-color"])?;
        Ok(terraform)
    }

    /// Sets a variable of the root module.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.push((format!("TF_VAR_{name}"), value.to_owned()));
    }

    /// Runs one command and returns what it printed.
    ///
    /// # Errors
    /// It cannot be started, or fails; the error holds what it said.
    pub fn run(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.binary);
        let settings = self.folder.path().join("terraform.rc");
        if settings.exists() {
            command.env("TF_CLI_CONFIG_FILE", settings);
        }
        let output = command
            .arg(format!("-chdir={}", self.folder.path().join(self.module).display()))
            .args(arguments)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("TF_IN_AUTOMATION", "1")
            .env("CHECKPOINT_DISABLE", "1")
            .stdin(Stdio::null())
            .output()
            .with_context(|| format!("cannot run {}", self.binary.display()))?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let name = arguments.first().copied().unwrap_or_default();
        ensure!(
            output.status.success(),
            "terraform {name} failed: {}{}",
            tail(&said),
            tail(&String::from_utf8_lossy(&output.stderr))
        );
        Ok(said)
    }

    /// The value of an output.
    ///
    /// # Errors
    /// There is no such output.
    pub fn output(&self, name: &str) -> Result<Value> {
        Ok(serde_json::from_str(&self.run(&["output", "-json", name])?)?)
    }
}

fn tail(words: &str) -> String {
    let lines: Vec<&str> = words.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let left_behind = name == ".terraform" || name.to_string_lossy().contains("tfstate");
        if entry.file_type()?.is_dir() {
            if !left_behind {
                copy(&entry.path(), &to.join(name))?;
            }
        } else if !left_behind {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

/// The folder with an unpacked AWS provider, if there is one.
fn mirror() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os("TERRAFORM_MIRROR") {
        return Some(named.into());
    }
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".terraform.d"));
    let usual = ["/opt", "/usr/share/terraform", "/usr/local/share/terraform"].map(PathBuf::from);
    usual
        .into_iter()
        .chain(home)
        .flat_map(|folder| children(&folder))
        .find(|mirror| children(mirror).iter().any(|host| host.join("hashicorp/aws").is_dir()))
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect()
}
