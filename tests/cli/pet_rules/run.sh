# labels: slow
# fixture: phantom
# Y-90 PET: a wrong isotope in the header, SUV, the scan's total against what was injected, and
# negative voxels that are kept to the end.
exec python3 "$CASE/check.py"
