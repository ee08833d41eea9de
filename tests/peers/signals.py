# SPDX-License-Identifier: ISC
"""Sends each signal that terminates a process by default to a waiting fdpass, and checks that fdpass cleans up.

Arguments: fdpass, an empty directory, the name of a case (below). A process is started for each signal. Prints one
line for each signal after which a path was not removed, the terminal was not restored, or the exit status was wrong.
"""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import time

FDPASS, DIR, CASE = sys.argv[1:]
LIMIT = float(os.environ.get("FDPASS_LIMIT") or 30)
# Signals that are not tested: those that do not terminate a process by default or cannot be caught, and SIGPIPE, which
# fdpass ignores.
OTHERS = {signal.SIGCHLD, signal.SIGCONT, signal.SIGKILL, signal.SIGPIPE, signal.SIGSTOP, signal.SIGTSTP,
          signal.SIGTTIN, signal.SIGTTOU, signal.SIGURG, signal.SIGWINCH}
# Sanitizers install handlers for these signals.
SANITIZED = {signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGBUS, signal.SIGFPE, signal.SIGSEGV, signal.SIGSYS}


def until(condition, what):
    end = time.monotonic() + LIMIT
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"timeout: {what}")
        time.sleep(0.005)


class Waiting:
    """A waiting fdpass process. MADE contains the paths that fdpass creates and must remove."""

    def __init__(self, path, *args, made=("s",), prepare=None, stdin=subprocess.DEVNULL):
        self.path, self.made, self.prepare, self.kept = path, made, prepare, []
        os.makedirs(path)
        with open(path + "/output", "w", encoding="ascii") as output:
            self.process = subprocess.Popen([FDPASS, *args], cwd=path, stdin=stdin, stdout=output, stderr=output)

    def name(self, name):
        return f"{self.path}/{name}"

    def has(self, name):
        return os.path.lexists(self.name(name))

    def settle(self):
        for name in self.made:
            until(lambda name=name: self.has(name), name)
        if self.prepare:
            self.prepare(self)

    def kill(self):
        """Kills all processes of this case. Called even after an error."""
        children = children_of(self.process.pid) if self.process.poll() is None else []
        self.process.kill()
        self.process.wait()
        kill(children)

    def see(self):
        """Returns descriptions of the cleanup faults that are visible after the process has exited."""
        return [f"{name} remains" for name in self.made if self.has(name)]


def connect(w):
    """Connects to the path as soon as fdpass listens on it."""
    client = socket.socket(socket.AF_UNIX)

    def connected():
        try:
            client.connect(w.name("s"))
        except ConnectionRefusedError:
            return False
        return True

    until(connected, "connect")
    w.kept.append(client)
    return client


def connect_run(w):
    """Waits until COMMAND runs."""
    connect(w)
    until(lambda: w.has("runs"), "runs")


class Terminal(Waiting):
    """fdpass tty with a terminal as its standard input, connected to a console."""

    def __init__(self, path):
        master, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        super().__init__(path, "tty", "--pid-file=pid", "s", made=("s", "pid"), stdin=self.slave)
        self.kept += [master, *pty.openpty()]

    def settle(self):
        super().settle()
        client = connect(self)
        socket.send_fds(client, [b"/dev/ptmx"], [self.kept[1]])
        until(lambda: termios.tcgetattr(self.slave) != self.before, "raw mode")

    def see(self):
        wrong = super().see()
        if termios.tcgetattr(self.slave) != self.before:
            wrong.append("the terminal differs")
        for fd in [self.slave, *self.kept[:3]]:
            os.close(fd)
        self.kept = self.kept[3:]
        return wrong


class Traced(Waiting):
    """fdpass watch, which traces a program that must continue when watch exits."""

    def __init__(self, path):
        self.program = subprocess.Popen(["sleep", "1000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        super().__init__(path, "watch", str(self.program.pid), made=())

    def status(self, key):
        with open(f"/proc/{self.program.pid}/status", encoding="utf-8") as file:
            return next(line.split()[1] for line in file if line.startswith(key + ":"))

    def settle(self):
        until(lambda: self.status("TracerPid") == str(self.process.pid), "attach")

    def see(self):
        wrong = []
        if self.program.poll() is not None or self.status("TracerPid") != "0" or self.status("State") not in "RS":
            wrong.append("the program does not continue")
        return wrong

    def kill(self):
        super().kill()
        self.program.kill()
        self.program.wait()


RUNS = ["unix-listen:s", "--", "sh", "-c", ">runs; exec sleep 1000"]
CASES = {
    "recv": lambda path: Waiting(path, "recv", "-k", "s", prepare=connect),
    "recv-command": lambda path: Waiting(path, "recv", "s", "true"),
    "recv-spawn": lambda path: Waiting(path, "recv", "-k", "--spawn", "s", "true", prepare=connect),
    "send": lambda path: Waiting(path, "send", "-l", "s", "unix-listen:u", made=("s", "u")),
    "send-wait": lambda path: Waiting(path, "send", "--wait", "s", "unix-listen:u", made=("u",)),
    "relay": lambda path: Waiting(path, "relay", "--wait", "s", "b", prepare=connect),
    "tty": Terminal,
    "hold": lambda path: Waiting(path, "hold", "-t", "stream", "s", prepare=connect),
    "run": lambda path: Waiting(path, "run", "--on-demand", "unix-listen:s", "--", "true"),
    "run-keep": lambda path: Waiting(path, "run", "--on-demand", "-k", *RUNS, prepare=connect_run),
    "run-accept": lambda path: Waiting(path, "run", "--accept", *RUNS, prepare=connect_run),
    "watch": Traced,
}


def expected(number):
    """Returns the expected exit status after a signal, or None if the signal does not terminate fdpass."""
    if CASE == "relay" and number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        return 0
    return None if CASE == "hold" and number == signal.SIGUSR1 else -number


def children_of(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    except OSError:
        return []


def kill(pids):
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def end(w, number):
    """Waits until W has exited after signal NUMBER was sent to it. Returns descriptions of all cleanup faults."""
    try:
        status = w.process.wait(LIMIT)
    except subprocess.TimeoutExpired:
        w.process.kill()
        w.process.wait()
        return ["does not exit"]
    wrong = w.see()
    if status != expected(number):
        wrong.append(f"status {status}")
    return wrong


def fatal_signals():
    """Returns the signals that terminate a process by default. Omits signals that this process inherited as ignored
    and cannot reset: posix_spawn(3) of glibc ignores the signals that the C library reserves.
    """
    for number in range(1, signal.SIGRTMAX + 1):
        try:
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError):
            pass
    with open("/proc/self/status", encoding="utf-8") as file:
        ignored = next(int(line.split()[1], 16) for line in file if line.startswith("SigIgn:"))
    omitted = OTHERS | (SANITIZED if os.environ.get("SAN_CFLAGS") else set())
    return [n for n in range(1, signal.SIGRTMAX + 1) if n not in omitted and not ignored >> (n - 1) & 1]


def main():
    waiting = []
    try:
        for number in fatal_signals():
            if expected(number) is not None:
                waiting.append((number, CASES[CASE](f"{DIR}/{number}")))
        for _, w in waiting:
            w.settle()
        for number, w in waiting:
            children = children_of(w.process.pid)
            os.kill(w.process.pid, number)
            if CASE == "run-accept":  # run --accept waits until its children have exited
                kill(children)
            for text in end(w, number):
                print(f"{CASE}: signal {number}: {text}")
            if CASE == "run-keep":
                kill(children)
    finally:
        for _, w in waiting:
            w.kill()


main()
