"""CT variants of testdata/ct: refused or resolved as INDEX.md says; densities in their place.

The base series: 128 x 128 x 14 voxels of 1.804688 x 1.804688 x 5 mm, first at LPS (-114.8232,
-1.173242, 726.21) mm. Shuffled names and a file that is there twice must change nothing; a missing
slice, and two slices at one place, are refused.
"""
import array
import pathlib
import re
import statistics
import subprocess

from e2e import bytes_of, need, read_nifti, refused, shared, tare, tool, write_nifti

ct = shared("testdata/ct")
variants = ct / "derived__philips_axial_128"
SIZE, SPACING, FIRST = (128, 128, 14), (1.804688, 1.804688, 5.0), (-114.8232, -1.173242, 726.21)
CLUMP = (25, 25, 14)  # voxels of the SPECT: 5 x 5 x 1 of the CT's

spacing = (SPACING[0] * 5, SPACING[1] * 5, SPACING[2])
count = CLUMP[0] * CLUMP[1] * CLUMP[2]
# RAS: x and y run the other way, so the last clump of the CT is the first of the SPECT.
origin = [-(FIRST[a] + 2 * SPACING[a] + (CLUMP[a] - 1) * spacing[a]) for a in (0, 1)] + [FIRST[2]]
inside = [1.0 if 8 <= at % 25 < 16 and 8 <= at // 25 % 25 < 16 else 0.0 for at in range(count)]
write_nifti("spect.nii", CLUMP, spacing, [100 * v for v in inside], origin=origin)
write_nifti("liver.nii", CLUMP, spacing, [int(v) for v in inside], "B", origin=origin)
plan = ["plan", "--spect", "spect.nii", "--voi", "liver=liver.nii", "--calibration",
        "relative:liver", "--density", "ct", "--case-id", "C", "--keep", "density"]

tare(*plan, "--ct", variants / "base", "--out", "base")
for name in "shuffled_names_and_instance_numbers", "duplicate_same_file_twice":
    tare(*plan, "--ct", variants / name, "--out", name)
    for f in "density.nii.gz", "dose.nii.gz":
        need(bytes_of(f"{name}/{f}") == bytes_of(f"base/{f}"), f"{name}: another {f} than base")

for name, words in (("missing_slice_7", ["missing", "756.21", "766.21"]),
                    ("duplicate_same_position_new_uid", ["position", "751.21"])):
    refused(3, words, *plan, "--ct", variants / name, "--out", name, out=name)
refused(3, ["missing", "28.11", "38.11"], *plan, "--ct",
        ct / "icometrix-dicom2nifti__ge_slice_increment", "--out", "gap", out="gap")
for name, angle in (("icometrix-dicom2nifti__siemens_gantrytilt", "14.0"),
                    ("neurolabusc-dcm_qa_ct__philips_tilt_minus", "18.5")):
    refused(3, ["tilt", angle], *plan, "--ct", ct / name, "--out", "tilt", out="tilt")
refused(3, ["slice"], *plan, "--ct", ct / "pydicom__CT_small", "--out", "one", out="one")

# Densities lie where the CT's pixels lie: means of 5 x 5 pixels by dcmdump, place by place.
tool("dcmdump")
pathlib.Path("raw").mkdir()
clumps = {}
for f in sorted((variants / "base").iterdir()):
    text = subprocess.run(["dcmdump", "-q", "+W", "raw", "+P", "0020,0032", "+P", "7fe0,0010",
                           str(f)], capture_output=True, check=True, text=True).stdout
    z = float(re.search(r"\(0020,0032\) DS \[([^\]]*)\]", text)[1].split("\\")[2])
    raw = array.array("H", pathlib.Path("raw", f.name + ".0.raw").read_bytes())
    for y in range(25):
        for x in range(25):
            block = [raw[128 * (5 * y + b) + 5 * x + a] for b in range(5) for a in range(5)]
            clumps[x, y, round(z, 2)] = max(0.0, sum(block) / 25)
size, rows, density = read_nifti("base/density.nii.gz")
need(size == CLUMP, f"density has {size} voxels")
pairs = []
for at, value in enumerate(density):
    i, j, k = at % 25, at // 25 % 25, at // 625
    lps = [-(rows[0][0] * i + rows[0][3]), -(rows[1][1] * j + rows[1][3])]
    x, y = (round(((lps[a] - FIRST[a]) / SPACING[a] - 2) / 5) for a in (0, 1))
    if not inside[at]:  # the liver is kept above 1 g/cm3
        pairs.append((clumps[x, y, round(rows[2][2] * k + rows[2][3], 2)], value))
r = statistics.correlation(*zip(*pairs))
print(f"correlation of CT numbers and densities over {len(pairs)} places: {r:.4f}")
need(r > 0.98, f"densities do not follow the CT: correlation {r}")
