"""Patient 2: plan from counts and overlapping segments, against exact overlap areas by numpy.

The expected table was computed from the files alone (fractions of voxels by exact overlap, local
deposition, 49.67 Gy kg/GBq, 1.05 g/ml), per GBq net in the liver contour.
"""
from e2e import load, near, need, refused, result, shared, tare, voi

TRUTH = {  # segment: ml, share of all counts, mean Gy per GBq
    "liver": (1726.42, 0.6023, 27.4005),
    "Tumor 1": (112.83, 0.1535, 106.831),
    "Tumor 2": (128.52, 0.1473, 90.0417),
    "perfused volume": (1082.23, 0.5657, 41.0583),
    "perfused normal": (799.43, 0.2449, 24.0662),
    "whole liver normal": (1443.27, 0.2814, 15.3165),
    "gallbladder": (41.79, 0.0200, 37.6379),
}
# Rounded to 0.01 ml and 0.0001: half a digit is allowed beside the tolerance.
clinical = shared("testdata/clinical")
spect, seg = clinical / "patient_2_SPECT.nrrd", clinical / "patient_2_Segmentation.seg.nrrd"
plan = ["plan", "--spect", spect, "--case-id", "P2", "--scenario", "unilobar", "--activity-gbq", 1,
        "--residual-fraction", 0, "--calibration", "relative:liver",
        "--voi", f"liver={seg}#liver", "--voi", f"perfused:perfused volume={seg}#perfused volume",
        "--voi", f"tumor:Tumor 1={seg}#Tumor 1", "--voi", f"tumor:Tumor 2={seg}#Tumor 2"]


def check(row, segment, dose=True, share=True):
    ml, part, gy = TRUTH[segment]
    need(abs(row["volume_ml"] - ml) <= 1e-4 * ml + 0.005, f"{segment}: {row['volume_ml']} ml")
    if share:
        need(abs(row["counts_share"] - part) <= 6e-5, f"{segment}: share {row['counts_share']}")
    if dose:
        near(row["mean_gy"], gy, 0.002, f"{segment}, mean Gy")
        print(f"{segment}: {row['volume_ml']:.2f} ml (truth {ml}), {row['mean_gy']:.4f} Gy/GBq "
              f"(truth {gy}, {100 * (row['mean_gy'] / gy - 1):+.4f} %)")


# Negative voxels: refused, with their number and place; nothing written.
message = refused(3, ["patient_2_SPECT.nrrd", "461", "i 7-106", "j 33-109", "k 0-159",
                      "--allow-negative"], *plan, "--out", "refused", out="refused")

# Every segment by its name, local deposition.
tare(*plan, "--allow-negative", "--dose-engine", "local", "--out", "local")
res = result("local")
for name in "liver", "perfused volume", "Tumor 1", "Tumor 2":
    check(voi(res, name), name)
need(any("461" in w and "k 0-159" in w for w in res["warnings"]), "no warning of negative voxels")
need(any("1.66" in w and "60.2 %" in w for w in res["warnings"]),
     f"no warning of the ratio 1.66: {res['warnings']}")
need(res["activity"]["lung_shunt_source"] == "assumed", "lung shunt was assumed")
need(all(c["verdict"] == "not_evaluated" for c in res["checks"] if c["id"] in ("L-01", "L-02")),
     "lung limits were judged without a lung shunt")
tare("dvh", "--dose", "local/dose.nii.gz", "--case-id", "P2", "--out", "dvh",
     *(a for n in TRUTH for a in ("--voi", f"tumor:{n}={seg}#{n}")))
for name in TRUTH:
    check(voi(result("dvh"), name), name, share=False)

# Voxel S values with the gallbladder left out: it lies in the liver contour, so every activity
# grows by share(liver) / (share(liver) - share(gallbladder)).
tare(*plan, "--allow-negative", "--voi", f"exclude:gallbladder={seg}#gallbladder", "--out", "vsv")
res = result("vsv")
names = {n: n for n in ("liver", "perfused volume", "Tumor 1", "Tumor 2", "gallbladder")}
names.update({"perfused normal": "normal_perfused", "whole liver normal": "normal_liver"})
held = TRUTH["liver"][1] - TRUTH["gallbladder"][1]
for segment, name in names.items():
    row = voi(res, name)
    check(row, segment, dose=False)
    need(abs(row["activity_gbq"] - TRUTH[segment][1] / held) < 3e-4,
         f"{segment}: {row['activity_gbq']} GBq, wanted {TRUTH[segment][1] / held}")
near(voi(res, "Tumor 1")["mean_gy"], TRUTH["Tumor 1"][2] * TRUTH["liver"][1] / held, 0.05,
     "Tumor 1 by voxel S values beside local deposition")
need(res["engine"]["energy_balance"] <= 0.005, f"energy balance {res['engine']['energy_balance']}")
need(any("1.68" in w for w in res["warnings"]), f"no warning of the ratio: {res['warnings']}")
need(load("vsv/result.json")["case_id"] == "P2", "case_id")
