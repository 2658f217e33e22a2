"""Patient 1: verify from Bq/ml without times, against exact overlap areas by numpy."""
from e2e import near, need, refused, result, shared, tare, voi

TRUTH = {  # segment: ml, mean Gy by local deposition, values taken as Bq/ml at injection
    "Liver": (1488.47, 33.3316),
    "Tumor 1": (15.63, 67.6731),
    "Tumor 2": (209.58, 163.253),
    "Tumor 3": (0.21, 58.573),
    "Tumor 4": (0.52, 298.84),
    "Tumor 5": (0.73, 171.48),
    "Tumor 6": (1.60, 22.309),
    "Normal Tissue": (1265.20, 11.1521),
}
TOTAL_GBQ = 1.122965  # of the whole image
clinical = shared("testdata/clinical")
pet, seg = clinical / "patient_1_Y90_PET.nrrd", clinical / "patient_1_Segmentation.seg.nrrd"
verify = ["verify", "--pet", pet, "--case-id", "P1", "--calibration", "bqml", "--activity-gbq", 1.4,
          "--residual-fraction", 0, "--dose-engine", "local", "--voi", f"liver={seg}#Liver",
          *(a for i in range(1, 7) for a in ("--voi", f"tumor:Tumor {i}={seg}#Tumor {i}"))]

# No times in the file: refused until someone says what the values refer to.
refused(3, ["pet", "--decay-reference"], *verify, "--out", "refused",
        out="refused")

tare(*verify, "--decay-reference", "injection", "--out", "local")
res = result("local")
near(res["activity"]["total_in_image_gbq"], TOTAL_GBQ, 1e-5, "activity of the image")
tare("dvh", "--dose", "local/dose.nii.gz", "--case-id", "P1", "--out", "dvh",
     *(a for n in TRUTH for a in ("--voi", f"tumor:{n}={seg}#{n}")))
drawn = result("dvh")
for name, (ml, gy) in TRUTH.items():
    rows = [voi(drawn, name)]
    if name == "Liver":
        rows.append(voi(res, "liver"))
    elif name != "Normal Tissue":
        rows.append(voi(res, name))
    for row in rows:
        need(abs(row["volume_ml"] - ml) <= 1e-4 * ml + 0.005, f"{name}: {row['volume_ml']} ml")
        near(row["mean_gy"], gy, 0.002, f"{name}, mean Gy")
    print(f"{name}: {rows[0]['volume_ml']:.2f} ml (truth {ml}), {rows[0]['mean_gy']:.4f} Gy "
          f"(truth {gy}, {100 * (rows[0]['mean_gy'] / gy - 1):+.4f} %)")
# Liver less tumors, voxel by voxel, is what was drawn by hand (a part of the tumors lies outside).
near(voi(res, "normal_liver")["volume_ml"], TRUTH["Normal Tissue"][0], 2e-4, "normal liver, ml")

# The values stated a day after the injection: 2^(24 h / 64.1 h) more.

tare(*verify, "--decay-reference", "2026-03-04T10:00:00Z", "--injection-time",
     "2026-03-03T10:00:00Z", "--out", "later")
near(voi(result("later"), "liver")["mean_gy"], TRUTH["Liver"][1] * 2 ** (24 / 64.1), 0.002,
     "Liver a day after the injection, mean Gy")
