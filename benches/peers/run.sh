#!/usr/bin/env bash
# Measures plywood and its peers side by side and prints the table of ratios: for each workload and number of threads all
# systems follow one another, and the whole is repeated, so that every ratio comes from the same minutes.
#
#   PEERS_TARGET=folder PYENV=folder ./run.sh [results]
#
# Appends to `results` (PEERS_TARGET/results.txt) one line for each figure, `peer workload threads median unit best
# repeats`, and ends with summarize.py. What makes a run shorter:
#
#   ROUNDS=1                      one round instead of two: half an hour instead of one, on two cores
#   WORKLOADS="W1 W3" THREADS=1   some of it
#   PEERS="plywood torch"         some of them
#   BENCH_N=7 BENCH_WARM=0.1 BENCH_REP=0.05   shorter measurements, see benches/workload/measure.rs: a smoke test
#
# PLYWOOD is plywood's program, that of build.sh unless it is set.
#
# Before each program it waits for an idle machine, QUIET seconds at most (0: does not look).
#
# MALLOC=tuned runs all with glibc's malloc told to keep its memory and to take huge pages, which spares systems that
# allocate in every step many page faults; their names then end in -malloc.
set -uo pipefail
cd "$(dirname "$0")"
: "${PEERS_TARGET:?set PEERS_TARGET to the folder of build.sh}"
: "${PYENV:?set PYENV to the virtual environment of build.sh}"
WORKLOADS=${WORKLOADS:-W1 W2 W3 W4 W5 W6 W7}
THREADS=${THREADS:-1 2}
PEERS=${PEERS:-plywood torch jax onnxruntime burn candle dfdx}
ROUNDS=${ROUNDS:-2}
QUIET=${QUIET:-60}
RESULTS=$(realpath "${1:-$PEERS_TARGET/results.txt}")
LOG=$PEERS_TARGET/run.log
PLYWOOD=${PLYWOOD:-$PEERS_TARGET/plywood/release/workload}

exec 9>"$PEERS_TARGET/lock"
flock --nonblock 9 || { echo "another run is in progress" >&2; exit 1; }

export PYTHONDONTWRITEBYTECODE=1 TORCHINDUCTOR_CACHE_DIR=$PEERS_TARGET/inductor
if [ "${MALLOC:-}" = tuned ]; then
    PEERS=${PEERS/plywood/} # its steps allocate nothing
    export PEER_SUFFIX=-malloc
    export GLIBC_TUNABLES=glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=8589934592:glibc.malloc.hugetlb=1
fi

measure() { # peer workload threads
    local peer=$1 workload=$2 threads=$3
    export OMP_NUM_THREADS=$threads RAYON_NUM_THREADS=$threads
    # as many processors as threads, so that no pool of any library takes more
    local last=$(($(nproc --all) - 1))
    local pinned=(taskset --cpu-list "$((last - threads + 1))-$last")
    case $peer/$workload in
        plywood/*) "${pinned[@]}" "$PLYWOOD" "$workload" "$threads" ;;
        torch/W3)
            for variant in eager compile; do python torch "$variant"; done ;;
        torch/W4 | torch/W5)
            # a process for each, so that the peak memory is its own
            for variant in eager eager-cl compile compile-cl; do python torch "$variant"; done ;;
        torch/* | jax/* | onnxruntime/W[1267]) python "$peer" ;;
        onnxruntime/* | */W7) ;;
        *) "${pinned[@]}" "$PEERS_TARGET/$peer/release/peer-$peer" "$workload" "$threads" ;;
    esac
}

python() { # peer [variant], of the workload and threads of `measure`
    "${pinned[@]}" "$PYENV/bin/python" "python/$1_peer.py" "$workload" "$threads" "${@:2}"
}

# The share of time, in percent, that the processors were not idle in half a second.
busy() {
    local before after total=0 i
    read -r -a before < <(head -1 /proc/stat)
    sleep 0.5
    read -r -a after < <(head -1 /proc/stat)
    for i in {1..8}; do total=$((total + after[i] - before[i])); done
    local idle=$((after[4] - before[4] + after[5] - before[5]))
    echo $(((total - idle) * 100 / (total > 0 ? total : 1)))
}

wait_for_quiet() {
    local tries=$((QUIET * 2))
    while [ "$tries" -gt 0 ]; do
        [ "$(busy)" -le 8 ] && return
        tries=$((tries - 1))
    done
    [ "$QUIET" = 0 ] || echo "# the machine was not quiet" >>"$LOG"
}

for round in $(seq "$ROUNDS"); do
    for workload in $WORKLOADS; do
        for threads in $THREADS; do
            for peer in $PEERS; do
                wait_for_quiet
                echo "# round $round: $peer $workload $threads, $(date +%T)" >>"$LOG"
                measure "$peer" "$workload" "$threads" 2>>"$LOG" | tee -a "$RESULTS" ||
                    echo "# failed: $peer $workload $threads, see $LOG" >&2
            done
        done
    done
done
python3 summarize.py "$RESULTS"
