"""Direction and values against plastimatch, VOIs moved in files and brought back, refusals.

plastimatch and the affine of a file are the truth here; rows G13 and G15 are those of the threat
model.
"""
import array
import hashlib
import json
import math
import pathlib
import random
import shutil
import struct
import subprocess

from e2e import (PHANTOM, box_args, box_files, bytes_of, near, need, read_nifti, refused, result,
                 tare, tool, voi, write_nifti)

SIZE, SPACING, ORIGIN = (36, 32, 28), (3.0, 3.5, 4.0), (-50.0, -55.0, -54.0)


def rotation(angles_deg):
    """Rz Rx Ry, LPS"""
    x, y, z = (math.radians(a) for a in angles_deg)
    rx = [[1, 0, 0], [0, math.cos(x), -math.sin(x)], [0, math.sin(x), math.cos(x)]]
    ry = [[math.cos(y), 0, math.sin(y)], [0, 1, 0], [-math.sin(y), 0, math.cos(y)]]
    rz = [[math.cos(z), -math.sin(z), 0], [math.sin(z), math.cos(z), 0], [0, 0, 1]]

    def times(a, b):
        return [[sum(a[r][k] * b[k][c] for k in range(3)) for c in range(3)] for r in range(3)]
    return times(rz, times(rx, ry))


def apply(r, t, p):
    return [sum(r[i][k] * p[k] for k in range(3)) + t[i] for i in range(3)]


def inverse(r, t):
    back = [list(column) for column in zip(*r)]
    return back, [-v for v in apply(back, (0, 0, 0), t)]


def write_tfm(path, r, t, comment=""):
    """an ITK transform: fixed points to moving ones"""
    numbers = " ".join(repr(v) for row in r for v in row)
    shifts = " ".join(repr(v) for v in t)
    path.write_text(f"#Insight Transform File V1.0\n{comment}#Transform 0\n"
                    "Transform: AffineTransform_double_3_3\n"
                    f"Parameters: {numbers} {shifts}\nFixedParameters: 0 0 0\n")
    return path


def points(size=SIZE, spacing=SPACING, origin=ORIGIN):
    """LPS centers; files are RAS"""
    for k in range(size[2]):
        for j in range(size[1]):
            for i in range(size[0]):
                yield (-(origin[0] + spacing[0] * i), -(origin[1] + spacing[1] * j),
                       origin[2] + spacing[2] * k)


def blob(p):
    """smooth, and different along every axis and direction"""
    a = math.exp(-((p[0] - 5) ** 2 / 300 + (p[1] + 8) ** 2 / 150 + (p[2] - 4) ** 2 / 200))
    b = math.exp(-((p[0] + 14) ** 2 / 60 + (p[1] - 10) ** 2 / 90 + (p[2] + 12) ** 2 / 70))
    return 1000 * a + 600 * b


def moved_affine(path, to, r, t):
    """the same voxels, as another scanner has them: the affine moved by x -> r x + t (LPS)"""
    raw = bytearray(bytes_of(path))
    flip = (-1, -1, 1)
    rows = [struct.unpack_from("<4f", raw, 280 + 16 * n) for n in range(3)]
    for n in range(3):
        row = [flip[n] * sum(r[n][k] * flip[k] * rows[k][c] for k in range(3)) for c in range(4)]
        row[3] += flip[n] * t[n]
        struct.pack_into("<4f", raw, 280 + 16 * n, *row)
    struct.pack_into("<h", raw, 252, 0)  # no qform
    struct.pack_into("<h", raw, 254, 1)
    to.write_bytes(raw)
    return to


def centroid(path):
    size, rows, values = read_nifti(path)
    total, moment = 0.0, [0.0, 0.0, 0.0]
    x = 0
    for k in range(size[2]):
        for j in range(size[1]):
            for i in range(size[0]):
                v = values[x]
                x += 1
                if v:
                    total += v
                    for n in range(3):
                        moment[n] += v * (rows[n][0] * i + rows[n][1] * j + rows[n][2] * k +
                                          rows[n][3])
    return total, [m / total for m in moment]


def lps(p):
    return [-p[0], -p[1], p[2]]


HERE = pathlib.Path.cwd()
R = rotation((8, -6, 11))
T = [6.0, -9.0, 7.5]                  # fixed to moving, about the origin
BACK_R, BACK_T = inverse(R, T)        # moving to fixed
ITK = write_tfm(HERE / "known.tfm", R, T)
IMAGE = write_nifti(HERE / "image.nii", SIZE, SPACING, [blob(p) for p in points()], origin=ORIGIN)


def images_go_where_plastimatch_takes_them():
    tool("plastimatch")
    tare("register", "--fixed", IMAGE, "--apply", ITK, "--image", IMAGE, "--out", "a")
    for name, transform in (("p1.nii", ITK), ("p2.nii", "a/transform.tfm")):
        subprocess.run(["plastimatch", "convert", "--input", IMAGE, "--fixed", IMAGE, "--xf",
                        transform, "--output-img", name], check=True, stdout=subprocess.DEVNULL)
        _, _, theirs = read_nifti(name)
        _, _, ours = read_nifti("a/image_1.nii.gz")
        worst = max(abs(a - b) for a, b in zip(ours, theirs))
        need(max(ours) > 500 and worst < 0.05, f"{name}: off plastimatch by {worst} of 1000")
    # What was written is the same transform, and the analytic image is where it should be.
    _, _, ours = read_nifti("a/image_1.nii.gz")
    inner = [(v, blob(apply(R, T, p))) for v, p in zip(ours, points())
             if all(abs(c) < 35 for c in p)]
    worst = max(abs(v - want) for v, want in inner)
    need(worst < 60, f"linear interpolation is off the analytic image by {worst} of 1000")


def g16_g17_activity_and_labels_keep_what_they_hold():
    """counts are kept as counts, concentrations per volume"""
    counts = write_nifti(HERE / "counts.nii", SIZE, SPACING,
                         [round(blob(p)) for p in points()], origin=ORIGIN)
    mask = write_nifti(HERE / "mask.nii", SIZE, SPACING,
                       [int(blob(p) > 400) for p in points()], "B", ORIGIN)
    before, middle = centroid(counts)
    p = tare("register", "--fixed", IMAGE, "--apply", ITK, "--activity", counts, "--voi",
             f"tumor:T1={mask}", "--grid-mm", "2.5", "--out", "b", "--json")
    res = result("b")
    need(p.stdout.strip(), "--json printed nothing")
    after, moved = centroid("b/activity_1.nii.gz")
    row = res["resampled"][0]
    near(after, before, 1e-4, "total of the resampled counts")
    near(row["total_after"], after, 1e-6, "total_after")
    near(row["kept_fraction"], 1.0, 1e-4, "kept_fraction")
    want = apply(BACK_R, BACK_T, lps(middle))
    need(math.dist(lps(moved), want) < 0.05, f"center of activity at {lps(moved)}, wanted {want}")
    _, _, fractions = read_nifti(mask)
    near(voi(res, "T1")["volume_ml"], sum(fractions) * 3.0 * 3.5 * 4.0 / 1000, 2e-3, "T1 volume")
    need(any("direction of the transform is not checked" in w for w in res["warnings"]),
         "an unchecked direction is not told")
    # The other direction is another place: with --invert it goes to and fro.
    back = write_tfm(HERE / "back.tfm", BACK_R, BACK_T)
    tare("register", "--fixed", IMAGE, "--apply", back, "--invert", "--activity", counts,
         "--grid-mm", "2.5", "--out", "c")
    need(read_nifti("c/activity_1.nii.gz")[2] == read_nifti("b/activity_1.nii.gz")[2] or
         math.dist(centroid("c/activity_1.nii.gz")[1], moved) < 1e-3, "--invert is no inverse")
    # Row G17: the same numbers as a concentration keep their integral over the volume.
    shutil.copy(counts, HERE / "per_ml.nii")
    (HERE / "per_ml.json").write_text('{"Units": "Bq/mL"}', encoding="utf-8")
    tare("register", "--fixed", IMAGE, "--apply", ITK, "--activity", HERE / "per_ml.nii",
         "--grid-mm", "2.5", "--out", "per_ml")
    row = result("per_ml")["resampled"][0]
    near(centroid("per_ml/activity_1.nii.gz")[0] * 2.5 ** 3, before * 3.0 * 3.5 * 4.0, 1e-4,
         "integral of the concentration")
    need(row["unit"] == "Bq/mL" and res["resampled"][0]["unit"] == "counts", "units of the two")
    near(row["total_after"], before * 3.0 * 3.5 * 4.0 / 1000, 1e-4, "Bq in all")
    # What leaves the grid is told, not scaled away.
    far = write_tfm(HERE / "far.tfm", rotation((0, 0, 0)), [-60.0, 0.0, 0.0])
    tare("register", "--fixed", IMAGE, "--apply", far, "--activity", counts, "--out", "d")
    row = result("d")["resampled"][0]
    kept = centroid("d/activity_1.nii.gz")[0] / before
    near(row["kept_fraction"], kept, 1e-6, "kept_fraction of what is left")
    need(0.05 < kept < 0.9 and any("is lost" in w for w in result("d")["warnings"]), "lost, untold")
    # What plan refuses does not pass through here: 5 more in every voxel, also in air.
    with open(counts, "rb") as f:
        head = bytearray(f.read())
    struct.pack_into("<2f", head, 112, 1, 5)
    with open(HERE / "more.nii", "wb") as f:
        f.write(head)
    args = ["register", "--fixed", IMAGE, "--apply", far, "--activity", HERE / "more.nii", "--out"]
    refused(3, ["more.nii", "scl_inter adds 5"], *args, "more", out="more")
    tare(*args, "more", "--allow-intercept")
    need(any("activity_1" in w and "scl_inter" in w for w in result("more")["warnings"]),
         "a kept intercept is not told")
    need(result("more")["waived_by"] == ["allow-intercept"], f"waived by {result('more')['waived_by']}")
    for shift in (1e4, -1e30):
        away = write_tfm(HERE / "away.tfm", rotation((0, 0, 0)), [0.0, shift, 0.0])
        for what in (["--activity", counts], ["--image", counts]):
            refused(3, ["1: moved, it lies wholly outside", "mm"], "register", "--fixed", IMAGE,
                    "--apply", away, *what, "--out", "g", out="g")


def other_frame(to):
    """the phantom's CT and contours as another study has them: another frame of reference"""
    uid = None
    shutil.copytree(PHANTOM / "dicom", to)
    for path in sorted(to.rglob("*.dcm")):
        raw = path.read_bytes()
        if uid is None:
            at = raw.index(b"\x20\x00\x52\x00UI")
            length = struct.unpack_from("<H", raw, at + 6)[0]
            uid = raw[at + 8:at + 8 + length].rstrip(b"\0")
        path.write_bytes(raw.replace(uid, uid[:-1] + (b"1" if uid[-1:] != b"1" else b"2")))
    return uid.decode(), uid[:-1].decode() + ("1" if uid[-1:] != b"1" else "2")


def studies_are_linked_by_frame_of_reference():
    diag = HERE / "diag"
    here, there = other_frame(diag)
    tare("register", "--fixed", PHANTOM / "dicom" / "ct", "--moving", diag / "ct", "--activity",
         diag / "spect", "--case-id", "P1", "--out", "reg", "--threads", "1")
    tare("register", "--fixed", PHANTOM / "dicom" / "ct", "--moving", diag / "ct", "--activity",
         diag / "spect", "--case-id", "P1", "--out", "reg3", "--threads", "3")
    for name in ("transform.tfm", "moving.nii.gz", "activity_1.nii.gz"):
        need(pathlib.Path("reg", name).read_bytes() == pathlib.Path("reg3", name).read_bytes(),
             f"{name} depends on the number of threads")
    found = result("reg")
    need(found["registration"]["verdict"] == "good", "a good registration is doubted")
    need(math.hypot(*found["transform"]["shift_mm"]) < 0.05, "the same image has moved")
    for text in (pathlib.Path("reg/result.json").read_text(),
                 pathlib.Path("reg/transform.tfm").read_text()):
        need(here not in text and there not in text, "a frame of reference is printed")
    p = subprocess.run(["dciodvfy", "reg/transform.dcm"], capture_output=True, text=True) \
        if shutil.which("dciodvfy") else None
    need(p is None or "Error" not in p.stderr, f"dciodvfy: {p and p.stderr}")
    # Row G13: another frame of reference is refused, or brought here by its transform.
    case = ["plan", "--spect", PHANTOM / "dicom" / "spect", "--voi",
            f"liver={diag / 'rtstruct.dcm'}#liver", "--voi", f"tumor:T1={diag / 'rtstruct.dcm'}#T1",
            "--case-id", "P1", "--activity-gbq", "2"]
    refused(3, ["frames of reference", "--transform"], *case, "--out", "g13", out="g13")
    own = [str(a).replace(str(diag), str(PHANTOM / "dicom")) for a in case]
    tare(*own, "--out", "plain")
    want = result("plain")
    for transform in ("reg/transform.dcm", "reg/transform.tfm"):
        out = "by_" + transform[-3:]
        tare(*case, "--transform", f"vois={transform}", "--out", out)
        got = result(out)
        need(got["transforms"][0]["frames_checked"] is True, "the frames are not checked")
        digest = hashlib.sha256(pathlib.Path(transform).read_bytes()).hexdigest()
        need(got["transforms"][0]["sha256"] == digest and
             any(i["role"] == "transform:vois" and i["sha256"] == digest for i in got["inputs"]),
             "the transform's digest is not in the provenance")
        need(any(digest[:12] in w for w in got["warnings"]), "the transform is not told")
        for name in ("liver", "T1"):
            near(voi(got, name)["mean_gy"], voi(want, name)["mean_gy"], 1e-3, f"{name} mean")
            near(voi(got, name)["volume_ml"], voi(want, name)["volume_ml"], 1e-3, f"{name} ml")
    # A transform of other studies, and one that has nothing to move.
    text = pathlib.Path("reg/transform.tfm").read_text()
    other = hashlib.sha256(b"1.2.3").hexdigest()
    digest = hashlib.sha256(there.encode()).hexdigest()
    pathlib.Path("other.tfm").write_text(text.replace(digest, other))
    refused(3, ["liver", "other frames of reference"], *case, "--transform", "vois=other.tfm",
            "--out", "g", out="g")
    refused(3, ["already", "leave the transform out"], *own, "--transform",
            "vois=reg/transform.dcm", "--out", "g", out="g")
    refused(2, ["T9", "nothing of that name"], *case, "--transform", "vois=reg/transform.dcm",
            "--transform", "T9=reg/transform.dcm", "--out", "g", out="g")
    refused(2, ["WHAT=FILE"], *case, "--transform", "reg/transform.dcm", "--out", "g", out="g")


def voi_masks_of_another_place_give_the_same_doses():
    box = box_files(HERE / "box")
    plain = ["dose", *box_args(box), "--case-id", "P1"]
    tare(*plain, "--out", "e")
    moved = HERE / "moved"
    moved.mkdir()
    for name in ("liver", "tumor", "lungs"):
        moved_affine(box / f"{name}.nii", moved / f"{name}.nii", R, T)  # as the moving image has it
    args = [str(a).replace(f"={box}", f"={moved}") for a in plain]
    tare(*args, "--transform", f"vois={ITK}", "--out", "f")
    for name in ("liver", "T1", "lungs"):
        for key, tolerance in (("volume_ml", 3e-3), ("mean_gy", 5e-3)):
            near(voi(result("f"), name)[key], voi(result("e"), name)[key], tolerance,
                 f"{name} {key}")
        for key in ("shift_5mm_percent", "shift_10mm_percent"):
            need(key in voi(result("f"), name), f"no {key}")
    # Row G15: the wrong way round, or in voxels instead of mm, VOIs leave the image.
    away = write_tfm(HERE / "away.tfm", rotation((0, 0, 0)), [0.0, 0.0, 60.0])
    refused(3, ["direction", "mm"], *plain, "--transform", f"vois={away}", "--out", "g", out="g")
    # Row G15: scale, shear, reflection, singular.
    for text, matrix in (("scales", [[1.1, 0, 0], [0, 1, 0], [0, 0, 1]]),
                         ("shears", [[math.sqrt(1 - 1e-4), 0.01, 0], [0, 1, 0], [0, 0, 1]]),
                         ("mirrors", [[-1, 0, 0], [0, 1, 0], [0, 0, 1]]),
                         ("singular", [[1, 0, 0], [0, 1, 0], [0, 0, 0]])):
        bad = write_tfm(HERE / "bad.tfm", matrix, [0.0, 0.0, 0.0])
        refused(3, ["bad.tfm", text], *plain, "--transform", f"vois={bad}", "--out", "g", out="g")


def what_cannot_be_registered_is_refused():
    rng = random.Random(7)
    noise = write_nifti(HERE / "noise.nii", SIZE, SPACING,
                        [rng.gauss(0, 100) for _ in points()], origin=ORIGIN)
    args = ["register", "--fixed", IMAGE, "--moving", noise]
    refused(3, ["registration failed", "--accept-doubtful"], *args, "--out", "g", out="g")
    tare(*args, "--accept-doubtful", "--out", "h")
    res = result("h")
    need(res["registration"]["verdict"] == "doubtful" and res["registration"]["doubts"] and
         any("accepted although doubtful" in w for w in res["warnings"]), "a doubt is not told")
    need(res["waived_by"] == ["accept-doubtful"], f"waived by {res['waived_by']}")
    refused(2, ["--moving", "--apply"], "register", "--fixed", IMAGE, "--out", "g", out="g")
    refused(2, ["--apply"], *args, "--apply", ITK, "--out", "g", out="g")
    refused(3, ["neither"], "register", "--fixed", IMAGE, "--apply", IMAGE, "--out", "g", out="g")


images_go_where_plastimatch_takes_them()
g16_g17_activity_and_labels_keep_what_they_hold()
voi_masks_of_another_place_give_the_same_doses()
def an_mr_is_registered_as_dicom():
    """The phantom's CT as an MR of another study shows it: no signal from air, soft tissue brighter
    than bone, another scale in every slice; its frame of reference lies 4 mm aside."""
    mr = HERE / "mr"
    other_frame(mr)
    shift_mm = 4.0
    for n, path in enumerate(sorted((mr / "ct").rglob("*.dcm"))):
        raw = path.read_bytes()
        for old, new in ((b"1.2.840.10008.5.1.4.1.1.2\0", b"1.2.840.10008.5.1.4.1.1.4\0"),
                         (b"\x08\0\x60\0CS\x02\0CT", b"\x08\0\x60\0CS\x02\0MR")):
            need(old in raw, "the phantom's CT is written in another way")
            raw = raw.replace(old, new)
        at = raw.index(b"\x20\0\x32\0DS") + 8
        length = struct.unpack_from("<H", raw, at - 2)[0]
        place = [float(v) for v in raw[at:at + length].decode().split("\\")]
        place[0] += shift_mm
        text = "\\".join(f"{v:.9g}" for v in place).encode()
        need(len(text) <= length, "no room for the new position")
        raw = raw[:at] + text.ljust(length) + raw[at + length:]
        head, pixels = raw[:-2 * 192 * 192], array.array("H", raw[-2 * 192 * 192:])
        path.write_bytes(head + array.array(
            "H", [0 if (v & 0xfff) < 500 else 3000 - (v & 0xfff) for v in pixels]).tobytes())
    seen = json.loads(tare("inspect", mr / "ct", "--json").stdout)["series"]
    need([s["usable_as"] for s in seen] == ["mr"] and not seen[0]["needs"], "inspect of an MR")
    tare("register", "--fixed", PHANTOM / "dicom" / "ct", "--moving", mr / "ct", "--case-id", "P1",
         "--out", "mr_reg", "--threads", "2")
    found = result("mr_reg")
    need(found["registration"]["verdict"] == "good", f"{found['registration']}")
    got = found["transform"]["shift_mm"]
    need(math.dist([abs(v) for v in got], [shift_mm, 0, 0]) < 1.0, f"the MR has moved by {got} mm")
    # No dose is made from an MR.
    refused(3, ["is no spect", "mr"], "dose", "--spect", mr / "ct", "--out", "never", out="never")
    # Which of two CTs is meant is not known, and the MR beside them is neither.
    for path in sorted((PHANTOM / "dicom" / "ct").rglob("*.dcm")):
        raw = bytearray(path.read_bytes())
        (mr / "ct" / f"first_{path.name}").write_bytes(raw)
        at = raw.index(b"\x20\0\x0e\0UI") + 8
        end = at + struct.unpack_from("<H", raw, at - 2)[0]
        last = max(n for n in range(at, end) if raw[n] in b"0123456789")
        raw[last] = ord("1") if raw[last] != ord("1") else ord("2")  # another series
        (mr / "ct" / f"second_{path.name}").write_bytes(raw)
    refused(3, ["2 ct series", "choose one"], "register", "--fixed", PHANTOM / "dicom" / "ct",
            "--moving", mr / "ct", "--case-id", "P1", "--out", "never", out="never")


def another_patient_is_refused_or_waived_and_told():
    shutil.copytree(PHANTOM / "dicom" / "ct", "other")
    subprocess.run(["dcmodify", "-nb", "-m", "(0010,0020)=OTHER",
                    *map(str, pathlib.Path("other").iterdir())], check=True)
    pathlib.Path("small_turn.tfm").write_text(
        "#Insight Transform File V1.0\n#Transform 0\nTransform: Euler3DTransform_double_3_3\n"
        "Parameters: 0 0 0.1 1 2 3\nFixedParameters: 0 0 0\n")
    args = ["register", "--fixed", PHANTOM / "dicom" / "ct", "--apply", "small_turn.tfm", "--image", "other"]
    refused(3, ["different patients", "--patient-override"], *args, "--out", "two", out="two")
    tare(*args, "--patient-override", "--out", "two")
    need(any("--patient-override" in w for w in result("two")["warnings"]), "the waiver is not told")
    need(result("two")["waived_by"] == ["patient-override"], f"waived by {result('two')['waived_by']}")


studies_are_linked_by_frame_of_reference()
another_patient_is_refused_or_waived_and_told()
an_mr_is_registered_as_dicom()
what_cannot_be_registered_is_refused()
