"""A whole Slurm on this machine, for tests: munged, slurmctld and slurmd in a folder of their own, on loopback. Needs root."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "sinfo"]
PACKAGES = "slurmctld slurmd slurm-client munge"
CONTROL_PORT = 16917
NODE_PORT = 16918
STARTS_WITHIN = 30  # seconds


def why_not() -> str:
    """Why it cannot run here; empty if it can."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        return f"{', '.join(missing)} is not installed (Debian: {PACKAGES})"
    return "" if os.geteuid() == 0 else "Slurm's daemons need root"


class LocalSlurm:
    """`with LocalSlurm() as environment:` the environment is the one in which sbatch, squeue and scancel find it."""

    def __enter__(self) -> dict[str, str]:
        # munged wants folders that no one else can write, up to the root; /tmp is not one.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slurm-", dir="/run"))
        self.folder.chmod(0o755)
        self.daemons: list[subprocess.Popen] = []
        for name, mode in {"state": 0o755, "spool": 0o755, "socket": 0o755, "key": 0o700}.items():
            (self.folder / name).mkdir(mode=mode)
        key = self.folder / "key" / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        self.environment = {**os.environ, "SLURM_CONF": str(self.write_configuration())}
        try:
            self.start("munged", "--foreground", f"--key-file={key}", f"--socket={self.folder}/socket/munge", f"--pid-file={self.folder}/key/munged.pid",
                       f"--log-file={self.folder}/key/munged.log", f"--seed-file={self.folder}/key/seed", "--force")  # fmt: skip
            self.wait_for(lambda: (self.folder / "socket" / "munge").exists(), "munged")
            self.start("slurmctld", "-D", "-c")
            self.start("slurmd", "-D", "-N", socket.gethostname().split(".")[0])
            self.wait_for(self.is_idle, "slurmd")
        except BaseException:
            self.__exit__()
            raise
        return self.environment

    def __exit__(self, *_: object) -> None:
        for daemon in reversed(self.daemons):
            daemon.terminate()
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, *words: str) -> None:
        log = (self.folder / f"{words[0]}.out").open("w")
        self.daemons.append(subprocess.Popen(words, env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL))
        log.close()

    def is_idle(self) -> bool:
        done = subprocess.run(["sinfo", "--noheader", "--format=%T"], env=self.environment, capture_output=True, text=True, check=False)
        return "idle" in done.stdout

    def wait_for(self, ready, name: str) -> None:
        deadline = time.monotonic() + STARTS_WITHIN
        while not ready():
            dead = [daemon.args[0] for daemon in self.daemons if daemon.poll() is not None]
            if dead or time.monotonic() > deadline:
                said = "\n".join(path.read_text() for path in self.folder.glob("*.out"))
                raise RuntimeError(f"{dead[0] if dead else name} did not start:\n{said}")
            time.sleep(0.2)

    def write_configuration(self) -> pathlib.Path:
        host = socket.gethostname().split(".")[0]
        settings = {
            "ClusterName": "test",
            "SlurmctldHost": f"{host}(127.0.0.1)",
            "SlurmUser": "root",
            "AuthType": "auth/munge",
            "AuthInfo": f"socket={self.folder}/socket/munge",
            "CryptoType": "crypto/munge",
            "SlurmctldPort": CONTROL_PORT,
            "SlurmdPort": NODE_PORT,
            "SlurmctldPidFile": self.folder / "slurmctld.pid",
            "SlurmdPidFile": self.folder / "slurmd.pid",
            "StateSaveLocation": self.folder / "state",
            "SlurmdSpoolDir": self.folder / "spool",
            "ProctrackType": "proctrack/linuxproc",  # no control groups: it runs in a container, too
            "TaskPlugin": "task/none",
            "JobAcctGatherType": "jobacct_gather/none",
            "AccountingStorageType": "accounting_storage/none",
            "MpiDefault": "none",
            "SelectType": "select/cons_tres",
            "SelectTypeParameters": "CR_Core",
            "ReturnToService": 2,
            "MinJobAge": 10,
        }
        node = {"NodeName": host, "NodeAddr": "127.0.0.1", "CPUs": os.cpu_count(), "State": "UNKNOWN"}
        partition = {"PartitionName": "main", "Nodes": host, "Default": "YES", "MaxTime": "INFINITE", "State": "UP"}
        lines = [f"{name}={value}" for name, value in settings.items()]
        lines += [" ".join(f"{name}={value}" for name, value in entry.items()) for entry in (node, partition)]
        path = self.folder / "slurm.conf"
        path.write_text("\n".join(lines) + "\n")
        return path
