# Two dose maps with known differences: on one grid, on two, outside each other, not in Gy.
python3 - <<'PY'
import math, struct
N, SP = (20, 16, 12), (3.0, 2.5, 4.0)
def write(name, origin, value):
    h = bytearray(352)
    struct.pack_into("<i", h, 0, 348)
    struct.pack_into("<8h", h, 40, 3, *N, 1, 1, 1, 1)
    struct.pack_into("<2h", h, 70, 16, 32)
    struct.pack_into("<4f", h, 76, 1, *SP)
    struct.pack_into("<2f", h, 108, 352, 1)
    h[123] = 2
    struct.pack_into("<h", h, 254, 1)
    for r in range(3):
        row = [0.0] * 4
        row[r] = -SP[r] if r < 2 else SP[r]
        row[3] = -origin[r] if r < 2 else origin[r]
        struct.pack_into("<4f", h, 280 + 16 * r, *row)
    h[344:348] = b"n+1\0"
    data = [value(i, j, k) for k in range(N[2]) for j in range(N[1]) for i in range(N[0])]
    open(name, "wb").write(bytes(h) + struct.pack("<%df" % len(data), *data))
def ramp(i, j, k):
    return 20.0 + 3.0 * i
write("a.nii", (0, 0, 0), ramp)
write("plus3.nii", (0, 0, 0), lambda i, j, k: ramp(i, j, k) + 0.03 * 77.0)
write("half.nii", (1.5, 0, 0), ramp)
write("aside.nii", (30, 0, 0), ramp)
write("far.nii", (500, 0, 0), ramp)
write("mask.nii", (0, 0, 0), lambda i, j, k: float(5 <= i < 15 and 3 <= j < 9 and 2 <= k < 8))
PY

value() { # FILE EXPRESSION on r
    python3 -c "import json,sys; r=json.load(open(sys.argv[1])); assert $2, $2" "$1"
}

"$TARE" compare a.nii a.nii --json >same.json
value same.json 'r["gamma"]["max"] == 0 and r["gamma"]["pass_percent"] == 100 and not r["warnings"]'
value same.json 'r["waived_by"] == []'
value same.json 'all(i["dice"] == 1 for i in r["isodoses"])'

"$TARE" compare a.nii plus3.nii --distance-mm 0.1 --voi tumor:T1=mask.nii --out out >text
value out/compare.json 'abs(r["bland_altman"]["mean_difference_gy"] - 2.31) < 1e-4'
value out/compare.json 'abs(r["vois"][0]["difference"]["mean_gy"] - 2.31) < 1e-4'
value out/compare.json 'abs(r["vois"][0]["a"]["mean_gy"] - (20 + 3 * 9.5)) < 1e-4'
value out/compare.json 'abs(r["gamma"]["mean"] - 1) < 0.02 and r["b_interpolated"] is False'
[ -s out/gamma.nii.gz ]
[ "$(wc -l <text)" -le 25 ]
! grep -q "nii" out/compare.json

# Half a voxel aside: 1.5 Gy less.
"$TARE" compare a.nii half.nii --voi tumor:T1=mask.nii --json >result-half.json
value result-half.json 'r["b_interpolated"] and len(r["warnings"]) == 1'
value result-half.json 'abs(r["vois"][0]["difference"]["mean_gy"] + 1.5) < 1e-4'
value result-half.json 'abs(r["vois"][0]["difference"]["d50_gy"] + 1.5) < 1e-4'

refused() { # STATUS TEXT ARGS...
    want=$1 text=$2
    shift 2
    status=0
    "$TARE" compare "$@" >out.txt 2>errors || status=$?
    [ "$status" -eq "$want" ] || { echo "$*: exit $status, wanted $want"; cat errors; exit 1; }
    [ "$(wc -l <errors)" -eq 1 ]
    grep -q -- "$text" errors || { echo "$*: no '$text' in:"; cat errors; exit 1; }
    [ ! -s out.txt ]
}
refused 3 "both dose maps" a.nii far.nii
refused 3 "VOI T1 lies partly outside" a.nii aside.nii --voi tumor:T1=mask.nii
refused 2 "out" a.nii a.nii --out out
refused 2 "isodose" a.nii a.nii --isodose-gy none
refused 2 "argument B" a.nii
