"""A stomach of known place and activity beside a liver; a rim of blur; lungs."""
import math

from e2e import box_args, box_files, near, need, read_nifti, result, tare, write_nifti

SIZE, SPACING = (20, 18, 22), (4.0, 4.2, 3.6)
box = box_files("box")
counts = list(read_nifti(box / "spect.nii")[2])


def at(i, j, k):
    return i + SIZE[0] * (j + SIZE[1] * k)


# Blur of the hot liver: one voxel about it, far over the normal liver's mean.
for k in range(2, 12):
    for j in range(2, 16):
        counts[at(1, j, k)] = counts[at(18, j, k)] = 180.0
write_nifti(box / "blur.nii", SIZE, SPACING, counts)
args = [a if a != box / "spect.nii" else box / "blur.nii" for a in box_args(box)]
tare("plan", *args, "--case-id", "U", "--out", "none")
found = result("none")["extrahepatic"]
need(found["regions"] == [] and found["background_voi"] == "normal_liver", f"uptake without any: {found}")

# The stomach lies between lungs and liver, 5 x 4 x 2 voxels of 250 counts where the liver has 100.
stomach = [(i, j, k) for i in range(10, 15) for j in range(5, 9) for k in (14, 15)]
for place in stomach:
    counts[at(*place)] = 250.0
write_nifti(box / "stomach.nii", SIZE, SPACING, counts)
args = [a if a != box / "blur.nii" else box / "stomach.nii" for a in args]
tare("plan", *args, "--case-id", "U", "--extrahepatic-margin-mm", 8, "--out", "one")
res = result("one")
need(len(res["extrahepatic"]["regions"]) == 1, f"not one region: {res['extrahepatic']}")
region = res["extrahepatic"]["regions"][0]
near(region["volume_ml"], 40 * math.prod(SPACING) / 1000, 1e-6, "volume of the stomach, ml")
near(region["activity_share"], 40 * 250 / sum(counts), 1e-5, "share of the stomach")
near(region["mean_to_background"], 2.5, 1e-5, "stomach over normal liver")
# RAS to LPS: x and y change sign.
for got, want in zip(region["center_lps_mm"], (-12 * 4.0, -6.5 * 4.2, 14.5 * 3.6)):
    near(got, want, 1e-6, "center of the stomach, mm")
need(any("uptake outside liver and lungs: 1 region" in w for w in res["warnings"]), "uptake in silence")
tare("plan", *args, "--case-id", "U", "--extrahepatic-margin-mm", 8, "--extrahepatic-multiple", 2.6, "--out", "high")
need(result("high")["extrahepatic"]["regions"] == [], "a region below the multiple")
