# Row V13 of the threat model: contours of a million points, ten thousand ROIs, and their limits.
exec /usr/bin/python3 "$CASE/check.py"
