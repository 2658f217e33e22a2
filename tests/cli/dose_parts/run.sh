# Voxels that are part liver, part lung: both doses in a file, and the same DVH from it.
# labels: slow
exec /usr/bin/python3 "$CASE/check.py"
