"""A disk that is full, and has space again: a small file system of its own where the tests may mount
one; else (an unprivileged run) a limit on the size of the cluster's files, which PostgreSQL meets at the
same places. ASSENT_FULL_DISK=limit takes the second way where the first one works too."""
import os
import pathlib
import subprocess
import sys
import time

from installation import Installation

MEGABYTES = 400
LIMIT_BYTES = 1 << 16


def may_mount():
    if os.geteuid() != 0 or os.environ.get("ASSENT_FULL_DISK") == "limit":
        return False
    probe = pathlib.Path("/tmp") / f"assent-mount.{os.getpid()}"
    probe.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe], check=False,
                              capture_output=True)
        return done.returncode == 0
    finally:
        subprocess.run(["umount", "-l", probe], check=False, capture_output=True)
        probe.rmdir()


class Mounted:
    """A file system at `path`. Full means: a ballast file has every byte."""

    def __init__(self, path):
        self.path, self.ballast = path, path / "ballast"
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", path],
                       check=True)

    def fill(self):
        block = b"\0" * (1 << 20)
        with open(self.ballast, "ab", buffering=0) as file:
            while block:
                try:
                    file.write(block)
                except OSError:
                    block = block[:len(block) // 2]

    def empty(self):
        self.ballast.unlink(missing_ok=True)

    def close(self):
        subprocess.run(["umount", "-l", self.path], check=False)


class Limited:
    """No process of the cluster at `path` may write beyond the first bytes of a file."""

    def __init__(self, path):
        self.path = path

    def processes(self):
        postmaster = (self.path / "postmaster.pid").read_text(encoding="utf-8").split()[0]
        children = subprocess.run(["pgrep", "-P", postmaster], capture_output=True, text=True,
                                  check=False).stdout.split()
        return [int(postmaster), *map(int, children)]

    def limit(self, size):
        if not (self.path / "postmaster.pid").exists():
            return
        # Of the user that the cluster runs as: root may lack the right over another's limits.
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
        for process in self.processes():
            subprocess.run([*(user if os.geteuid() == 0 else []), "prlimit", "--pid", str(process),
                            f"--fsize={size}:"], check=False, capture_output=True)

    def fill(self):
        self.limit(LIMIT_BYTES)

    def empty(self):
        self.limit("unlimited")

    def close(self):
        pass


class LimitedSigner:
    """The signer writes no file but its state, what it publishes and, meanwhile unheard, its log."""

    def __init__(self, home):
        self.home = home

    def limit(self, size):
        if self.home.signer is not None:
            subprocess.run(["prlimit", "--pid", str(self.home.signer.pid), f"--fsize={size}:"],
                           check=True)

    def fill(self):
        self.limit(16)

    def empty(self):
        self.limit("unlimited")

    def close(self):
        pass


class LimitedCommands:
    """A folder into which no command can write more than some bytes."""

    def __init__(self, path):
        self.path, self.prefix = path, []
        path.mkdir()

    def fill(self):
        self.prefix = ["prlimit", "--fsize=16"]

    def empty(self):
        self.prefix = []

    def close(self):
        pass


class SmallDisks(Installation):
    """An installation whose clusters, state and exports are each on a disk of their own."""

    def __init__(self):
        self.disks = {}
        self.mounts = may_mount()
        print("full disks are " + ("small file systems" if self.mounts else
                                   "limits on file sizes: nothing may be mounted here"),
              file=sys.stderr)
        super().__init__()

    def clusters(self, command):
        if command == "start" and not self.disks:
            if self.mounts:
                self.disks = {name: Mounted(self.dir / name)
                              for name in ("data", "safe", "state", "out")}
            else:
                self.disks = {"data": Limited(self.dir / "data"), "safe": Limited(self.dir / "safe"),
                              "state": LimitedSigner(self),
                              "out": LimitedCommands(self.dir / "out")}
        super().clusters(command)

    def arguments(self, *args, role="admin"):
        prefix = [] if self.mounts or not self.disks else self.disks["out"].prefix
        return [*prefix, *super().arguments(*args, role=role)]

    def space_again(self, name):
        """The disk has space; whatever died of it stands again, as an administrator would see to."""
        self.disks[name].empty()
        for _ in range(100):
            try:
                super().clusters("start")
                self.psql(name, "SELECT 1")
                return
            except subprocess.CalledProcessError:  # Still in its crash recovery.
                self.disks[name].empty()
                time.sleep(0.2)
        raise AssertionError(f"the {name} cluster does not come back with space")

    def close(self):
        self.stop_server()
        self.stop_signer()
        super().clusters("stop")
        for disk in self.disks.values():
            disk.close()
        super().close()
