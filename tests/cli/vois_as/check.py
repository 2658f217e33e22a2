"""Every format of --vois-as against vois.nii.gz, by its own bytes, by dciodvfy, by plastimatch, and
through `tare dvh`, which must find the same volumes and doses in it again.

vois.nii.gz holds fractions as bytes 0..255, and so do the frames of vois.dcm; binary formats hold
the voxels that are filled by half or more: bytes from 128.
"""
import gzip
import math
import pathlib
import re
import struct
import subprocess

from e2e import PHANTOM, bytes_of, load, near, need, refused, result, tare, tool, voi

FORMATS = ["seg", "seg-binary", "rtstruct", "seg.nrrd"]
NAMES = ["liver", "RHA", "T1", "T2", "T3", "lungs"]
tare("plan", PHANTOM / "case-plan.json", "--dose-engine", "local", "--dose-dicom", "--out", "o",
     "--threads", 2, *[a for f in FORMATS for a in ("--vois-as", f)])
vois = [v["name"] for v in load("o/vois.json")]
raw = bytes_of("o/vois.nii.gz")
size = struct.unpack_from("<8h", raw, 40)[1:4]
plane, voxels = size[0] * size[1], size[0] * size[1] * size[2]
fractions = [raw[352 + n * voxels:352 + (n + 1) * voxels] for n in range(len(vois))]

for name in ("vois.dcm", "vois_binary.dcm", "vois_rtstruct.dcm"):
    p = subprocess.run([tool("dciodvfy"), f"o/{name}"], capture_output=True, text=True)
    found = [line for line in (p.stdout + p.stderr).splitlines() if line.startswith("Error")]
    need(not found and p.returncode == 0, f"dciodvfy on {name}: {found[:5]}")


def dump(name, *tags):
    search = [a for t in tags for a in ("+P", t)]
    p = subprocess.run([tool("dcmdump"), "+L", *search, name], capture_output=True, text=True,
                       check=True)
    return [re.search(r"\[?([^\]#]*?)\]?\s*#", line.split(" ", 2)[2]).group(1)
            for line in p.stdout.splitlines()]


# Frames of a segmentation, from the end of its file: pixel data are its last element.
for name, binary in (("o/vois.dcm", False), ("o/vois_binary.dcm", True)):
    labels = dump(name, "0062,0005")
    places = [tuple(map(int, v.split("\\"))) for v in dump(name, "0020,9157")]
    wanted = {}
    for label in labels:
        stored = fractions[vois.index(label)]
        for k in range(size[2]):
            part = stored[k * plane:(k + 1) * plane]
            part = bytes(b >= 128 for b in part) if binary else part
            if any(part):
                wanted[(labels.index(label) + 1, k + 1)] = part
    need(len(places) == len(set(places)) and set(places) == set(wanted),
         f"{name}: {len(places)} frames, {len(wanted)} wanted")
    data = pathlib.Path(name).read_bytes()
    length = (len(places) * plane + 7) // 8 if binary else len(places) * plane
    need(struct.unpack("<I", data[-length - length % 2 - 4:][:4])[0] == length + length % 2,
         f"{name}: pixel data do not end the file")
    data = data[len(data) - length - length % 2:]
    if binary:
        data = bytes(data[n // 8] >> n % 8 & 1 for n in range(len(places) * plane))
    for n, place in enumerate(places):
        need(data[n * plane:(n + 1) * plane] == wanted[place], f"{name}: frame {place} differs")

# The .seg.nrrd: labels of layers; every voxel of every segment.
head, _, data = pathlib.Path("o/vois.seg.nrrd").read_bytes().partition(b"\n\n")
fields = dict(re.split(r":=|: ", line, maxsplit=1) for line in head.decode().split("\n")[1:])
layers = int(fields["sizes"].split()[0])
need(fields["sizes"] == f"{layers} {size[0]} {size[1]} {size[2]}", fields["sizes"])
data = gzip.decompress(data)
need(len(data) == layers * voxels, "size of the .seg.nrrd")
for n, name in enumerate(vois):
    need(fields[f"Segment{n}_Name"] == name, f"name of segment {n}")
    label, layer = int(fields[f"Segment{n}_LabelValue"]), int(fields[f"Segment{n}_Layer"])
    got = bytes(b == label for b in data[layer::layers])
    need(got == bytes(b >= 128 for b in fractions[n]), f"segment {name} of the .seg.nrrd")
need("SCT^108369006^Neoplasm" in fields["Segment2_Tags"], "coded term of T1")

# Read back: doses are those of the run itself in the fractional file, up to its 255 levels.
case = result("o")


def read_back(folder, file):
    tare("dvh", "--dose", "o/dose.dcm", "--out", folder, "--threads", 2,
         *[a for n in NAMES for a in ("--voi", f"tumor:{n}={file}#{n}")])
    return result(folder)


back = read_back("back_seg", "o/vois.dcm")
for n in NAMES:
    near(voi(back, n)["volume_ml"], voi(case, n)["volume_ml"], 1e-3, f"volume of {n} from SEG")
    near(voi(back, n)["mean_gy"], voi(case, n)["mean_gy"], 1e-3, f"mean of {n} from SEG")
binary = read_back("back_binary", "o/vois_binary.dcm")
nrrd = read_back("back_nrrd", "o/vois.seg.nrrd")
contours = read_back("back_contours", "o/vois_rtstruct.dcm")
voxel_ml = math.prod(case["grid"]["spacing_mm"]) / 1000
for n in NAMES:
    filled = sum(b >= 128 for b in fractions[vois.index(n)])
    near(voi(binary, n)["volume_ml"], filled * voxel_ml, 1e-6, f"volume of {n} from binary SEG")
    for key in ("volume_ml", "mean_gy", "d95_gy"):
        near(voi(nrrd, n)[key], voi(binary, n)[key], 1e-6, f"{key} of {n} from .seg.nrrd")
    print(f"{n}: {voi(case, n)['volume_ml']:.2f} ml, contours "
          f"{voi(contours, n)['volume_ml']:.2f}, binary {voi(binary, n)['volume_ml']:.2f}")
    # T3 is four voxels across.
    near(voi(contours, n)["volume_ml"], voi(case, n)["volume_ml"], 0.003,
         f"volume of {n} from contours")

# Compressed by DCMTK, the fractions come out the same.
for program, name in (("dcmcrle", "rle.dcm"), ("dcmcjpls", "jpls.dcm")):
    subprocess.run([tool(program), "o/vois.dcm", name], check=True)
    tare("dvh", "--dose", "o/dose.dcm", "--voi", f"tumor:T1={name}#T1", "--out", f"b_{name}")
    for key in ("volume_ml", "mean_gy", "max_gy"):
        need(voi(result(f"b_{name}"), "T1")[key] == voi(back, "T1")[key], f"{key} from {name}")

# plastimatch draws the contours on the dose grid, voxel centers inside.
subprocess.run([tool("plastimatch"), "convert", "--input", "o/vois_rtstruct.dcm", "--fixed",
                "o/dose.nii.gz", "--output-prefix", "masks", "--prefix-format", "nii.gz"],
               check=True, capture_output=True)
# Whole voxels only: the smaller the VOI, the more of it is surface.
# Its union of nested contours would fill the tumors of the normal liver: holes come by keyhole.
for n, part in (("liver", 0.005), ("T1", 0.02), ("T2", 0.06), ("normal_perfused", 0.005)):
    subprocess.run(["plastimatch", "convert", "--input", f"masks/{n}.nii.gz", "--output-img",
                    f"{n}.nii.gz", "--output-type", "uchar"], check=True, capture_output=True)
    theirs = bytes_of(f"{n}.nii.gz")[352:]
    ours = bytes(b >= 128 for b in fractions[vois.index(n)])
    dice = 2 * sum(a & b for a, b in zip(theirs, ours)) / (sum(theirs) + sum(ours))
    # The same by its own program, on the same grid: our voxels under its header.
    pathlib.Path("ours.nii").write_bytes(bytes_of(f"{n}.nii.gz")[:352] + ours)
    p = subprocess.run(["plastimatch", "dice", f"{n}.nii.gz", "ours.nii"], capture_output=True,
                       text=True, check=True)
    near(float(re.search(r"DICE:\s*(\S+)", p.stdout).group(1)), dice, 1e-5, f"plastimatch dice, {n}")
    print(f"{n}: plastimatch {sum(theirs) * voxel_ml:.2f} ml, Dice with half-filled {dice:.4f}")
    near(sum(theirs) * voxel_ml, voi(case, n)["volume_ml"], part, f"plastimatch's volume of {n}")
    need(dice > 0.97, f"plastimatch sees another {n}: Dice {dice:.4f}")

# V12: what a segmentation may not say, each change by DCMTK.
frame = "(5200,9230)[{}]."
owner = "(0062,000a)[{}].(0062,000b)"
for n, (change, part) in enumerate((
        (["-i", frame.format(0) + owner.format(1) + "=2"], "frame 1 is of 2 segments"),
        (["-m", "(5200,9230)[1].(0020,9113)[0].(0020,0032)=" +
          dump("o/vois.dcm", "0020,0032")[0]], "has two frames of segment 1 at one place"),
        (["-m", "(5200,9230)[1].(0020,9113)[0].(0020,0032)=" + "\\".join(
            dump("o/vois.dcm", "0020,0032")[0].split("\\")[:2] + ["7.1"])],
         "mm apart, SpacingBetweenSlices (0018,0088) says 4.8 mm"),
        (["-e", frame.format(2) + "(0062,000a)"], "frame 3 names no segment (0062,000a)"),
        (["-m", "(0062,000e)=100"], "MaximumFractionalValue (0062,000e) is 100"),
        (["-m", "(0062,0010)=SOMETHING"], "neither OCCUPANCY nor PROBABILITY"),
        (["-m", "(0062,0001)=BINARY"], "do not belong to its segmentation type"),
        (["-m", "(0062,0001)=SURFACE"], "of the type 'SURFACE' (0062,0001)"))):
    name = f"bad{n}.dcm"
    pathlib.Path(name).write_bytes(pathlib.Path("o/vois.dcm").read_bytes())
    subprocess.run([tool("dcmodify"), "-nb", *change, name], check=True, capture_output=True)
    refused(3, [name, part], "dvh", "--dose", "o/dose.dcm", "--voi", f"tumor:L={name}#liver",
            "--out", "never", out="never")

# `segment` writes the same: the VOIs that are kept, in the study and frame of the activity.
spect = PHANTOM / "dicom/spect/spect.dcm"
rt = PHANTOM / "dicom/rtstruct.dcm"
tare("segment", "--case-id", "P7", "--spect", spect, "--voi", f"liver={rt}#liver",
     "--voi", f"tumor:T1={rt}#T1", "--op", "rest = liver - T1", "--keep", "T1", "--keep", "rest",
     "--out", "made", "--threads", 2, *[a for f in ["nifti", *FORMATS] for a in ("--vois-as", f)])
need(sorted(p.name for p in pathlib.Path("made").iterdir())
     == ["segment.json", "vois.dcm", "vois.json", "vois.nii.gz", "vois.seg.nrrd",
         "vois_binary.dcm", "vois_rtstruct.dcm"], "files of segment")
raw = bytes_of("made/vois.nii.gz")
halves = [[b >= 128 for b in raw[352 + n * voxels:352 + (n + 1) * voxels]] for n in range(2)]
for file in ("vois.dcm", "vois_binary.dcm", "vois_rtstruct.dcm"):
    p = subprocess.run([tool("dciodvfy"), f"made/{file}"], capture_output=True, text=True)
    need(p.returncode == 0 and "\nError" not in p.stdout + p.stderr, f"dciodvfy on made/{file}")
    for tag in ("0020,000d", "0020,0052"):
        need(dump(f"made/{file}", tag)[0] == dump(str(spect), tag)[0], f"{tag} of made/{file}")
    need(dump(f"made/{file}", "0010,0020") == ["P7"], f"pseudonym in made/{file}")
for file in ("vois.dcm", "vois_binary.dcm", "vois.seg.nrrd"):
    folder = f"back_made_{file}"
    tare("dvh", "--dose", "o/dose.nii.gz", "--out", folder, "--voi",
         f"tumor:T1=made/{file}#T1", "--voi", f"liver=made/{file}#rest")
    for n, name in enumerate(("T1", "liver")):
        own = load("made/segment.json")["vois"][1 if n == 0 else 2]["volume_ml"]
        want = own if file == "vois.dcm" else sum(halves[n]) * voxel_ml
        near(voi(result(folder), name)["volume_ml"], want, 1e-3, f"{name} from made/{file}")
tare("segment", "--spect", spect, "--voi", f"liver={rt}#liver", "--op", "x = liver", "--out", "made",
     "--overwrite")
need(sorted(p.name for p in pathlib.Path("made").iterdir())
     == ["segment.json", "vois.json", "vois.nii.gz"], "files of an earlier segment are left")

# A format that is none.
refused(2, ["--vois-as: 'dicom' is not one of nifti|seg"], "segment", "--spect", spect, "--voi",
        f"liver={rt}#liver", "--op", "x = liver", "--vois-as", "dicom", "--out", "never",
        out="never")
refused(2, ["--vois-as: 'dicom' is not one of nifti|seg"], "dvh", "--dose", "o/dose.dcm", "--voi",
        "tumor:T1=o/vois.dcm#T1", "--vois-as", "dicom", "--out", "never", out="never")
