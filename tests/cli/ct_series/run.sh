# `tare plan --density ct` with CT series that are whole, doubled, shuffled or broken.
exec /usr/bin/python3 "$CASE/check.py"
