#!/usr/bin/env bash
# Builds the dfdx peer on a stable compiler, with convolutions.
#
# dfdx 0.13 hides its convolutions and pools behind its `nightly` feature (generic_const_exprs), which no longer compiles
# on a current nightly. Their operations do have an implementation for run-time image sizes that needs no such feature.
# So this copies dfdx out of cargo's registry, moves the gate onto the implementation for const sizes alone, and builds
# with that copy. The kernels are untouched.
set -euo pipefail
cd "$(dirname "$0")"
: "${PEERS_TARGET:?set PEERS_TARGET to a build folder outside this tree}"
copy=$PEERS_TARGET/patched/dfdx
cargo fetch --quiet
if [ ! -d "$copy" ]; then
    mkdir -p "$(dirname "$copy")"
    cp -r "${CARGO_HOME:-$HOME/.cargo}"/registry/src/*/dfdx-0.13.0 "$copy"
    operations=$copy/src/tensor_ops
    sed -i 's/\r$//' "$operations"/mod.rs "$operations"/{conv2d,pool2d}/mod.rs
    sed -i -E '/^#\[cfg\(feature = "nightly"\)\]$/{N;/\n(mod|pub use) (conv2d|pool2d)(;|::)/s/^[^\n]*\n//}' "$operations/mod.rs"
    for operation in conv2d pool2d; do
        sed -i '0,/^impl</s//#[cfg(feature = "nightly")]\nimpl</' "$operations/$operation/mod.rs"
    done
fi
CARGO_TARGET_DIR=$PEERS_TARGET/dfdx cargo build --release --config "patch.crates-io.dfdx.path=\"$copy\""
