#!/bin/sh
# run_case.sh TARE CASE_DIR: runs CASE_DIR/run.sh in a fresh empty folder that is removed after.
set -eu
TARE=$1
CASE=$2
SHARED=${OT_SHARED:-$(cd "$2/../../../.." && pwd)/shared} # real images for tests; may be absent
# Python tests find tests/cli/common/e2e.py and leave nothing in the source tree.
PYTHONPATH=$CASE/../common
PYTHONDONTWRITEBYTECODE=1
export TARE CASE SHARED PYTHONPATH PYTHONDONTWRITEBYTECODE
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
sh -eu "$CASE/run.sh"
