# scripts/lib.sh - what the scripts share; sourced with the repository's root as current folder.

mkdir -p build/log

# step NAME LOG COMMAND...: runs COMMAND with its output in build/log/LOG.log; one line when it
# goes well, the end of the log when it does not.
step() {
    local name=$1 log=build/log/$2.log start=$SECONDS status=0
    shift 2
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        echo "---- the end of $log"
        tail -n "${STEP_TAIL:-60}" "$log"
        echo "FAILED: $name (exit $status, $((SECONDS - start)) s); the whole output is in $log"
        return "$status"
    fi
    echo "$name: ok ($((SECONDS - start)) s)"
}

# As many compilers at once as there are cores, but one per 1.5 GiB: ITK's headers are heavy.
build_jobs() {
    local cores memory_kib by_memory
    cores=$(nproc)
    memory_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null || true)
    [ -n "$memory_kib" ] || memory_kib=1572864 # a chroot without /proc
    by_memory=$((memory_kib / 1572864))
    [ "$by_memory" -ge 1 ] || by_memory=1
    echo $((cores < by_memory ? cores : by_memory))
}

# use_ccache: from here on compilers run through ccache where it is installed.
use_ccache() {
    if command -v ccache >/dev/null; then
        export CMAKE_C_COMPILER_LAUNCHER=ccache CMAKE_CXX_COMPILER_LAUNCHER=ccache
        export CCACHE_BASEDIR=${CCACHE_BASEDIR:-$PWD} CCACHE_NOHASHDIR=1
    fi
}

# build PRESET TARGET [NAME=VALUE...]: configures where that was never done or a cache entry differs
# from what is wanted, then builds.
build() {
    local preset=$1 target=$2 wanted configure=()
    shift 2
    for wanted in "$@"; do
        grep -qsE "^${wanted%%=*}:[A-Z]+=${wanted#*=}\$" "build/$preset/CMakeCache.txt" ||
            configure+=("-D$wanted")
    done
    if [ ! -f "build/$preset/build.ninja" ] || [ ${#configure[@]} -gt 0 ]; then
        cmake --preset "$preset" "${configure[@]}"
    fi
    cmake --build --preset "$preset" --target "$target" -j "$(build_jobs)"
}
