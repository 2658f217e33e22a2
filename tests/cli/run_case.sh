#!/bin/sh
# run_case.sh TARE CASE_DIR: runs CASE_DIR/run.sh in a fresh empty folder that is removed after.
set -eu
TARE=$1
CASE=$2
SHARED=${OT_SHARED:-$(cd "$2/../../../.." && pwd)/shared} # real images for tests; may be absent
export TARE CASE SHARED
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sh -eu "$CASE/run.sh"
