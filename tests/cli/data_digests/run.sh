# data/README.md names the digest of each table it lists; a changed table needs a new one.
python3 - "$CASE/../../../data" <<'PY'
import hashlib, pathlib, re, sys

folder = pathlib.Path(sys.argv[1])
rows = re.findall(r"^\| `([^`]+)` \|.*`([0-9a-f]{64})`", (folder / "README.md").read_text("utf-8"), re.M)
assert ("criteria/salem2023.json" in dict(rows)), rows
for name, digest in rows:
    assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
PY
