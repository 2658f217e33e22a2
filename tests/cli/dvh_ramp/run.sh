# DVH of dose ramps on shapes whose histogram is a formula, with --subvoxels.
# labels: slow
exec /usr/bin/python3 "$CASE/check.py"
