# Doses of a real PET that declares neither units nor times: what is declared is what is used.
exec /usr/bin/python3 "$CASE/check.py"
