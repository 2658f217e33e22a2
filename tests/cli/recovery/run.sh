# Recovery of a scanner's phantom beside the mean of a tumor, never in its voxels; the standard
# uncertainty of means, or why there is none.
exec python3 "$CASE/check.py"
