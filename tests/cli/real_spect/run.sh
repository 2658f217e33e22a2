# Doses of a real Tc-99m SPECT (NM multi-frame, geometry in its sequences, negative spacing).
exec /usr/bin/python3 "$CASE/check.py"
