#!/usr/bin/env bash
# Writes docs/local-loop.md: what `cargo lambda watch`, `cargo lambda invoke` and `plimsoll inbox` really print.
# Needs cargo-lambda (pip install cargo-lambda). Takes some minutes the first time: everything is compiled.
set -euo pipefail
cd "$(dirname "$0")/../.."
out=docs/local-loop.md
work=$(mktemp -d)
port=${PORT:-9119}
inbox_port=7117
export PLIMSOLL_STORE="$work/state.redb"
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT

# As `cargo lambda watch` builds: it runs `cargo run --bin NAME` for the whole workspace. With `-p NAME` some libraries have other
# features, and are compiled twice.
cargo build --quiet --bin plimsoll
plimsoll="${CARGO_TARGET_DIR:-target}/debug/plimsoll"

COLUMNS=110 "$plimsoll" inbox --port "$inbox_port" >"$work/inbox.txt" 2>&1 &
cargo lambda watch --invoke-address 127.0.0.1 --invoke-port "$port" --ignore-changes >"$work/watch.txt" 2>&1 &
for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
    sleep 0.2
done

invoke() { # function, event file
    printf '\n```console\n$ cargo lambda invoke %s --invoke-address 127.0.0.1 --invoke-port %s \\\n    --data-file %s\n' "$1" "$port" "$2"
    cargo lambda invoke "$1" --invoke-address 127.0.0.1 --invoke-port "$port" --data-file "$2" 2>"$work/error.txt" |
        python3 -c 'import json,sys; print(json.dumps(json.load(sys.stdin), indent=2, ensure_ascii=False))' ||
        cat "$work/error.txt"
    printf '```\n'
}

{
    echo '# The local loop'
    echo
    echo '`docs/scripts/local-loop.sh` runs exactly what stands here. In one terminal `plimsoll inbox`, in a second'
    printf '\n```sh\ncargo lambda watch --invoke-address 127.0.0.1 --invoke-port %s --ignore-changes\n```\n\n' "$port"
    echo 'and in a third what follows. The first `invoke` of a function waits until it is compiled. After `cargo run --bin plimsoll` that is'
    echo 'its own code alone; without it, everything that it needs: some minutes. The next one answers at once.'
    echo 'Without `--ignore-changes` a function is compiled again whenever a file changes.'
    invoke ecr-scan events/ecr-scan/image-scan-critical.json
    echo
    echo 'The same event again tells nobody anything:'
    invoke ecr-scan events/ecr-scan/image-scan-critical.json
    echo
    echo 'Any wrapping will do; an SQS batch is answered with the messages that must be delivered again:'
    invoke guardduty-finding events/guardduty-finding/wrapped-in-sqs.json
    echo
    echo 'What the inbox says, at 110 columns:'
    printf '\n```console\n$ plimsoll inbox\n'
    sleep 1
    cat "$work/inbox.txt"
    printf '```\n'
} >"$work/transcript.md"
mv "$work/transcript.md" "$out"
echo "wrote $out"
