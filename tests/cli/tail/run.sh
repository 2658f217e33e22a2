# --bremsstrahlung-tail adds the far photon dose, and reports it apart.
# labels: slow
# fixture: phantom
exec /usr/bin/python3 "$CASE/check.py"
