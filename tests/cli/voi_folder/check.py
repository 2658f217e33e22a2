"""A liver box, five boxes as lobes and a stomach, known volumes; then what a folder may lack."""
import gzip
import pathlib

from e2e import near, need, refused, result, tare, voi, write_nifti

SIZE, SPACING = (20, 18, 22), (4.0, 4.2, 3.6)
VOXEL_ML = 4.0 * 4.2 * 3.6 / 1000
LOBES = {"lung_upper_lobe_left": (10, 15, 17, 20), "lung_lower_lobe_left": (10, 15, 13, 17),
         "lung_upper_lobe_right": (2, 7, 18, 20), "lung_middle_lobe_right": (2, 7, 16, 18),
         "lung_lower_lobe_right": (2, 7, 13, 16)}
BOXES = {"liver": (3, 15, 3, 12), "stomach": (16, 19, 3, 6), **LOBES}
folder = pathlib.Path("segmentations")
folder.mkdir()


def values(i0, i1, k0, k1):
    return [int(i0 <= i < i1 and 4 <= j < 14 and k0 <= k < k1)
            for k in range(SIZE[2]) for j in range(SIZE[1]) for i in range(SIZE[0])]


for name, box in BOXES.items():
    plain = write_nifti("one.nii", SIZE, SPACING, values(*box), code="B")
    (folder / f"{name}.nii.gz").write_bytes(gzip.compress(pathlib.Path(plain).read_bytes()))
dose = write_nifti("dose.nii", SIZE, SPACING, [1.0 + k for k in range(SIZE[2])
                                               for _ in range(SIZE[0] * SIZE[1])])


def ml(i0, i1, k0, k1):
    return (i1 - i0) * 10 * (k1 - k0) * VOXEL_ML


tare("dvh", "--dose", dose, "--voi", f"liver={folder}", "--voi", f"lungs={folder}", "--voi",
     f"exclude:S={folder}#stomach", "--out", "o")
got = result("o")
near(voi(got, "liver")["volume_ml"], ml(*BOXES["liver"]), 1e-6, "volume of the liver")
near(voi(got, "S")["volume_ml"], ml(*BOXES["stomach"]), 1e-6, "volume of the stomach")
for name, box in LOBES.items():
    near(voi(got, name)["volume_ml"], ml(*box), 1e-6, f"volume of {name}")
near(voi(got, "lungs")["volume_ml"], sum(ml(*b) for b in LOBES.values()), 1e-6, "both lungs")
need(voi(got, "lungs")["role"] == "lungs", "role of the union")

plan = ["dvh", "--dose", dose, "--out", "never"]
refused(2, ["leave the name out"], *plan, "--voi", f"lungs:L={folder}", out="never")
(folder / "lung_middle_lobe_right.nii.gz").unlink()
refused(2, ["4 of their five lobes", "lung_middle_lobe_right.nii.gz is missing"], *plan, "--voi",
        f"lungs={folder}", out="never")
refused(3, ["holds no contours (RTSTRUCT) or segments (SEG)"], *plan, "--voi", f"exclude={folder}#spleen", out="never")
