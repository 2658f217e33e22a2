# Cases that used to give a wrong dose without a word: each is refused or told now.
python3 - <<'PY'
import json, math, struct
N, SP = (24, 20, 16), (4.0, 4.0, 4.0)
def write(name, value):
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
        struct.pack_into("<4f", h, 280 + 16 * r, *row)
    h[344:348] = b"n+1\0"
    data = [value(i, j, k) for k in range(N[2]) for j in range(N[1]) for i in range(N[0])]
    open(name, "wb").write(bytes(h) + struct.pack("<%df" % len(data), *data))
def box(lo, hi):
    return lambda i, j, k: float(all(a <= x < b for a, x, b in zip(lo, (i, j, k), hi)))
liver, tumor = box((4, 4, 2), (20, 16, 10)), box((8, 8, 4), (12, 12, 8))
left, right = box((4, 4, 12), (10, 16, 15)), box((14, 4, 12), (20, 16, 15))
write("liver.nii", liver)
write("tumor.nii", tumor)
write("seg.nii", box((6, 6, 3), (14, 14, 9)))
write("all.nii", lambda i, j, k: 1.0)
write("left.nii", left)
write("right.nii", right)
N, whole = (24, 14, 12), N
write("ct.nii", lambda i, j, k: 40.0)
N = whole
def activity(i, j, k):
    return 1e6 * liver(i, j, k) * (1 + 3 * tumor(i, j, k)) + 1e5 * (left(i, j, k) + 3 * right(i, j, k))
write("pet.nii", activity)
write("counts.nii", activity)
write("late.nii", activity)
pet = {"Units": "Bq/mL", "TracerRadionuclide": "Y90", "ImageDecayCorrected": False,
       "ScanStart": "2026-09-10T09:00:00-04:00"}
json.dump(pet, open("pet.json", "w"))
json.dump(dict(pet, Units="counts"), open("counts.json", "w"))
def case(name, **more):
    base = {"case_id": "guard", "voi": ["liver=liver.nii", "tumor=tumor.nii", "perfused:A=liver.nii"],
            "injection_time": "2026-09-09T10:00:00-04:00", "residual_fraction": 0.01,
            "lung_shunt_fraction": 0.05}
    base.update(more)
    json.dump({k: v for k, v in base.items() if v is not None}, open(name, "w"))
two = ["liver=liver.nii", "tumor=tumor.nii", "perfused:A=liver.nii", "perfused:B=seg.nii"]
parts = [{"perfused": "A", "activity_gbq": 1.0}, {"perfused": "B", "activity_gbq": 0.5}]
case("one.json", pet="pet.nii", activity_gbq=2.0)
case("listed.json", pet="pet.nii", injections=[{"perfused": "A", "activity_gbq": 1.0}])
case("two.json", pet="pet.nii", voi=two, injections=parts)
case("two-spect.json", spect="counts.nii", voi=two, injections=parts)
case("staged.json", spect="counts.nii", voi=two, injection_time=None, scenario="bilobar",
     bilobar_session="staged", injections=[
         dict(parts[0], injection_time="2026-09-09T10:00:00-04:00"),
         dict(parts[1], injection_time="2026-10-14T10:00:00-04:00")])
case("two-top.json", spect="counts.nii", voi=two, activity_gbq=2.0,
     injections=[{"perfused": "A"}, {"perfused": "B"}])
PY

value() { # FILE EXPRESSION on r
    python3 -c "import json,sys; r=json.load(open(sys.argv[1])); assert $2, $2" "$1"
}
refused() { # STATUS TEXT COMMAND ARGS...
    want=$1 text=$2
    shift 2
    status=0
    "$TARE" "$@" --out refused >out.txt 2>errors || status=$?
    [ "$status" -eq "$want" ] || { echo "$*: exit $status, wanted $want"; cat errors; exit 1; }
    [ "$(wc -l <errors)" -eq 1 ]
    grep -q -- "$text" errors || { echo "$*: no '$text' in:"; cat errors; exit 1; }
    [ ! -e refused/result.json ]
}
told() { # RESULT TEXT
    value "$1" "any('$2' in w for w in r['warnings'])"
}

# Several injections: an activity, an image, a flag must not be taken for each of them.
refused 3 "count its activity twice" verify two.json
refused 2 "does not say which of its 2 injections" plan two-top.json
refused 2 "describes one injection" verify two-spect.json --residual-fraction 0.1
"$TARE" plan two-spect.json --out shared >text
told shared/result.json "same image"
value shared/result.json 'abs(r["activity"]["administered_gbq"] - 1.5) < 1e-9'

# Flag > case, for the only injection of a list too.
"$TARE" verify listed.json --activity-gbq 2.5 --out flagged >text
value flagged/result.json 'abs(r["activity"]["administered_gbq"] - 2.5) < 1e-9'

# A stated unit is not overruled, and nothing is injected after the scan that shows it.
refused 3 "states counts" verify one.json --pet counts.nii --calibration bqml
refused 3 "states Bq/ml" verify one.json --calibration factor:10
refused 3 "after the image was acquired" verify one.json --injection-time 2026-09-12T10:00:00-04:00

# Left and right lung are one organ.
"$TARE" verify one.json --voi liver=liver.nii --voi perfused:A=liver.nii --voi tumor=tumor.nii \
    --voi lungs:L=left.nii --voi lungs:R=right.nii --out lungs >text
value lungs/result.json 'sum(v["name"] == "lungs" for v in r["vois"]) == 1'
value lungs/result.json 'abs(r["activity"]["counts_share"]["lungs"] - r["activity"]["counts_share"]["L"] - r["activity"]["counts_share"]["R"]) < 1e-9'
value lungs/result.json 'abs(r["activity"]["counts_share"]["liver+lungs"] - 1) < 1e-6'
value lungs/result.json 'abs(r["lungs"]["voxel_mean_gy"] - sum(v["mean_gy"] for v in r["vois"] if v["name"] in "LR") / 2) < 1e-3'

# Parameters of a role that is none, or of no number, are not skipped.
refused 2 "geud-a: 'tumr=3'" verify one.json --geud-a tumr=3
refused 2 "alpha-beta-gy: 'tumor=ten'" verify one.json --alpha-beta-gy tumor=ten
"$TARE" verify one.json --geud-a normal_perfused=2 --out role >text
value role/result.json 'any(v["eud_gy"] for v in r["vois"] if v["role"] == "normal_perfused")'
value role/result.json 'all(v["survival_eud_gy"] is None and "alpha_per_gy" in v["survival_eud_reason"] and v["eubed_gy"] is None and v["eubed_reason"] for v in r["vois"] if v["mean_gy"] is not None)'
"$TARE" verify one.json --alpha-per-gy liver=0.01 --alpha-beta-gy liver=2.5 --repair-half-time-h liver=2.5 --out alive >text
value alive/result.json 'all(v["min_gy"] < v["survival_eud_gy"] < v["mean_gy"] and v["survival_eud_gy"] < v["eubed_gy"] < v["bed_gy"] for v in r["vois"] if v["role"] == "liver")'

# The clinic's file and the plan are inputs; another case's plan is told.
echo '{"lung_limit_gy": 25}' >site.json
sed 's/"pet": "pet.nii"/"spect": "counts.nii"/' one.json >plan.json
"$TARE" plan plan.json --case-id other --out planned >text
"$TARE" verify one.json --site site.json --plan planned --out compared >text
value compared/result.json '{"site", "plan"} <= {i["role"] for i in r["inputs"]}'
told compared/result.json "of case "
value compared/result.json 'r["activity"]["residual_source"] == "case"'

# Activity of the image against that injected; a territory that is not in the liver.
"$TARE" verify one.json --activity-gbq 0.1 --voi liver=liver.nii --voi perfused:A=all.nii --out doubts >text
told doubts/result.json "GBq were injected"
told doubts/result.json "outside the liver and counts in its volume; its doses"

# Lungs that have had their dose: a plan of nothing, not a failure.
"$TARE" plan plan.json --scenario unilobar --prior-lung-gy 60 --hepatic-reserve-percent 40 --out full >text
value full/result.json 'r["prescription"]["prescribed_gbq"] == 0 and r["prescription"]["vial"] is None'
value full/result.json 'r["prescription"]["outcome"] == "aim not reached" and r["prescription"]["max_id"] == "L-02"'
sed 's|, "activity_gbq": 2.0||' plan.json >nothing.json
"$TARE" plan nothing.json --scenario unilobar --prior-lung-gy 60 --out nothing >text
value nothing/result.json 'r["activity"]["dose_is_for_gbq"] == 1'

# F that is not the image's share comes with what the choice of the region does.
"$TARE" plan plan.json --voi liver=liver.nii --voi lungs:L=left.nii --voi lungs:R=right.nii \
    --lung-shunt-fraction 0.3 --out shunt >text
told shunt/result.json "every dose is"

# A grid that misses a part of the image loses activity, or heaps it up elsewhere.
refused 3 "of the activity image's sum" plan plan.json --ct ct.nii --dose-grid ct
refused 3 "of the activity image's sum" verify one.json --ct ct.nii --dose-grid ct

# So does a body that is not about the activity: half of the liver is outside this CT.
"$TARE" verify one.json --ct ct.nii --density ct --out outside >text
told outside/result.json "outside the body"

# What is accepted is used or told.
refused 2 "keep: 'dose' is not one of" plan plan.json --keep kernel,dose
"$TARE" plan plan.json --prior-liver-gy 30 --out prior >text
told prior/result.json "prior_liver_gy"

# Derived where the times allow: five weeks between the sessions.
"$TARE" plan staged.json --out staged >text
value staged/result.json 'any(c["id"] == "S4-11" and abs(c["value"] - 5) < 1e-9 for c in r["checks"])'
