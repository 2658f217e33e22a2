"""The territory of patient 2 by `tare segment`, against the drawn one; margins at the capsule."""
from e2e import load, need, shared, tare, voi

clinical = shared("testdata/clinical")
seg = clinical / "patient_2_Segmentation.seg.nrrd"
tare("segment", "--spect", clinical / "patient_2_SPECT.nrrd", "--voi", f"liver={seg}#liver",
     "--voi", f"perfused:drawn={seg}#perfused volume", "--voi", f"tumor:T1={seg}#Tumor 1",
     "--op", "made = largest(threshold(spect, 5%, in=liver)) & liver", "--op", "both = made & drawn",
     "--out", "out")
res = load("out/segment.json")
dice = 2 * voi(res, "both")["volume_ml"] / (voi(res, "made")["volume_ml"]
                                            + voi(res, "drawn")["volume_ml"])
print(f"Dice of the territory at 5 % of the maximum with the drawn one: {dice:.3f}")
need(dice >= 0.95, f"Dice {dice}")
# The tumor reaches the liver's capsule, and so the territory's edge; untreated liver is farther.
tumor = res["territories"]["tumors"][0]
need(abs(tumor["margin_mm"]) <= 0.5 and 4 <= tumor["untreated_margin_mm"] <= 8, f"{tumor}")
