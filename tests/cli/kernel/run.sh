# tests/cli/kernel - `tare kernel` prints, compares and refuses.
"$TARE" kernel --medium liver --voxel-mm 4,4.4,3.2 --json > k.json
/usr/bin/python3 - <<'PY'
import json
k = json.load(open("k.json"))
assert (k["nuclide"], k["medium"], k["density_g_cm3"]) == ("Y-90", "liver", 1.05), k
assert k["voxel_mm"] == [4, 4.4, 3.2]
assert abs(k["energy_mev_per_decay"] - 0.93121) < 5e-6
m = 4 * 4.4 * 3.2 * 1e-6 * 1.05
total = sum(v["s_mgy_per_mbq_s"] * 1e-9 * m / 1.602176634e-13
            * (1 + (v["i"] > 0)) * (1 + (v["j"] > 0)) * (1 + (v["k"] > 0)) for v in k["values"])
assert abs(total - k["energy_mev_per_decay"]) < 1e-9, total
PY
"$TARE" kernel --medium water --voxel-mm 3,3,3 > text
grep -q "Y-90 in water of 1 g/cm3, voxels of 3 x 3 x 3 mm" text
[ "$(wc -l < text)" -le 25 ]

# --csv holds the same values, reads back as a table to check, and overwrites nothing.
"$TARE" kernel --medium liver --voxel-mm 4,4.4,3.2 --csv k.csv --json > again.json
/usr/bin/python3 - <<'PY'
import csv, json
rows = list(csv.DictReader(open("k.csv")))
values = json.load(open("k.json"))["values"]
assert len(rows) == len(values) > 20
for row, value in zip(rows, values):
    assert all(int(row[axis]) == value[axis] for axis in "ijk"), (row, value)
    wanted = value["s_mgy_per_mbq_s"]
    assert abs(float(row["s_mgy_per_mbq_s"]) - wanted) <= 1e-8 * wanted, (row, value)
PY
"$TARE" kernel --medium liver --voxel-mm 4,4.4,3.2 --check k.csv > text
grep -q "0.93121 MeV" text && grep -Eq "[+-]0.00 % at most" text

refused() { # exit code, part of the message, arguments
    want=$1 part=$2
    shift 2
    code=0
    "$TARE" kernel "$@" > out 2> err || code=$?
    [ "$code" = "$want" ] || { echo "exit $code for $*"; cat err; exit 1; }
    grep -qF -- "$part" err || { echo "no '$part' for $*"; cat err; exit 1; }
    [ "$(wc -l < err)" = 1 ] && [ ! -s out ]
}
refused 2 "not three sizes" --voxel-mm 4
refused 2 "not three sizes" --voxel-mm 4,4,4,4
refused 2 "not three sizes" --voxel-mm 4,4,nan
refused 3 "voxel size 0 mm" --voxel-mm 0,4,4
refused 3 "voxel size 51 mm" --voxel-mm 4,51,4
refused 2 "Y-90 in water, Y-90 in liver" --nuclide Ho-166 --voxel-mm 4,4,4
refused 2 "density-g-cm3" --density-g-cm3 9 --voxel-mm 4,4,4
refused 3 "no-such.csv" --voxel-mm 4,4,4 --check no-such.csv
printf 'i,j,k,S\n0,0,0,1\n1,0,0\n' > short.csv
refused 3 "short.csv: line 3" --voxel-mm 4,4,4 --check short.csv
printf 'i,j,k,S\n0,0,0,1\n1,0,0,-2\n' > negative.csv
refused 3 "negative.csv: line 3" --voxel-mm 4,4,4 --check negative.csv
: > empty.csv
refused 3 "empty.csv" --voxel-mm 4,4,4 --check empty.csv
refused 2 "empty.csv" --voxel-mm 4,4,4 --csv empty.csv
refused 4 "no-such-folder" --voxel-mm 4,4,4 --csv no-such-folder/k.csv

tables="$SHARED/testdata/svalues/mghro-MIRDCalculation__lanconelli"
[ -d "$tables" ] || exit 0
for size in 2.21 3 4.42 9.28; do
    for medium in soft:liver:1.04:2 bone:bone:1.85:4; do
        IFS=: read -r name table density percent <<MEDIUM
$medium
MEDIUM
        "$TARE" kernel --medium "$table" --density-g-cm3 "$density" --voxel-mm $size,$size,$size \
            --check "$tables/90Y${size}mm$name.txt" --json > check.json
        PERCENT=$percent /usr/bin/python3 - <<'PY'
import json, os
c = json.load(open("check.json"))["check"]
assert c["above_1e-2"]["values"] >= 3 and abs(c["above_1e-2"]["worst_percent"]) < float(os.environ["PERCENT"]), c
PY
    done
done
