"""tare shunt against the synthetic patient's known shunt and against planar views made by hand."""
import json
import math
import os
import pathlib
import shutil
import struct
import subprocess

from e2e import PHANTOM, load, near, need, read_nifti, refused, tare, write_nifti

K = 49.67
NIFTI, DICOM = PHANTOM / "nifti", PHANTOM / "dicom"
truth = load(PHANTOM / "truth.json")
F = truth["lung_shunt_fraction"]


def shunt(*args):
    return json.loads(tare("shunt", *args, "--json").stdout)


# SPECT/CT: the truth is recovered where the share of counts in the bare VOIs is not it.
vois = ["--voi", f"lungs={DICOM / 'rtstruct.dcm'}#lungs", "--voi", f"liver={DICOM / 'rtstruct.dcm'}#liver"]
spect = ["--spect", DICOM / "spect", "--ct", DICOM / "ct", *vois]
res = json.loads(tare("shunt", *spect, "--activity-gbq", 2.6, "--residual-fraction", 0.01, "--out", "out",
                      "--json").stdout)
need(res == load("out/shunt.json"), "what is printed is not what is written")
near(res["lung_shunt_fraction"], F, 0.01, "shunt fraction from SPECT/CT")
bare = res["spect"]["share_of_counts_in_vois"]
near(bare, truth["image_lung_shunt_fraction"], 1e-3, "share of counts in the bare VOIs")
u = res["lung_shunt_uncertainty"]
near(u["standard"], math.sqrt(sum(u[k] ** 2 for k in ("counting", "region", "method"))), 1e-9, "uncertainty")
need(abs(res["lung_shunt_fraction"] - F) < u["standard"], "the truth is not within the uncertainty")
# Lung mass from the CT: 0.26 g/ml in the phantom's lungs.
lungs = next(v for v in truth["vois"] if v["name"] == "lungs")
near(res["lungs"]["mass_kg"], lungs["volume_ml"] * 0.26e-3, 0.05, "lung mass from the CT, kg")
need(res["lungs"]["mass_source"] == "ct", "SPECT/CT is not paired with the CT's mass")
near(res["lungs"]["dose_gy"], K * 2.6 * 0.99 * res["lung_shunt_fraction"] / res["lungs"]["mass_kg"], 1e-6,
     "lung dose, Gy")

# Breathing puts counts of the dome into the lungs: 15 mm raise the bare share by a tenth.
if os.environ.get("OT_FULL") == "1":
    tare("phantom", "--preset", "clinical", "--blur-mm", 15, "--out", "blurred")
    blurred = load("blurred/truth.json")
    files = pathlib.Path("blurred/nifti")
    res = shunt("--spect", files / "spect.nii.gz", "--voi", f"lungs={files / 'voi_lungs.nii.gz'}",
                "--voi", f"liver={files / 'voi_liver.nii.gz'}")
    near(res["lung_shunt_fraction"], blurred["lung_shunt_fraction"], 0.01, "shunt fraction with breathing")
    need(res["spect"]["share_of_counts_in_vois"] > 1.05 * blurred["lung_shunt_fraction"],
         "breathing does not move the bare share")

# Two thirds of the lungs beyond the field of view: their volume counts, not their missing counts.
size, rows, values = read_nifti(NIFTI / "spect.nii.gz")
lung = read_nifti(NIFTI / "voi_lungs.nii.gz")
slices = [sum(lung[2][k * lung[0][0] * lung[0][1]:(k + 1) * lung[0][0] * lung[0][1]]) for k in range(lung[0][2])]
filled = [rows_z for rows_z in range(lung[0][2]) if slices[rows_z] > 0]
low, high = (lung[1][2][3] + lung[1][2][2] * k for k in (filled[0], filled[-1]))
cut = int((low + 0.45 * (high - low) - rows[2][3]) / rows[2][2])
step = [rows[r][r] for r in range(3)]
need(step[2] > 0, "the phantom's slices run downwards")
origin = [rows[r][3] + min(0.0, step[r]) * (size[r] - 1) for r in range(3)]
turned = [values[(size[0] - 1 - i if step[0] < 0 else i)
                 + size[0] * ((size[1] - 1 - j if step[1] < 0 else j) + size[1] * k)]
          for k in range(cut) for j in range(size[1]) for i in range(size[0])]
write_nifti("cut.nii", (size[0], size[1], cut), [abs(v) for v in step], turned, "f", origin)
part = ["--spect", "cut.nii", "--voi", f"lungs={NIFTI / 'voi_lungs.nii.gz'}", "--voi",
        f"liver={NIFTI / 'voi_liver.nii.gz'}"]
res = shunt(*part)
need(res["spect"]["lung_in_field_of_view_ml"] < 0.55 * lungs["volume_ml"], "most of the lungs are seen")
near(res["spect"]["lung_volume_ml"], lungs["volume_ml"], 0.01, "lung volume with what is not seen, ml")
need(res["spect"]["share_of_counts_in_vois"] < 0.6 * F, "the counts of the cut lungs do not lack")
near(res["lung_shunt_fraction"], F, 0.03, "shunt fraction of cut lungs")
need(any("1 kg by convention" in w for w in res["warnings"]), "SPECT without CT is paired in silence")
twice = shunt(*part, "--lung-volume-ml", 2 * res["spect"]["lung_volume_ml"])
odds = [r["lung_shunt_fraction"] / (1 - r["lung_shunt_fraction"]) for r in (twice, res)]
near(odds[0], 2 * odds[1], 1e-6, "odds of twice the lung volume")

# Boxes without blur, in a body of 20: what body and lungs hold within the rim is not the liver's.
SIZE, MM = (40, 30, 42), (4.0, 4.2, 3.6)
BOXES = {"liver": ((8, 24), (6, 20), (4, 14)), "lungs": ((4, 36), (4, 26), (16, 40))}


def inside(name, *at):
    return all(a <= x < b for x, (a, b) in zip(at, BOXES[name]))


voxels = [(i, j, k) for k in range(SIZE[2]) for j in range(SIZE[1]) for i in range(SIZE[0])]
for name in BOXES:
    write_nifti(f"{name}.nii", SIZE, MM, [int(inside(name, *at)) for at in voxels], "B")
write_nifti("none.nii", SIZE, MM, [0.0 if inside("lungs", *at) else 90.0 for at in voxels])
write_nifti("boxes.nii", SIZE, MM, [300.0 if inside("liver", *at) else 7.0 if inside("lungs", *at) else 20.0
                                    for at in voxels])
ml = {name: math.prod(b - a for a, b in box) for name, box in BOXES.items()}
want = 7 * ml["lungs"] / (7 * ml["lungs"] + 300 * ml["liver"])
boxes = ["--voi", "lungs=lungs.nii", "--voi", "liver=liver.nii"]
for rim in (20, 12, 0):
    near(shunt("--spect", "boxes.nii", *boxes, "--dome-rim-mm", rim)["lung_shunt_fraction"], want, 1e-5,
         f"boxes in a body, rim of {rim} mm")
# The lungs twice over are not twice the lungs.
refused(3, ["lungs VOIs overlap", "left"], "shunt", "--spect", "boxes.nii", "--voi", "liver=liver.nii",
        "--voi", "lungs:one=lungs.nii", "--voi", "lungs:again=lungs.nii")
refused(3, ["hold no counts"], "shunt", "--spect", "none.nii", *boxes)
refused(2, ["--lung-mass-kg", "0.1"], "shunt", "--spect", "boxes.nii", *boxes, "--lung-mass-kg", 0.07)
need("allow any activity" in tare("shunt", "--spect", "boxes.nii", *boxes, "--residual-fraction", 1,
                                  "--activity-gbq", 2).stdout, "no lung dose, and no limit")

# Planar, by hand: lungs 4.0e5/3.6e5, liver 5.0e6/4.2e6 give 7.6475 % (fact sheet 10.6).
W, H = 32, 40
REGIONS = {"lungs": (3, 5, 10, 8), "liver": (6, 20, 16, 10), "background": (26, 2, 4, 4)}
ROI = [w for name, box in REGIONS.items() if name != "background"
       for w in ("--roi", f"{name}={','.join(map(str, box))}")]


def view(mirrored=False, outside=0, **totals):
    image = [outside] * (W * H)
    for name, total in totals.items():
        x, y, w, h = REGIONS[name]
        each, rest = divmod(total, w * h)
        for n in range(w * h):
            image[x + n % w + W * (y + n // w)] = each + (n < rest)
    if mirrored:
        image = [image[W - 1 - x + W * y] for y in range(H) for x in range(W)]
    return image


def plain(name, image):
    return write_nifti(f"{name}.nii", (W, H, 1), (4.8, 4.8, 1.0), [float(v) for v in image])


ant, post = view(lungs=400000, liver=5000000), view(True, lungs=360000, liver=4200000)
both = ["--anterior", plain("ant", ant), "--posterior", plain("post", post)]
res = shunt(*both, *ROI, "--activity-gbq", 3, "--prior-lung-gy", 40)
near(res["lung_shunt_fraction"], 0.076475, 1e-5, "the worked planar number")
near(res["lungs"]["dose_gy"], K * 3 * res["lung_shunt_fraction"], 1e-9, "lung dose with 1 kg, Gy")
need([c["verdict"] for c in res["checks"]] == ["pass", "fail"], "11.4 Gy now, 51.4 with 40 Gy of before")
near(res["lungs"]["max_activity_gbq"], 10 / (K * res["lung_shunt_fraction"]), 1e-6, "what the limits leave")
need(not any("--posterior-view" in w for w in res["warnings"]), "mirrored views are doubted")
same = shunt(*both[:2], "--posterior", plain("turned", view(lungs=360000, liver=4200000)),
             "--posterior-view", "same", *ROI)
near(same["lung_shunt_fraction"], 0.076475, 1e-5, "a posterior view that is turned already")
wrong = shunt(*both[:2], "--posterior", "turned.nii", *ROI, "--roi", "lungs=3,5,27,8", "--roi",
              "liver=2,20,28,10")
need(any("--posterior-view" in w for w in wrong["warnings"]), "views laid on each other wrongly, in silence")
wide = write_nifti("wide.nii", (W, H, 1), (4.8, 2.4, 1.0), [float(v) for v in post])
refused(3, ["pixel spacings"], "shunt", *both[:2], "--posterior", wide, *ROI)
labels = [1 if v else 0 for v in view(lungs=80 * 8)]
labels = [a + 2 * b for a, b in zip(labels, [1 if v else 0 for v in view(liver=160 * 8)])]
write_nifti("labels.nii", (W, H, 1), (4.8, 4.8, 1.0), labels, "B")
res = shunt(*both, "--roi-mask", "lungs=labels.nii#1", "--roi-mask", "liver=labels.nii#2")
near(res["lung_shunt_fraction"], 0.076475, 1e-5, "regions from a mask")

# Background: 7 counts a pixel everywhere, and more in the regions.
ant7 = [v + 7 for v in ant]
post7 = [v + 7 for v in post]
with_background = ["--anterior", plain("ant7", ant7), "--posterior", plain("post7", post7), *ROI, "--roi",
                   "background=26,2,4,4"]
near(shunt(*with_background)["lung_shunt_fraction"], 0.076475, 1e-5, "background taken out")
raw = shunt(*with_background, "--no-background")["planar"]["lungs"]["anterior"]
near(raw, 400000 + 7 * 80, 1e-9, "background left in")

# DICOM: two detectors, three windows, frames in any order; the triple window takes the scatter out.
WINDOWS = [(126.0, 154.0), (113.0, 126.0), (154.0, 162.0)]
scatter = {"lungs": (3000, 800), "liver": (26000, 6400)}
frames, vectors = [], []
for detector in (2, 1):
    for window in (3, 1, 2):
        totals = {}
        for name in ("lungs", "liver"):
            low_, high_ = scatter[name]
            net = {"lungs": (400000, 360000), "liver": (5000000, 4200000)}[name][detector - 1]
            s = round((low_ / 13 + high_ / 8) * 28 / 2)
            totals[name] = {1: net + s, 2: low_, 3: high_}[window] // 100
        frames.append(view(detector == 2, **totals))
        vectors.append((window, detector))


def item(*lines):
    return ["(fffe,e000) na"] + list(lines) + ["(fffe,e00d) na"]


def sequence(tag, *items):
    return [f"({tag}) SQ"] + [line for i in items for line in i] + ["(fffe,e0dd) na"]


def dump(views=("Anterior", "Posterior"), intercept=0):
    windows = [item(*sequence("0054,0013", item(f"(0054,0014) DS {a}", f"(0054,0015) DS {b}"))) for a, b in WINDOWS]
    heads = [item(*(sequence("0054,0220", item(f"(0008,0104) LO {v}")) if v else ["(0018,1180) SH LEHR"]))
             for v in views]
    pixels = b"".join(struct.pack(f"<{W * H}H", *f) for f in frames)
    pathlib.Path("pixels.raw").write_bytes(pixels)
    lines = ["(0008,0008) CS ORIGINAL\\PRIMARY\\STATIC\\EMISSION", "(0008,0016) UI 1.2.840.10008.5.1.4.1.1.20",
             "(0008,0018) UI 2.25.77", "(0008,0060) CS NM", "(0010,0010) PN Some^Body", "(0010,0020) LO SECRET",
             "(0020,000d) UI 2.25.78", "(0020,000e) UI 2.25.79", "(0028,0002) US 1",
             "(0028,0004) CS MONOCHROME2", f"(0028,0008) IS {len(frames)}", f"(0028,0010) US {H}",
             f"(0028,0011) US {W}", "(0028,0030) DS 4.8\\4.8", "(0028,0100) US 16", "(0028,0101) US 16",
             "(0028,0102) US 15", "(0028,0103) US 0", f"(0028,1052) DS {intercept}",
             "(0054,0010) US " + "\\".join(str(w) for w, _ in vectors), f"(0054,0011) US {len(WINDOWS)}",
             *sequence("0054,0012", *windows), "(0054,0020) US " + "\\".join(str(d) for _, d in vectors),
             "(0054,0021) US 2", *sequence("0054,0022", *heads), "(7fe0,0010) OW =pixels.raw"]
    pathlib.Path("planar.dump").write_text("\n".join(lines) + "\n")
    subprocess.run(["dump2dcm", "-q", "planar.dump", "planar.dcm"], check=True)


if shutil.which("dump2dcm"):
    dump()
    res = shunt("--planar", "planar.dcm", *ROI, "--scatter", "triple")
    near(res["lung_shunt_fraction"], 0.076475, 2e-3, "triple-window scatter of a DICOM object")
    main = shunt("--planar", "planar.dcm", *ROI)
    need(any("scatter is not corrected" in w for w in main["warnings"]), "uncorrected scatter in silence")
    s = {n: (scatter[n][0] / 13 + scatter[n][1] / 8) * 14 for n in scatter}
    g = {n: math.sqrt((a + s[n]) * (b + s[n])) for n, a, b in (("lungs", 4e5, 3.6e5), ("liver", 5e6, 4.2e6))}
    near(main["lung_shunt_fraction"], g["lungs"] / (g["lungs"] + g["liver"]), 2e-3, "with its scatter")
    dump(intercept=5)
    refused(3, ["planar.dcm", "intercept (0028,1052) adds 5", "--allow-intercept"], "shunt", "--planar", "planar.dcm",
            *ROI)
    need(any("(--allow-intercept)" in w
             for w in shunt("--planar", "planar.dcm", *ROI, "--allow-intercept")["warnings"]), "a kept intercept")
    # The posterior head's lower window is a narrower one, 117 to 126 keV: widths are not the anterior's.
    kept, WINDOWS = WINDOWS, WINDOWS + [(117.0, 126.0)]
    vectors_kept, vectors = vectors, [(4 if at == (2, 2) else at[0], at[1]) for at in vectors]
    dump()
    refused(3, ["different widths"], "shunt", "--planar", "planar.dcm", *ROI, "--scatter", "triple")
    WINDOWS, vectors = kept, vectors_kept
    dump((None, None))
    refused(3, ["--views"], "shunt", "--planar", "planar.dcm", *ROI)
    told = shunt("--planar", "planar.dcm", *ROI, "--views", "anterior,posterior")
    near(told["lung_shunt_fraction"], main["lung_shunt_fraction"], 1e-9, "views that the user tells")

# Another patient's CT is refused, or waived and told.
shutil.copytree(DICOM / "ct", "other")
subprocess.run(["dcmodify", "-nb", "-m", "(0010,0020)=OTHER", *map(str, pathlib.Path("other").iterdir())],
               check=True)
foreign = ["--spect", DICOM / "spect", "--ct", "other", *vois]
refused(3, ["different patients", "--patient-override"], "shunt", *foreign)
res = shunt(*foreign, "--patient-override")
need(any("--patient-override" in w for w in res["warnings"]), "the waiver is not told")
need(res["waived_by"] == ["patient-override"], f"waived by {res['waived_by']}")

# Refusals.
refused(2, ["one of --planar"], "shunt")
refused(2, ["one of --planar"], "shunt", *both, "--spect", "cut.nii")
refused(2, ["--posterior"], "shunt", *both[:2], *ROI)
refused(2, ["no region of liver"], "shunt", *both, "--roi", "lungs=1,1,4,4")
refused(3, ["overlap"], "shunt", *both, *ROI, "--roi", "background=4,6,4,4")
refused(3, ["beyond the view"], "shunt", *both, "--roi", "lungs=30,1,4,4", "--roi", "liver=1,1,4,4")
refused(2, ["--roi", "lungs=1,2,3"], "shunt", *both, "--roi", "lungs=1,2,3")
refused(3, ["--scatter", "window"], "shunt", *both, *ROI, "--scatter", "dual")
refused(2, ["1 kg", "planar"], "shunt", *both, *ROI, "--lung-mass-source", "ct")
refused(2, ["--voi lungs"], "shunt", "--spect", "cut.nii", "--voi", f"liver={NIFTI / 'voi_liver.nii.gz'}")
refused(3, ["anterior view"], "shunt", *both, "--roi-mask", f"lungs={write_nifti('small.nii', (8, 8, 1), (4.8, 4.8, 1), [1] * 64, 'B')}",
        "--roi", "liver=1,1,4,4")

# A name of a patient is no pseudonym, and is not repeated.
message = refused(2, ["--case-id"], "shunt", *spect, "--case-id", "Doe, Jane", "--out", "named", out="named")
need("Jane" not in str(message), "the refusal repeats the name")
# Two bed positions with one date: lungs and liver may have been seen half an hour apart.
pathlib.Path("beds").mkdir()
shutil.copy(DICOM / "spect/spect.dcm", "beds/spect.dcm")
subprocess.run(["dcmodify", "-nb", "-i", "(0054,0051)=2", "-i", "(0028,0051)=ATTN", "beds/spect.dcm"], check=True)
beds = ["--spect", "beds", "--ct", DICOM / "ct", *vois]
refused(3, ["2 bed positions", "--allow-uncorrected-beds"], "shunt", *beds, "--out", "beds-out", out="beds-out")
res = shunt(*beds, "--allow-uncorrected-beds")
need(any("2 bed positions" in w for w in res["warnings"]), f"the waiver is not told: {res['warnings']}")
need(res["waived_by"] == ["allow-uncorrected-beds"], f"waived by {res['waived_by']}")
near(res["lung_shunt_fraction"], F, 0.01, "shunt fraction of beds that are used as they are")
