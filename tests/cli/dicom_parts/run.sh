# One volume of several, named behind '#' in a case; odd texts and a missing dictionary.
# fixture: phantom
spect=$PHANTOM/dicom/spect/spect.dcm
command -v dcmodify >/dev/null || exit 77

# d31: the same frames as two energy windows of half as many slices each.
python3 - "$spect" <<'PY'
import re, subprocess, sys
text = subprocess.run(["dcmdump", "+L", "+P", "0054,0080", sys.argv[1]], capture_output=True,
                      text=True, check=True).stdout
frames = len(re.search(r"US ([\d\\]+)", text).group(1).split("\\")) // 2 * 2
half = frames // 2
slices = "\\".join(str(n % half + 1) for n in range(frames))
windows = "\\".join(str(n // half + 1) for n in range(frames))
open("edit.txt", "w").write(f"{frames} {slices} {windows}\n")
PY
read -r frames slices windows <edit.txt
cp "$spect" two.dcm
count=$(dcmdump +P 0028,0008 "$spect" | sed 's/.*\[\([0-9]*\)\].*/\1/')
[ "$count" -eq "$frames" ] || exit 77 # an odd number of slices cannot be halved
dcmodify -nb -i "0054,0080=$slices" -i "0054,0010=$windows" -i "0054,0011=2" \
    -i "0054,0081=$((frames / 2))" two.dcm
status=0
"$TARE" dose --spect two.dcm --activity-gbq 1 --case-id S --out none >text 2>errors || status=$?
[ "$status" -eq 3 ] && [ "$(wc -l <errors)" -eq 1 ] && grep -q '2 energy windows.*FILE#window=1' errors
"$TARE" inspect two.dcm | grep -q 'why not: .*2 energy windows'
for n in 1 2; do
    echo "{\"case_id\": \"S\", \"spect\": \"two.dcm#window=$n\", \"activity_gbq\": 1, \"dose_engine\": \"local\"}" >case.json
    "$TARE" dose case.json --out "w$n" >text
done
python3 - "$frames" <<'PY'
import gzip, json, sys
half = int(sys.argv[1]) // 2
doses = []
for n in (1, 2):
    r = json.load(open(f"w{n}/result.json"))
    assert r["grid"]["size"][2] == half, r["grid"]
    assert any(f"of 2 energy windows, number {n}" in w for w in r["warnings"]), r["warnings"]
    assert "two.dcm" not in json.dumps(r)
    doses.append(gzip.open(f"w{n}/dose.nii.gz").read()[352:])
assert doses[0] != doses[1], "both windows gave one dose"
PY

# d33: texts that are no UTF-8 are shown with U+FFFD, and never hurt; d34: without its dictionary
# nothing is read.
cp "$spect" odd.dcm
dcmodify -nb -i "0008,0070=$(printf 'Mak\377er\033[31m')" odd.dcm
"$TARE" inspect odd.dcm --json | python3 -c 'import json,sys; s=json.load(sys.stdin)["series"][0]; assert s["usable_as"] == "spect" and "\x1b" not in s["vendor"] and s["vendor"].startswith("Mak"), s'
status=0
DCMDICTPATH=/nonexistent "$TARE" inspect odd.dcm >text 2>errors || status=$?
[ "$status" -ne 0 ] && [ "$(wc -l <errors)" -eq 1 ] && grep -q "data dictionary" errors
