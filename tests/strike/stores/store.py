# A store of one file that is written anew and renamed, for tests of `sediment-sim strike`.
#   python3 store.py fill FAULT        in the directory of the store: five puts, each printed when it is acknowledged
#   python3 store.py check FAULT DIR   whether DIR holds everything that $STRIKE_OUTPUT says
# FAULT: none, no-fsync (of the file before the rename), no-directory-fsync (after it)
import os
import sys


def save(directory, pairs, fault):
    temporary = os.path.join(directory, "store.new")
    with open(temporary, "w") as file:
        for key, value in pairs.items():
            file.write(f"{key} {value}\n")
        file.flush()
        if fault != "no-fsync":
            os.fsync(file.fileno())
    os.rename(temporary, os.path.join(directory, "store"))
    if fault != "no-directory-fsync":
        descriptor = os.open(directory, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)


def load(directory):
    path = os.path.join(directory, "store")
    if not os.path.exists(path):
        return {}
    with open(path) as file:
        return dict(line.split() for line in file)


command, fault = sys.argv[1], sys.argv[2]
if command == "fill":
    pairs = load(".")
    for number in range(5):
        pairs[f"key-{number % 3}"] = str(number)
        save(".", pairs, fault)
        print(f"key-{number % 3} {number}", flush=True)
else:
    found = load(sys.argv[3])
    with open(os.environ["STRIKE_OUTPUT"]) as file:
        promised = dict(line.split() for line in file)
    for key, value in promised.items():
        if int(found.get(key, -1)) < int(value):
            sys.exit(f"{key} was acknowledged as {value}, and is {found.get(key)}")
