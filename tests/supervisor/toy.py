"""A supervisor over toy children, run as a program: `toy.py FOLDER CHILD...`."""

import sys
from pathlib import Path

from mesproject.supervisor.child import Child
from mesproject.supervisor.lock import AlreadyRunning, only_one
from mesproject.supervisor.loop import Stopped, Supervisor
from mesproject.supervisor.steps import Steps

NOTE = "import os, signal, subprocess, sys, time; print('pid', os.getpid(), flush=True); "
CODE = {
    "steady": "time.sleep(300)",
    "brief": "sys.exit(3)",
    "grumpy": "print('ERROR the sensor is upside down', flush=True); time.sleep(300)",
    "stubborn": "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(300)",
    "parent": "code = 'import os, time; print(\"pid\", os.getpid(), flush=True); time.sleep(300)'; "
    "subprocess.Popen([sys.executable, '-c', code]); time.sleep(300)",
}


def main(folder: Path, *kinds: str) -> int:
    """Watch the toys until a signal; 2 when the folder is taken."""
    children = [Child(kind, [sys.executable, "-u", "-c", NOTE + CODE[kind]], grace=1) for kind in kinds]
    try:
        with only_one(folder), Supervisor(folder, steps=Steps(), cwd=folder) as supervisor:
            supervisor.start(*children)
            print("up", flush=True)
            supervisor.watch()
    except Stopped:
        return 0
    except AlreadyRunning as refusal:
        print(refusal)
        return 2
    return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
