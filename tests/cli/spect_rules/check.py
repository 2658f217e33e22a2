"""What a SPECT's own calibration may tell, and on which regions bremsstrahlung is calibrated."""
import json
import math

from e2e import box_args, box_files, bytes_of, near, need, read_nifti, refused, result, tare

box = box_files("box")
size, _, counts = read_nifti(box / "spect.nii")
ml = 4.0 * 4.2 * 3.6 / 1000
args = box_args(box)
tare("plan", *args, "--case-id", "M", "--out", "counts")
plain = result("counts")["activity"]["injections"][0]
need(plain["measured_total_mbq"] is None, "counts have a measured total")
tare("plan", *args, "--case-id", "M", "--spect-bq-per-count", 1250, "--out", "factor")
near(result("factor")["activity"]["injections"][0]["measured_total_mbq"], sum(counts) * 1250e-6, 1e-6,
     "total by the camera factor, MBq")
(box / "spect.json").write_text(json.dumps({"Units": "kBq/mL", "TracerRadionuclide": "Tc99m"}))
tare("plan", *args, "--case-id", "M", "--out", "bqml")
res = result("bqml")
near(res["activity"]["injections"][0]["measured_total_mbq"], sum(counts) * ml * 1e-3, 1e-6, "total in Bq/ml, MBq")
need(any("told and not used" in w for w in res["warnings"]), "a measured total in silence")
need(bytes_of("counts/dose.nii.gz") == bytes_of("factor/dose.nii.gz"), "a camera factor has changed the dose")
for a, b in zip(read_nifti("counts/dose.nii.gz")[2], read_nifti("bqml/dose.nii.gz")[2]):
    need(math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-5), "the image's unit has changed the dose")
refused(2, ["always relative"], "plan", *args, "--calibration", "bqml", "--case-id", "M", "--out", "no", out="no")

# The header names Y-90: bremsstrahlung.
(box / "spect.json").write_text(json.dumps({"Units": "counts", "TracerRadionuclide": "Y90"}))
for region in ("liver", "liver+20", "RHA", "liver+lungs"):
    refused(2, ["bremsstrahlung", f"relative:{region}", "relative:body"], "verify", *args, "--calibration",
            f"relative:{region}", "--case-id", "M", "--out", "no", out="no")
tare("verify", *args, "--case-id", "M", "--out", "brems")
near(result("brems")["activity"]["total_in_image_gbq"], 1.0, 1e-6, "bremsstrahlung on the field of view, GBq")
