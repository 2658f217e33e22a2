# labels: slow
# fixture: phantom
# Work of over a second shows a line on a terminal, takes it away again, and shows none elsewhere.
exec python3 "$CASE/check.py"
