# Lists, explains and evaluates the criteria as a user does.
refused() { # STATUS WORDS ARGS...: exit status, one line on standard error that has the words
    status=$1
    words=$2
    shift 2
    set +e
    "$TARE" "$@" >out.txt 2>err.txt
    got=$?
    set -e
    [ "$got" -eq "$status" ]
    [ "$(wc -l <err.txt)" -eq 1 ]
    grep -q -- "$words" err.txt
    [ ! -s out.txt ]
}

"$TARE" scenarios >list.txt
for name in segmentectomy lobectomy unilobar bilobar mvi; do
    grep -q "$name" list.txt
    "$TARE" scenarios "$name" >explained.txt
    grep -q "Salem 2023, Table" explained.txt
    grep -q "contradictions and gaps" explained.txt
done
"$TARE" scenarios none | grep -q "S0-01"

cat >values.json <<'JSON'
{"vois.tumor.mean_gy": 204.9, "treatment_day": "W1 Wed", "child_pugh": "A5",
 "hepatic_reserve_percent": 35, "prior_therapy": ["resection", "tace"], "unresectable": true,
 "lungs.dose_gy": 31}
JSON
"$TARE" scenarios unilobar --evaluate values.json >checks.txt
grep -q "^fail *S3-04" checks.txt
grep -q "^fail *L-01" checks.txt
[ "$(wc -l <checks.txt)" -le 25 ]
"$TARE" scenarios unilobar --evaluate values.json --json >checks.json
set +e
"$TARE" scenarios unilobar --evaluate values.json --strict >strict.txt
[ $? -eq 6 ] || exit 1
set -e
echo '{"vois.tumor.mean_gy": 205, "treatment_day": "W1 Wed", "hepatic_reserve_percent": 35}' >good.json
"$TARE" scenarios unilobar --evaluate good.json --strict >strict.txt

echo '{"vois.tumour.mean_gy": 204.9}' >unknown.json
refused 2 "did you mean vois.tumor.mean_gy" scenarios unilobar --evaluate unknown.json
refused 2 "did you mean unilobar" scenarios unilober
refused 2 "needs a scenario" scenarios --evaluate values.json
refused 3 "absent.json" scenarios mvi --evaluate absent.json
echo '{"child_pugh": "A5", "child_pugh": "B9"}' >twice.json
refused 3 "twice.json" scenarios mvi --evaluate twice.json

"$TARE" scenarios --json >all.json
python3 - "$SHARED/physics/salem2023_criteria.csv" <<'PY'
"""The table in the program is the transcription, column by column, where that is at hand."""
import csv, json, os, sys

table = json.load(open("all.json", encoding="utf-8"))
assert len(table["criteria"]) == 179 and len(table["conflicts"]) == 34
checks = {c["id"]: c for c in json.load(open("checks.json", encoding="utf-8"))["checks"]}
fields = ["id", "scenario", "quantity", "voi", "value", "comparator", "limit", "unit", "verdict",
          "reason", "source", "grade", "consensus", "conflict"]
assert all(list(c) == fields for c in checks.values()), list(checks["S3-04"])
assert checks["S3-04"]["value"] == 204.9 and checks["S3-04"]["limit"] == 205
assert checks["S3-04"]["conflict"] == ["C12", "C24", "C29", "C34"]
assert checks["S3-01"]["value"] == "A5" and checks["S3-07"]["value"] is None
if os.path.exists(sys.argv[1]):
    rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8")))
    for row, ours in zip(rows, table["criteria"], strict=True):
        assert row == {k: str(v) for k, v in ours.items()}, (row, ours)
PY
