"""Recovery and u_mean_gy on a small box, against the formulas written out here."""
import math
import pathlib

from e2e import box_args, box_files, bytes_of, near, need, refused, result, tare, voi

box = box_files("box")
args = ["plan", *box_args(box), "--case-id", "R", "--calibration", "relative:fov"]
B1, B2 = 6.0, 0.9


def volume_ml(d):
    return math.pi / 6 * d ** 3 / 1000


def curve(v):
    return 1 - 1 / (1 + (v / B1) ** B2)


rows = [f"cam,{d},{curve(volume_ml(d)):.9f}" for d in (10, 13, 17, 22, 28, 37)]
pathlib.Path("spheres.csv").write_text("scanner,diameter_mm,recovery\n" + "\n".join(rows) + "\n")
tare(*args, "--out", "bare")
bare = voi(result("bare"), "T1")
need(bare["u_mean_gy"] is None and "resolution_mm" in bare["u_mean_reason"], "u_mean_gy without reason")
need("recovery" not in bare, "a recovery that nobody asked for")

tare(*args, "--recovery", "spheres.csv", "--resolution-mm", 9, "--calibration-uncertainty", 0.05,
     "--residual-uncertainty", 0.005, "--out", "full")
full = result("full")
t = voi(full, "T1")
r = curve(t["volume_ml"])
near(t["recovery"], r, 1e-6, "recovery of the tumor")
near(t["recovered_mean_gy"], t["mean_gy"] / r, 1e-6, "mean of the tumor, recovered")
near(t["mean_gy"], bare["mean_gy"], 1e-12, "mean of the tumor as it is")
need(bytes_of("bare/dose.nii.gz") == bytes_of("full/dose.nii.gz"), "recovery has changed voxels")
need(any(i["role"] == "recovery" for i in full["inputs"]), "the table is no input")
need(t["below_three_resolutions"] is True and voi(full, "liver")["below_three_resolutions"] is False,
     "what is small")
need(any("T1" in w and "three resolutions" in w for w in full["warnings"]), "a small tumor in silence")
for name in ("liver", "normal_liver"):
    need("recovery" not in voi(full, name), f"recovery of {name}")
need(voi(full, "normal_liver")["u_mean_gy"] is None, "u_mean_gy of a derived VOI")

# The formula again: voxel a, FWHM w; counts and mass of one volume.
a, w = (4.0 * 4.2 * 3.6) ** (1 / 3), 9.0
d, s = (6000 * t["volume_ml"] / math.pi) ** (1 / 3), 9.0 / 2.354820045
ra = d / 2
uv = 3 / d * math.sqrt(a * a / 6 + w * w / (4 * math.log(2)))
phi = math.erf(2 * ra / (s * math.sqrt(2))) - 2 * s / (ra * math.sqrt(2 * math.pi)) * (1 - math.exp(-2 * ra * ra / s / s))
steps = 20000  # RC: the mean of two spheres' common volume over a Gaussian displacement
rc = sum(math.sqrt(2 / math.pi) * q * q / s ** 3 * math.exp(-q * q / 2 / s / s)
         * (1 - 3 * q / (4 * ra) + q ** 3 / (16 * ra ** 3))
         for q in ((n + 0.5) * 2 * ra / steps for n in range(steps))) * 2 * ra / steps
scale = 0.05 ** 2 + 0.005 ** 2 + 0.013 ** 2
near(t["u_mean_gy"] / t["mean_gy"], math.sqrt(scale + ((phi / (2 * rc) - 1) * uv) ** 2), 1e-5, "u_mean_gy")
e = phi / (2 * rc) - 1 - B2 * (1 - r)
near(t["u_recovered_mean_gy"] / t["recovered_mean_gy"], math.sqrt(scale + (e * uv) ** 2), 1e-4,
     "u of the recovered mean")

# Where F is in the net activity its uncertainty is, too.
liver = [x if x != "relative:fov" else "relative:liver" for x in args]
tare(*liver, "--resolution-mm", 9, "--calibration-uncertainty", 0.05, "--residual-uncertainty", 0.005, "--out", "f0")
need("lung_shunt_uncertainty" in voi(result("f0"), "T1")["u_mean_reason"], "F without uncertainty")
tare(*liver, "--resolution-mm", 9, "--calibration-uncertainty", 0.05, "--residual-uncertainty", 0.005,
     "--lung-shunt-fraction", 0.2, "--lung-shunt-uncertainty", 0.04, "--out", "f1")
near(voi(result("f1"), "T1")["u_mean_parts"]["lung_shunt"], 0.05, 1e-9, "u(F)/(1-F)")

# Outside the phantom's spheres nothing is said.
pathlib.Path("small.csv").write_text("diameter_mm,recovery\n5,0.1\n7,0.2\n9,0.3\n")
tare(*args, "--recovery", "small.csv", "--out", "outside")
t = voi(result("outside"), "T1")
need(t["recovery"] is None and "spheres reach" in t["recovery_reason"], "a recovery from beyond the spheres")
pathlib.Path("bad.csv").write_text("diameter_mm,recovery\n5,0.1\n7,1.2\n9,0.3\n")
refused(3, ["bad.csv", "1.2"], *args, "--recovery", "bad.csv", "--out", "no", out="no")
pathlib.Path("none.csv").write_text("diameter,recovery\n5,0.1\n")
refused(3, ["none.csv", "diameter_mm"], *args, "--recovery", "none.csv", "--out", "no", out="no")
