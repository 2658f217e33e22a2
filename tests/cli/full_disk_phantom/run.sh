# The same as full_disk for `tare phantom`, which computes its truth each time before it writes.
# labels: slow
exec /usr/bin/python3 "$CASE/../full_disk/check.py" phantom
