"""scipy.signal.fftconvolve as a peer of bench_convolve, in single precision.

usage: peer_scipy.py THREADS RUNS NX NY NZ < what `bench_convolve write` writes

Prints the seconds of each run but the first, one a line. scipy pads to good sizes and transforms
the kernel within each run; its function cannot be asked to do so before.
"""
import sys
import time

import numpy
import scipy.fft
import scipy.signal

threads, runs = int(sys.argv[1]), int(sys.argv[2])
shape = [int(n) for n in sys.argv[5:2:-1]]
raw = sys.stdin.buffer
sizes = numpy.frombuffer(raw.read(12), dtype="<i4")
count = int(sizes.prod())
kernel = numpy.frombuffer(raw.read(4 * count), dtype="<f4").reshape(sizes[::-1])
source = numpy.frombuffer(raw.read(4 * shape[0] * shape[1] * shape[2]), dtype="<f4").reshape(shape)
with scipy.fft.set_workers(threads):
    for run in range(-1, runs):
        start = time.perf_counter()
        result = scipy.signal.fftconvolve(source, kernel, mode="same")
        if run >= 0:
            print(f"{time.perf_counter() - start:.6f}")
assert result.dtype == numpy.float32 and result.shape == source.shape
