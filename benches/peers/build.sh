#!/usr/bin/env bash
# Builds the Rust peers and plywood's own program into PEERS_TARGET; needs a virtual environment PYENV for the others and
# fills it if it is not there. Takes half an hour on two cores.
#
#   PEERS_TARGET=folder PYENV=folder ./build.sh
set -euo pipefail
cd "$(dirname "$0")"
: "${PEERS_TARGET:?set PEERS_TARGET to a build folder outside this tree}"
: "${PYENV:?set PYENV to the virtual environment of the Python peers, which is made if it is not there}"

if [ ! -x "$PYENV/bin/python" ]; then
    python3 -m venv "$PYENV"
    "$PYENV/bin/pip" install -r python/requirements.txt
fi

# plywood finds the instruction set when it runs
(cd ../.. && CARGO_TARGET_DIR=$PEERS_TARGET/plywood cargo build --release -p plywood-benches --bin workload)

# the peers with plywood's own profile, and for this machine's processor: their best
export CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
export RUSTFLAGS="${RUSTFLAGS:--C target-cpu=native}"
dfdx/build.sh
for peer in candle burn; do
    (cd $peer && CARGO_TARGET_DIR=$PEERS_TARGET/$peer cargo build --release)
done
