"""Row V13 of the threat model. The files are written here, in implicit VR: only there may an element
of text hold over 64 KiB, and so a contour over some thousands of points.
"""
import math
import struct
import time

from e2e import near, need, refused, result, tare, voi, write_nifti

SIZE, SPACING = (40, 40, 6), (5.0, 5.0, 5.0)
ORIGIN = (-97.5, -97.5, -12.5)
PLANES_MM = (-5.0, 0.0, 5.0)


def element(tag, value):
    """a string, bytes, or a list of items, each a list of elements"""
    if isinstance(value, list):
        value = b"".join(b"\xfe\xff\x00\xe0" + struct.pack("<I", sum(map(len, item))) +
                         b"".join(item) for item in value)
    elif isinstance(value, str):
        value = value.encode() + (b" " if len(value) % 2 else b"")
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def uid(text):
    return text.encode() + (b"\0" if len(text) % 2 else b"")


def write_dicom(name, sop_class, elements):
    def meta(element_number, vr, value):
        return struct.pack("<HH2sH", 2, element_number, vr, len(value)) + value
    head = (struct.pack("<HH2sHI", 2, 1, b"OB", 0, 2) + b"\x00\x01" +
            meta(2, b"UI", uid(sop_class)) + meta(3, b"UI", uid("2.25.11")) +
            meta(16, b"UI", uid("1.2.840.10008.1.2")))
    with open(name, "wb") as f:
        f.write(bytes(128) + b"DICM" + struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(head)) + head)
        f.write(b"".join(elements))
    return name


COMMON = [element(0x00100010, "V13"), element(0x00100020, "V13"),
          element(0x0020000D, uid("2.25.12")), element(0x0020000E, uid("2.25.13"))]


def contour(points):
    """points: text of 3 numbers each, or a ready text with their count"""
    data, count = points if isinstance(points, tuple) else ("\\".join(points), len(points))
    return [element(0x30060042, "CLOSED_PLANAR"), element(0x30060046, str(count)),
            element(0x30060050, data)]


def write_rtstruct(name, rois):
    """rois: (name, contours)"""
    sop = "1.2.840.10008.5.1.4.1.1.481.3"
    return write_dicom(name, sop, [
        element(0x00080016, uid(sop)), element(0x00080018, uid("2.25.11")),
        element(0x00080060, "RTSTRUCT"), *COMMON,
        element(0x30060020, [[element(0x30060022, str(n)), element(0x30060024, uid("2.25.14")),
                              element(0x30060026, roi)] for n, (roi, _) in enumerate(rois, 1)]),
        element(0x30060039, [[element(0x30060040, [contour(c) for c in contours]),
                              element(0x30060084, str(n))]
                             for n, (_, contours) in enumerate(rois, 1)])])


def round_contour(count, z_mm):
    turn = 2 * math.pi / count
    return [f"{80 * math.cos(turn * n):.5f}\\{80 * math.sin(turn * n):.5f}\\{z_mm:g}"
            for n in range(count)]


def comb(teeth, z_mm, low=-90.0, high=90.0):
    """thin triangles side by side, of 100 to 160 mm: no height has two corners"""
    wide = 180.0 / teeth
    points = [f"{-90:.6f}\\{low:.6f}\\{z_mm:g}"]
    for n in range(teeth):
        top = 10 + 60 * math.sin(0.7 * n) ** 2
        gap = low + 1 + 0.5 * math.cos(1.3 * n) if n < teeth - 1 else low
        points += [f"{-90 + (n + 0.5) * wide:.6f}\\{top:.6f}\\{z_mm:g}",
                   f"{-90 + (n + 1) * wide:.6f}\\{gap:.6f}\\{z_mm:g}"]
    at = [tuple(map(float, p.split("\\")[:2])) for p in points]
    area = abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(at, at[1:] + at[:1]))) / 2
    return points, area


def volume_of(path, name="V"):
    begin = time.monotonic()
    tare("dvh", "--dose", "dose.nii", "--voi", f"tumor:V={path}#{name}", "--out", "o", "--overwrite")
    return voi(result("o"), "V")["volume_ml"], time.monotonic() - begin


write_nifti("dose.nii", SIZE, SPACING, [50.0] * (SIZE[0] * SIZE[1] * SIZE[2]), origin=ORIGIN)
DVH = ["dvh", "--dose", "dose.nii", "--out", "never"]


def v13_contours_of_a_million_points_are_read_in_linear_time():
    most = 1000000
    ml, seconds = volume_of(write_rtstruct("round.dcm", [("V", [round_contour(most, -5.0)] + [
        round_contour(1000, z) for z in PLANES_MM[1:]])]))
    near(ml, math.pi * 80 ** 2 * 15 / 1000, 1e-4, "a circle of 10^6 points")
    print(f"10^6 points around a circle: {seconds:.1f} s")
    refused(3, ["rtss.dcm", "'V'", "1000001 points", "limit of 1000000"], *DVH, "--voi",
            f"tumor:V={write_rtstruct('rtss.dcm', [('V', [round_contour(most + 1, 0.0)])])}",
            out="never")


def v13_combs_take_no_longer_than_their_points():
    """a comb's teeth all lie beside each other: each height meets every one of them"""
    took = {}
    for teeth in (6000, 48000):
        points, area = comb(teeth, 0.0)
        planes = [points, [p.rsplit("\\", 1)[0] + "\\5" for p in points]]
        ml, took[teeth] = volume_of(write_rtstruct("comb.dcm", [("V", planes)]))
        near(ml, 2 * area * 5 / 1000, 1e-5, f"a comb of {teeth} teeth")
        print(f"comb of {teeth} teeth: {took[teeth]:.2f} s")
    # Eight times the points; a quadratic time were sixty-four.
    need(took[48000] < 25 * max(took[6000], 0.1), f"combs of 6000 and 48000 teeth took {took} s")


def v13_an_roi_has_a_limit_of_points():
    text = "\\".join(["1\\2\\3", "4\\2\\3", "4\\5\\3", "1\\5\\3"] * 225000), 900000
    refused(3, ["many.dcm", "'V'", "5000000 points"], *DVH, "--voi",
            f"tumor:V={write_rtstruct('many.dcm', [('V', [text] * 6)])}", out="never")


def v13_contours_that_cross_without_end_are_refused():
    zigzag = [f"{(n * 7919 % 3001) * 0.05 - 75:.3f}\\{(-1) ** n * (60 + n * 0.001):.4f}\\{{}}"
              for n in range(3001)]
    rois = [("V", [[p.format(z) for p in zigzag] for z in PLANES_MM])]
    refused(3, ["knot.dcm", "cross each other over 1000000 times"], *DVH, "--voi",
            f"tumor:V={write_rtstruct('knot.dcm', rois)}", out="never")


def v13_ten_thousand_rois_are_read_and_one_more_is_not():
    square = [["-10\\-10\\{}", "10\\-10\\{}", "10\\10\\{}", "-10\\10\\{}"]]
    planes = [[p.format(z) for p in square[0]] for z in PLANES_MM]
    rois = [(f"R{n}", planes) for n in range(10001)]
    ml, seconds = volume_of(write_rtstruct("rois.dcm", rois[:-1]), "R9999")
    near(ml, 20 * 20 * 15 / 1000, 1e-5, "the last of 10^4 ROIs")
    print(f"one of 10^4 ROIs: {seconds:.1f} s")
    tare("inspect", "rois.dcm")
    refused(3, ["more.dcm", "10001 ROIs", "limit of 10000"], *DVH, "--voi",
            f"tumor:V={write_rtstruct('more.dcm', rois)}#R5", out="never")


def v13_ten_thousand_segments_are_read_and_one_more_is_not():
    sop = "1.2.840.10008.5.1.4.1.1.66.4"

    def write_seg(name, count):
        def frame(z_mm):
            return [element(0x00209113, [[element(0x00200032, f"-12.5\\-12.5\\{z_mm:g}")]]),
                    element(0x0062000A, [[element(0x0062000B, struct.pack("<H", 10000))]])]
        return write_dicom(name, sop, [
            element(0x00080016, uid(sop)), element(0x00080018, uid("2.25.11")),
            element(0x00080060, "SEG"), *COMMON, element(0x00200052, uid("2.25.14")),
            element(0x00280002, struct.pack("<H", 1)), element(0x00280004, "MONOCHROME2"),
            element(0x00280008, "3"), element(0x00280010, struct.pack("<H", 8)),
            element(0x00280011, struct.pack("<H", 8)), element(0x00280100, struct.pack("<H", 1)),
            element(0x00280101, struct.pack("<H", 1)), element(0x00280102, struct.pack("<H", 0)),
            element(0x00280103, struct.pack("<H", 0)), element(0x00620001, "BINARY"),
            element(0x00620002, [[element(0x00620004, struct.pack("<H", n)),
                                  element(0x00620005, f"S{n}")] for n in range(1, count + 1)]),
            element(0x52009229, [[
                element(0x00209116, [[element(0x00200037, "1\\0\\0\\0\\1\\0")]]),
                element(0x00289110, [[element(0x00180050, "5"), element(0x00180088, "5"),
                                      element(0x00280030, "5\\5")]])]]),
            element(0x52009230, [frame(z) for z in PLANES_MM]),
            element(0x7FE00010, bytes([0, 0x3C, 0x3C, 0x3C, 0x3C, 0, 0, 0] * 3))])
    ml, seconds = volume_of(write_seg("segments.dcm", 10000), "S10000")
    near(ml, 3 * 16 * 0.125, 1e-5, "the last of 10^4 segments")
    print(f"one of 10^4 segments: {seconds:.1f} s")
    refused(3, ["toomany.dcm", "10001 segments", "limit of 10000"], *DVH, "--voi",
            f"tumor:V={write_seg('toomany.dcm', 10001)}#S5", out="never")


for row in (v13_contours_of_a_million_points_are_read_in_linear_time,
            v13_combs_take_no_longer_than_their_points, v13_an_roi_has_a_limit_of_points,
            v13_contours_that_cross_without_end_are_refused,
            v13_ten_thousand_rois_are_read_and_one_more_is_not,
            v13_ten_thousand_segments_are_read_and_one_more_is_not):
    row()
    print(row.__name__)
