# Plan and verify on the synthetic patient against its truth, which no voxel S value made.
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py" "$PHANTOM"
