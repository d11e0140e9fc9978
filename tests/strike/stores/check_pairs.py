# python3 check_pairs.py SEDIMENT DIR: whether the store DIR/db holds the pairs "KEY VALUE" that $STRIKE_OUTPUT names, and no
# other value than one that was written.
import os
import subprocess
import sys

sediment, directory = sys.argv[1], sys.argv[2]
with open(os.environ["STRIKE_OUTPUT"]) as file:
    promised = dict(line.split() for line in file if line.startswith("key-"))
store = os.path.join(directory, "db")
found = {}
if promised or os.path.exists(os.path.join(store, "MANIFEST")):
    # The real program recovers the store here.
    listed = subprocess.run([sediment, "export", store], capture_output=True, text=True)
    if listed.returncode != 0:
        sys.exit(f"the store cannot be read: {listed.stderr}")
    import json
    for line in listed.stdout.splitlines():
        pair = json.loads(line)
        found[pair["key"]] = pair["value"]
for key, value in promised.items():
    if key not in found or int(found[key]) < int(value):
        sys.exit(f"{key} was acknowledged as {value}, and is {found.get(key)}")
