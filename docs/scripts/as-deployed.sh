#!/usr/bin/env bash
# Writes docs/as-deployed.md: what the test `deployed` really does and how long it takes, in its long form.
# Needs Terraform, Python 3.10 and cargo-lambda (pip install cargo-lambda). Ten minutes, and a release build before that.
# PLIMSOLL_PACKAGES names a folder of zips that were made before, and PLIMSOLL_PACKAGES_ARE says what they are.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=docs/as-deployed.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

PLIMSOLL_LONG=1 PLIMSOLL_TRANSCRIPT="$work/transcript.md" \
    cargo test --workspace --locked --test deployed -- --nocapture

{
    cat <<'TEXT'
# The suite as deployed

Written by `docs/scripts/as-deployed.sh`, which runs

```sh
PLIMSOLL_LONG=1 cargo test --workspace --test deployed -- --nocapture
```

Terraform applies [infra/suite](../infra/suite/README.md) and `global-events` as they are, with an override of the
[endpoints](../tests/deployed/main.tf), onto the [test bed](../tests/bed/README.md): AWS on this machine, with IAM enforced.
The functions are release builds, unless the first table says otherwise. Events go onto their bus as AWS puts them there; what
people are told arrives by HTTP at something that plays Slack and by SNS in a queue. Then everything is destroyed, and all of
it is done again.

The times are those of an emulator on a machine with two cores: they say that it works, not how fast AWS is.

TEXT
    # Where zips were made is nobody's business.
    sed -E "s#\| Made before \|.*#| Zips that were made before | | ${PLIMSOLL_PACKAGES_ARE:-release builds} |#" "$work/transcript.md" |
        sed -E 's#^(\|[^|]*\|[^|]*\|.{200}).* \|$#\1… |#'
    cat <<'TEXT'

## What this does not show

The bed does not know how AWS retries a target, what a key's policy grants, or who may pass a role; `terraform test` and
`tests/terraform/policies.py` hold those. The APIs of Inspector, ECR, GuardDuty, Config and Backup answer from
[apis.json](../tests/deployed/apis.json), and what the functions ask of them is held against the list of what they may.
TEXT
} >"$work/page.md"
mv "$work/page.md" "$out"
