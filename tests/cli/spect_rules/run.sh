# MAA SPECT in Bq/ml or with a camera factor tells a measured total and no dose; bremsstrahlung is
# calibrated on body or field of view only.
exec python3 "$CASE/check.py"
