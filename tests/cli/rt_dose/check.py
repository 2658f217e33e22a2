"""plastimatch's sphere: radius 40 mm at LPS (10, -20, 0), contours every 5 mm, dose of 70 Gy.

The contours hold 266.24 ml (areas x 5 mm), the voxels that plastimatch drew them about 3336 or
266.88 ml with a mean of 35.6667 Gy; the formula gives 268.08 ml. A contour cuts its border voxels,
so volumes agree to 0.5 % and the mean to what the border of a steep dose makes of it.
"""
import csv
import math
import pathlib
import subprocess

from e2e import near, need, result, shared, tare, tool, voi

sphere = shared("testdata/rt/plastimatch-synth__sphere_A")
tool("plastimatch")
subprocess.run(["plastimatch", "convert", "--input", str(sphere / "rtss.dcm"), "--referenced-ct",
                str(sphere), "--output-prefix", "masks", "--prefix-format", "nrrd"],
               check=True, capture_output=True)
drawn = next(pathlib.Path("masks").glob("*.nrrd"))
subprocess.run(["plastimatch", "dvh", "--input-ss-img", str(drawn), "--input-dose",
                str(sphere / "dose.dcm"), "--output-csv", "theirs.csv", "--cumulative",
                "--num-bins", "800", "--bin-width", "0.1", "--dose-units", "gy"],
               check=True, capture_output=True)
tare("dvh", "--dose", sphere / "dose.dcm", "--voi", f"tumor:S={sphere / 'rtss.dcm'}#Foreground",
     "--out", "contours")
tare("dvh", "--dose", sphere / "dose.dcm", "--voi", f"tumor:S={drawn}", "--out", "mask")
contours, voxels = voi(result("contours"), "S"), voi(result("mask"), "S")
print(f"contours {contours['volume_ml']:.3f} ml, {contours['mean_gy']:.4f} Gy; "
      f"plastimatch's mask {voxels['volume_ml']:.3f} ml, {voxels['mean_gy']:.4f} Gy")
near(contours["volume_ml"], 266.24, 1e-3, "volume of the contours, ml")
near(contours["volume_ml"], 4 / 3 * math.pi * 64, 0.01, "volume of the sphere, ml")
near(contours["mean_gy"], 35.6667, 0.01, "mean in the contours, Gy")
near(contours["max_gy"], 69.99981, 1e-5, "greatest dose, Gy")
# Voxel by voxel there is nothing to interpret: the same numbers as plastimatch's.
near(voxels["volume_ml"], 3336 * 0.08, 1e-6, "volume of the mask, ml")
near(voxels["mean_gy"], 35.6667, 3e-6, "mean in the mask, Gy")
with open("theirs.csv", newline="", encoding="utf-8") as f:
    theirs = {float(r[0]): float(r[1]) for r in list(csv.reader(f))[1:]}
with open("mask/dvh.csv", newline="", encoding="utf-8") as f:
    ours = [(float(r["dose_gy"]), float(r["volume_fraction"])) for r in csv.DictReader(f)]


def at(dose):
    """our cumulative curve, linear between its points"""
    for (x0, y0), (x1, y1) in zip(ours, ours[1:]):
        if x0 <= dose <= x1:
            return y0 + (y1 - y0) * (dose - x0) / (x1 - x0) if x1 > x0 else y1
    return 0.0


# Many voxels share one dose here, so both curves have steps; ours has a point every 0.25 Gy or so.
worst = 0.0
for d in theirs:
    if 0.5 <= d <= 69:
        near_by = [v for x, v in theirs.items() if abs(x - d) < 0.31]
        worst = max(worst, min(near_by) - at(d), at(d) - max(near_by))
print(f"DVH beside plastimatch's, within 0.3 Gy: {100 * worst:.3f} % of the volume apart")
need(worst < 1e-3, f"DVH differs from plastimatch's by {worst} of the volume")
