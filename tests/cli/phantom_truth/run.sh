# Plan and verify on the synthetic patient against its truth, which no voxel S value made.
# With OT_FULL=1 also on patients of other seeds.
# labels: slow
# fixture: phantom
/usr/bin/python3 "$CASE/check.py" "$PHANTOM"
if [ "${OT_FULL-}" = 1 ]; then
    for seed in 2 3 4; do
        "$TARE" phantom --seed "$seed" --out "$PWD/patient-$seed" >/dev/null
        mkdir "check-$seed"
        (cd "check-$seed" && /usr/bin/python3 "$CASE/check.py" "$PWD/../patient-$seed")
    done
fi
