# A real MAA SPECT: the territory by threshold against the one that a physicist drew.
exec /usr/bin/python3 "$CASE/check.py"
