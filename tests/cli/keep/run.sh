# --keep puts intermediates beside the result; kernel.json is what `tare kernel` prints.
# fixture: phantom
"$TARE" plan "$PHANTOM/case-plan.json" --out kept --keep kernel,activity --threads 2 >/dev/null
test -s kept/activity.nii.gz && test ! -e kept/density.nii.gz
voxel=$(/usr/bin/python3 -c 'import json
print(",".join(str(x) for x in json.load(open("kept/kernel.json"))["kernels"][0]["voxel_mm"]))')
"$TARE" kernel --medium liver --voxel-mm "$voxel" --json >liver.json
"$TARE" kernel --medium lung --voxel-mm "$voxel" --json >lung.json
/usr/bin/python3 - <<'EOF'
import json

kept = json.load(open("kept/kernel.json"))
assert kept["schema"] == "opentare.kernels/1"
grid = json.load(open("kept/result.json"))["grid"]
tables = [(table["medium"], table["density_g_cm3"]) for table in kept["kernels"]]
assert tables == [("liver", 1.05), ("lung", 0.26), ("liver", 1.04)], tables
for table, name in zip(kept["kernels"], ("liver.json", "lung.json")):
    assert table["voxel_mm"] == grid["spacing_mm"], grid
    printed = json.load(open(name))
    printed.pop("beta_mev_per_decay")  # of the spectrum, not of the table
    assert table.keys() == printed.keys() and len(table["values"]) == len(printed["values"])
    for a, b in zip(table["values"], printed["values"]):
        assert (a["i"], a["j"], a["k"]) == (b["i"], b["j"], b["k"])
        assert abs(a["s_mgy_per_mbq_s"] - b["s_mgy_per_mbq_s"]) <= 1e-9 * b["s_mgy_per_mbq_s"], (a, b)
EOF

refused() { # words of --keep, part of the message, further arguments
    keep=$1 part=$2
    shift 2
    code=0
    "$TARE" plan "$PHANTOM/case-plan.json" --out never --keep "$keep" "$@" >out 2>message || code=$?
    test $code -eq 2 && test "$(wc -l <message)" -eq 1 && test ! -e never
    grep -qF "$part" message || { cat message; exit 1; }
}
refused kernels "not one of activity, density, kernel"
refused kernel,doses "'doses' is not one of"
refused kernel "'local' uses none" --dose-engine local
