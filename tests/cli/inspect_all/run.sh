# `tare inspect` on every folder of real images: what INDEX.md says it is, and nobody's name.
exec /usr/bin/python3 "$CASE/check.py"
