"""Sphere, cylinder, annulus, and boxes turned about one axis and about two, in a dose that rises
along x.

Each shape is 20 to 30 mm across, a mask of fractions on a fine grid of its own; the dose has voxels of
4.4 x 4.2 x 5 mm at six places. At D98 ... D2 either the dose or the volume is within 0.1 % of the
formula's, for F(t), the part of the shape where x < t.
"""
import itertools
import math

from e2e import near, need, result, tare, voi, write_nifti

FINE, HALF, SUB = 0.75, 21, 6
GY_PER_MM = 2.0
R, INNER, BOX, TURN = 15.0, 7.0, (13.0, 9.0), math.radians(30)
# Half lengths; turned by TURN about z, then by TILT about y.
SLANTED, TILT = (11.0, 9.0, 12.0), math.radians(25)
AXES = [(math.cos(TURN) * math.cos(TILT), math.sin(TURN), -math.cos(TURN) * math.sin(TILT)),
        (-math.sin(TURN) * math.cos(TILT), math.cos(TURN), math.sin(TURN) * math.sin(TILT)),
        (math.sin(TILT), 0.0, math.cos(TILT))]


def disk(u):
    u = max(-1.0, min(1.0, u))
    return 0.5 + (u * math.sqrt(1 - u * u) + math.asin(u)) / math.pi


def box_part(t):
    """two uniform widths along x, one after the other"""
    a, b = BOX[0] * math.cos(TURN), BOX[1] * math.sin(TURN)
    square = [max(0.0, t + sa * a + sb * b) ** 2 * sa * sb for sa in (1, -1) for sb in (1, -1)]
    return sum(square) / (8 * a * b)


def slanted_part(t):
    """three uniform widths along x, one after the other"""
    widths = [h * abs(axis[0]) for h, axis in zip(SLANTED, AXES)]
    cubes = [max(0.0, t + sum(s * w for s, w in zip(signs, widths))) ** 3 * math.prod(signs)
             for signs in itertools.product((1, -1), repeat=3)]
    return sum(cubes) / (48 * math.prod(widths))


def heights(shape, x, y):
    """where a line along z enters and leaves the shape"""
    if shape == "sphere":
        height = math.sqrt(max(0.0, R * R - x * x - y * y))
        return -height, height
    if shape == "slanted":
        ends = [sorted(((s * h - x * axis[0] - y * axis[1]) / axis[2]) for s in (1, -1))
                for h, axis in zip(SLANTED, AXES)]
        return max(low for low, _ in ends), min(high for _, high in ends)
    return (-R, R) if inside(shape, x, y) else (0.0, 0.0)


def inside(shape, x, y):
    if shape == "box":
        u = x * math.cos(TURN) + y * math.sin(TURN)
        v = y * math.cos(TURN) - x * math.sin(TURN)
        return abs(u) < BOX[0] and abs(v) < BOX[1]
    rr = x * x + y * y
    return rr < R * R and (shape == "cylinder" or rr > INNER * INNER)


PARTS = {"sphere": lambda t: (lambda u: (2 + 3 * u - u ** 3) / 4)(max(-1.0, min(1.0, t / R))),
         "cylinder": lambda t: disk(t / R),
         "annulus": lambda t: (R * R * disk(t / R) - INNER ** 2 * disk(t / INNER)) /
                              (R * R - INNER ** 2),
         "box": box_part, "slanted": slanted_part}
ML = {"sphere": 4 / 3 * math.pi * R ** 3, "cylinder": math.pi * R * R * 2 * R,
      "annulus": math.pi * (R * R - INNER ** 2) * 2 * R, "box": 4 * BOX[0] * BOX[1] * 2 * R,
      "slanted": 8 * math.prod(SLANTED)}
STEPS = [(n + 0.5) / SUB for n in range(SUB)]


def mask(shape):
    """fractions of fine voxels: sampled in the plane, exact along z"""
    half = HALF + 4 * (shape == "slanted")
    cells, n = range(-half, half), 2 * half
    values = [0.0] * n ** 3
    for i, j in itertools.product(cells, cells):
        column = [0.0] * n
        for s, t in itertools.product(STEPS, STEPS):
            x, y = (i + s) * FINE, (j + t) * FINE
            bottom, top = heights(shape, x, y)
            if top > bottom:
                for k in cells:
                    low, high = max(bottom, k * FINE), min(top, (k + 1) * FINE)
                    if high > low:
                        column[k + half] += (high - low) / FINE / SUB ** 2
        for k in range(n):
            values[i + half + n * (j + half + n * k)] = min(column[k], 1.0)
    return write_nifti(f"{shape}.nii", (n, n, n), (FINE,) * 3, values,
                       origin=((0.5 - half) * FINE,) * 3)


def inverse(part, volume):
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if part(middle) < volume else (low, middle)
    return low


SIZE, SPACING = (14, 14, 12), (4.4, 4.2, 5.0)
PLACES = [(0, 0, 0), (1.1, 0, 0), (0, 2.1, 0), (2.2, 1.0, 2.5), (-0.7, 0.4, 1.2), (1.7, -1.3, -0.8)]
vois = [a for shape in PARTS for a in ("--voi", f"tumor:{shape}={mask(shape)}")]
worst = {1: 0.0, 8: 0.0}
for place in PLACES:
    origin = [p - s * (n - 1) / 2 for p, s, n in zip(place, SPACING, SIZE)]
    row = [50 + GY_PER_MM * (origin[0] + i * SPACING[0]) for i in range(SIZE[0])]
    low = -min(row) + 1 if min(row) < 0 else 0.0
    write_nifti("dose.nii", SIZE, SPACING, [d + low for d in row] * (SIZE[1] * SIZE[2]),
                origin=origin)
    for parts in worst:
        tare("dvh", "--dose", "dose.nii", *vois, "--subvoxels", parts, "--out", "o", "--overwrite",
             "--threads", 2)
        for shape, part in PARTS.items():
            got = voi(result("o"), shape)
            near(got["volume_ml"], ML[shape] / 1000, 5e-3, f"volume of {shape}, {parts} parts")
            for x in (98, 95, 70, 50, 2):
                # write_nifti counts x to the right, the program's formulas do not care.
                wanted = 50 + low + GY_PER_MM * inverse(part, 1 - x / 100)
                dose = got[f"d{x}_gy" if x > 9 else "d2_gy"]
                volume = 1 - part((dose - 50 - low) / GY_PER_MM)
                off = min(abs(dose / wanted - 1), abs(volume - x / 100))
                worst[parts] = max(worst[parts], off)
                need(parts == 1 or off <= 1e-3,
                     f"{shape} at {place}: D{x} is {dose} Gy, wanted {wanted}, off {off:.2e}")
print(f"worst: {100 * worst[1]:.3f} % by whole voxels, {100 * worst[8]:.3f} % by 8 x 8 x 8 parts")
said = tare("dvh", "--dose", "dose.nii", *vois, "--out", "o", "--overwrite").stdout
need(f"doses of {len(PARTS) + 1} VOIs" in said and all(f"\n{shape}" in said for shape in PARTS) and
     " -" not in said and "shunt" not in said, f"the summary is {said}")
need(worst[8] < worst[1], "parts of voxels are no better than voxels")
tare("plan", "--subvoxels", 2, want=2)
