"""NEMA phantom, 89 slices in random names: total activity against the pixels as dcmtk reads them.

`dcmdump` gives slope, place and pixel file of each slice; the sum is made here.
"""
import array
import pathlib
import re
import subprocess

from e2e import near, need, read_nifti, refused, result, shared, tare, tool

tool("dcmdump")
folder = shared("testdata/pet/gschramm-pynemaiqpet__nema_recon_1")
ML = 2.083333 ** 2 * 2.78 / 1000


def slices():
    """z in mm -> (sum, greatest) of the rescaled values, by dcmdump alone"""
    found = {}
    pathlib.Path("raw").mkdir()
    for f in sorted(folder.iterdir()):
        text = subprocess.run(["dcmdump", "-q", "+W", "raw", "+P", "0020,0032", "+P", "0028,1053",
                               "+P", "7fe0,0010", str(f)], capture_output=True,
                              check=True, text=True, errors="replace").stdout
        z = float(re.search(r"\(0020,0032\) DS \[([^\]]*)\]", text)[1].split("\\")[2])
        slope = float(re.search(r"\(0028,1053\) DS \[([^\]]*)\]", text)[1])
        raw = array.array("H", pathlib.Path("raw", f.name + ".0.raw").read_bytes())
        need(len(raw) == 192 * 192 and z not in found, f"a slice of {len(raw)} pixels at {z}")
        found[z] = (sum(raw) * slope, max(raw) * slope)
    return found


truth = slices()
need(len(truth) == 89, f"{len(truth)} slices")
total_bq = sum(s for s, _ in truth.values()) * ML
dose = ["dose", "--pet", folder, "--case-id", "N"]

# The file states neither units nor a radionuclide: not used as it is.
refused(3, ["gschramm-pynemaiqpet__nema_recon_1", "--calibration bqml"], *dose, "--out", "refused",
        out="refused")

declared = [*dose, "--calibration", "bqml", "--decay-reference", "injection"]
tare(*declared, "--dose-engine", "local", "--out", "local")
res = result("local")
near(res["activity"]["total_in_image_gbq"], total_bq / 1e9, 1e-5, "activity of the image")
size, rows, values = read_nifti("local/dose.nii.gz")
need(size == (192, 192, 89), f"dose has {size} voxels")
# Slice by slice, at its place: local dose is k c / rho.
factor = 49.67e-6 / 1.05
for k in range(size[2]):
    z = rows[2][2] * k + rows[2][3]
    want = min(truth, key=lambda place: abs(place - z))
    need(abs(want - z) < 1e-3, f"a slice at {z} mm")
    part = values[k * 192 * 192:(k + 1) * 192 * 192]
    near(sum(part), truth[want][0] * factor, 1e-5, f"sum of the slice at {z} mm, Gy")
    near(max(part), truth[want][1] * factor, 1e-5, f"greatest of the slice at {z} mm, Gy")
need(any("radionuclide" in w.lower() or "Y-90" in w for w in res["warnings"]),
     f"nothing says that Y-90 was declared: {res['warnings']}")

tare(*declared, "--out", "vsv")
res = result("vsv")
near(res["activity"]["total_in_image_gbq"], total_bq / 1e9, 1e-5, "activity of the image")
need(res["engine"]["energy_balance"] <= 0.005, f"energy balance {res['engine']['energy_balance']}")
print(f"activity {res['activity']['total_in_image_gbq'] / total_bq * 1e9 - 1:+.1e}, "
      f"energy balance {res['engine']['energy_balance']:.1e}")
