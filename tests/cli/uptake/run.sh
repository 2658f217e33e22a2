# Uptake outside liver and lungs is listed with its place, volume and share; the liver's blur and
# the lungs are not.
exec python3 "$CASE/check.py"
