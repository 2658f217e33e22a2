# The self-test passes, its files are whole, and nothing is left behind.
# labels: slow
mkdir tmp
TMPDIR=$PWD/tmp "$TARE" selftest --threads 2 --out filed >table
test "$(wc -l <table)" -le 60
! grep -q FAIL table
test "$(ls -A filed)" = "$(printf 'selftest.html\nselftest.json')"
test -z "$(ls -A tmp)"

/usr/bin/python3 - <<'EOF'
import json

result = json.load(open("filed/selftest.json"))
assert result["schema"] == "opentare.selftest/1" and result["passed"] is True
assert result["case_count"] == len(result["cases"]) >= 45 and result["failed_count"] == 0
for case in result["cases"]:
    assert case["name"] and case["truth"] and case["passed"] is True, case
    assert None not in (case["expected"], case["obtained"], case["tolerance"]), case
    if isinstance(case["expected"], str):
        assert case["expected"] == case["obtained"], case
    else:
        allowed = case["tolerance"] * (abs(case["expected"]) if case["tolerance_kind"] == "relative" else 1)
        assert abs(case["expected"] - case["obtained"]) <= allowed * (1 + 1e-9), case
groups = {case["group"] for case in result["cases"]}
assert groups == {"models", "vials", "histograms", "criteria", "kernels", "dose", "phantom"}, groups
page = open("filed/selftest.html").read()
assert "default-src 'none'; style-src 'unsafe-inline'" in page
assert "Signature" in page and result["git_commit"] in page and result["start_time"] in page
for never in ("<script", "http:", "https:", "src=", "url("):
    assert never not in page, never
for name in result["libraries"]:
    assert name in page, name
EOF

# A folder that is not empty is refused before any work; a folder that cannot be made too.
rc=0; "$TARE" selftest --out filed >out 2>message || rc=$?
test $rc -eq 2 && test "$(wc -l <message)" -eq 1 && test ! -s out
rc=0; TMPDIR=$PWD/nowhere "$TARE" selftest >out 2>message || rc=$?
test $rc -eq 4 && test "$(wc -l <message)" -eq 1 && grep -q TMPDIR message
