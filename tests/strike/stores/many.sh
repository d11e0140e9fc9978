# Every kind of operation that can be recorded, from several programs at once.
set -eu
mkdir -p db/sub
echo one >db/a
echo two >>db/a
mv db/a db/sub/b
ln db/sub/b db/c
sort -o db/sorted db/c
(for i in 1 2 3; do echo "$i" >>db/left; done) &
(for i in 1 2 3; do echo "$i" >>db/right; done) &
wait
mv db moved
mkdir x
rmdir x
truncate -s 100 moved/big
dd if=/dev/zero of=moved/zeros bs=1000 count=30 conv=fsync 2>/dev/null
rm moved/left
python3 - <<'PYTHON'
import os, threading
file = open("moved/py", "w+b")
file.write(b"hello")
file.flush()
os.fsync(file.fileno())
reader = open("moved/py", "rb")
assert reader.read() == b"hello"
file.seek(0)
file.write(b"HELLO!")
file.flush()
reader.seek(0)
assert reader.read() == b"HELLO!", "a reader sees what another descriptor has written"
os.unlink("moved/py")
file.write(b"it has no name any more")
file.flush()
os.ftruncate(file.fileno(), 3)
synced = os.open("moved/synced", os.O_CREAT | os.O_WRONLY | os.O_SYNC)
os.pwrite(synced, b"x", 10)
os.posix_fallocate(synced, 0, 50)
def work(name):
    with open(name, "ab", buffering=0) as own:
        for i in range(20):
            own.write(b"%d\n" % i)
threads = [threading.Thread(target=work, args=(f"moved/thread-{n}",)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("done", flush=True)
PYTHON
