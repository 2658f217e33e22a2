# VOIs of a folder with one file for each structure, under TotalSegmentator's names.
exec /usr/bin/python3 "$CASE/check.py"
