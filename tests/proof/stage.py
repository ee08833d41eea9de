# SPDX-License-Identifier: ISC
"""One run of fdpass with one fault, and the peers of fdpass.

A Run starts fdpass under strace, acts as fdpass's peers with plain sockets, and records the results. Every wait ends
when fdpass exits or at the deadline.
"""

import array
import errno
import fcntl
import json
import os
import re
import resource
import select
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time

FDPASS = os.path.abspath(os.environ.get("FDPASS", "build/fdpass"))
PEER = os.path.abspath(os.environ.get("PEER", "build/tests/peers/peer"))
HOLDFD = os.path.abspath(os.environ.get("HOLDFD", os.path.dirname(PEER) + "/holdfd"))
LIMIT = float(os.environ.get("FDPASS_LIMIT", "20"))
HANGS = SILENT, STUCK, BEHIND = "nothing happened until the deadline", "fdpass did not end", "a process stayed behind"
STREAM, DGRAM, SEQPACKET = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET


class Gone(Exception):
    """fdpass has exited, or has closed the connection."""


class Hang(Exception):
    """Nothing happened until the deadline."""


class Fault:
    """CALL fails with ERROR (or is short) when a process makes it for the WHENth time."""

    def __init__(self, call, error, when, arguments=""):
        self.call, self.error, self.when, self.arguments = call, error, when, arguments

    def __str__(self):
        return f"{self.call}:{self.error}:{self.when}"

    def is_short(self):
        return self.error == "SHORT"

    def is_loaded(self):
        """Returns true if short.c injects the fault; strace injects all others."""
        return self.is_short() or self.call == "close"


def first_byte(path):
    try:
        with open(path, "rb") as file:
            return file.read(1)
    except FileNotFoundError:
        return b""


class Note:
    """The results of one run, in a form that allows comparing two runs."""

    def __init__(self):
        self.status = None
        self.core = {}  # lists of the received items, which must be complete and in order
        self.detail = {}  # output texts without numbers, which may lack information
        self.complaints = []
        self.left = set()  # new files in the directory that exist at the end
        self.hang = None
        self.hit = False
        self.leak = None


def high(fd):
    """Moves the descriptor to a number above those of the descriptors that fdpass inherits."""
    new = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(fd)
    return new


def settled(value):
    """Removes the values that vary between runs from JSON: hexadecimal addresses and process IDs."""
    if isinstance(value, dict):
        return {key: settled(inner) for key, inner in value.items() if key not in ("hex", "pidfd")}
    return [settled(inner) for inner in value] if isinstance(value, list) else value


def words(text):
    return re.sub(r"\d+", "N", text)


def abandon(*_):
    """A signal handler that kills this process and its children immediately."""
    if Run.current is not None and Run.current.pid is not None:
        os.killpg(Run.current.pid, signal.SIGKILL)
    os._exit(1)


class Run:
    current = None

    def __init__(self, fault=None, trace="none"):
        Run.current = self
        self.work = tempfile.mkdtemp(prefix="fdp.", dir="/tmp")
        self.dir = self.work + "/d"
        os.mkdir(self.dir)
        self.fault, self.trace = fault, trace
        self.note = Note()
        self.deadline = time.monotonic() + LIMIT
        self.pid = self.pidfd = None
        self.before = set()
        self.open = []
        self.ready = self.log = None
        self.log_bytes = b""
        self.command = None

    # --- creating sockets and files

    def path(self, name):
        return f"{self.dir}/{name}"

    def file(self, name, content):
        with open(f"{self.work}/{name}", "wb") as out:
            out.write(content)
        return f"{self.work}/{name}"

    def keep(self, thing):
        self.open.append(thing)
        return thing

    def fds(self, count=1):
        """Returns COUNT descriptors of different kinds, to be sent."""
        found = []
        for i in range(count):
            if i % 3 == 0:
                fd, other = os.pipe()
                os.close(other)
            elif i % 3 == 1:
                fd = os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
            else:
                fd = os.memfd_create("x")
            found.append(self.keep(high(fd)))
        return found

    def send_stuck(self, name):
        """A client that sends data and a pipe. Another process holds the kernel's lock of this pipe."""
        return self.keep(Stuck([HOLDFD, "pipe-read", "9", "--", PEER, name, "data=stuck", "fds=9", "send", "shutdown", "wait"]))

    def pair(self, kind=STREAM):
        ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
        self.keep(ours)
        return Talk(self, ours), self.keep(high(theirs.detach()))

    # --- starting fdpass

    def prefix(self):
        if self.fault is not None and self.fault.is_loaded():
            return []
        said = ["strace", "-D", "-f", "-b", "execve", "-qq", "-e", "signal=none", "-o", self.work + "/log"]
        if "FAULTS_DEFECTIVE" in os.environ:
            said += ["-E", "LD_PRELOAD=" + os.environ["FAULTS_DEFECTIVE"], "-E", "DEFECT=" + os.environ["FAULTS_DEFECT"]]
        if self.fault is None:
            return said + ["-s0", "-e", f"trace={self.trace}"]
        return said + ["-s0", "-e", f"trace={self.fault.call}", "-e",
                       f"inject={self.fault.call}:error={self.fault.error}:when={self.fault.when}"]

    def spawn(self, argv, environ, mapped, limit):
        """Executes ARGV with the descriptors MAPPED and the open file limit LIMIT. Returns the process ID."""
        if limit is None:
            actions = [(os.POSIX_SPAWN_DUP2, fd, number) for number, fd in mapped.items()]
            return os.posix_spawnp(argv[0], argv, environ, file_actions=actions, setpgroup=0,
                                   setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
        pid = os.fork()
        if pid != 0:
            return pid
        try:
            os.setpgid(0, 0)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            for number, fd in mapped.items():
                os.dup2(fd, number)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            os.execvpe(argv[0], argv, environ)
        finally:
            os._exit(99)

    def start(self, *args, fds=None, stdin=None, env=None, ready=True, limit=None):
        """Starts fdpass with ARGS; FDS maps its descriptor numbers to descriptors of this process."""
        environ = {"PATH": os.environ["PATH"], "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
        if self.fault is not None and self.fault.is_loaded():
            environ.update(LD_PRELOAD=os.environ["FAULTS_SHORT"], SHORT_CALL=self.fault.call,
                           SHORT_WHEN=str(self.fault.when), SHORT_HIT=self.work + "/hit",
                           SHORT_ERROR=str(getattr(errno, self.fault.error, 0)))
            if "FAULTS_DEFECTIVE" in os.environ:
                environ["LD_PRELOAD"] = os.environ["FAULTS_DEFECTIVE"] + ":" + environ["LD_PRELOAD"]
                environ["DEFECT"] = os.environ["FAULTS_DEFECT"]
        else:
            os.mkfifo(self.work + "/log")
            self.log = high(os.open(self.work + "/log", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
        environ.update(env or {})
        mapped = dict(fds or {})
        verb, rest = args[0], list(args[1:])
        if ready:
            self.ready, theirs = map(high, os.pipe())
            mapped[9] = theirs
            rest.insert(0, "--ready-fd=9")
        self.before = self.listing()
        argv = self.prefix() + [FDPASS, verb] + rest
        self.command = argv
        mapped[0] = stdin if stdin is not None else high(os.open("/dev/null", os.O_RDONLY))
        for number, name in ((1, "out"), (2, "err")):
            if number not in mapped:
                mapped[number] = high(os.open(f"{self.work}/{name}", os.O_RDWR | os.O_CREAT | os.O_APPEND))
        self.pid = self.spawn(argv, environ, mapped, limit)
        self.pidfd = high(os.pidfd_open(self.pid))
        for fd in mapped.values():
            if fd in self.open:
                self.open.remove(fd)
            os.close(fd)
        if ready:
            self.wait_ready()

    def wait_ready(self):
        if self.wait([self.ready]) is None or os.read(self.ready, 1) == b"":
            # End of file is not treated as an error, because a fault may have prevented only the notification of
            # readiness.
            pass
        os.close(self.ready)
        self.ready = None

    # --- waiting

    def read_log(self):
        """Reads from the log. Called when the log is readable or at end of file."""
        more = os.read(self.log, 65536)
        self.log_bytes += more
        if more == b"":
            os.close(self.log)
            self.log = None

    def wait(self, readers, writers=(), patience=None):
        """Returns the descriptors that are ready, None if fdpass has exited, or [] after PATIENCE seconds."""
        limit = self.deadline if patience is None else time.monotonic() + patience
        while True:
            left = limit - time.monotonic()
            if left <= 0 and patience is not None:
                return []
            if left <= 0:
                raise Hang
            logs = [self.log] if self.log is not None else []
            got, can, _ = select.select(list(readers) + [self.pidfd] + logs, list(writers), [], left)
            if logs and logs[0] in got:
                got.remove(logs[0])
                self.read_log()
            found = [fd for fd in got if fd != self.pidfd] + can
            if found:
                return found
            if self.pidfd in got:
                return None

    def until(self, condition, patience=None):
        """Waits until CONDITION is true, fdpass has exited, or PATIENCE seconds have passed."""
        limit = None if patience is None else time.monotonic() + patience
        while not condition():
            if limit is not None and time.monotonic() > limit:
                return
            if time.monotonic() > self.deadline:
                raise Hang
            logs = [self.log] if self.log is not None else []
            got = select.select([self.pidfd] + logs, [], [], 0.005)[0]
            if logs and logs[0] in got:
                self.read_log()
            if self.pidfd in got:
                return

    # --- peers

    def connect(self, name, kind=STREAM, own=None):
        """Connects to the path (or @name); raises Gone if no socket listens there."""
        sock = self.keep(socket.socket(socket.AF_UNIX, kind))
        if own is not None:
            sock.bind(own)
        try:
            sock.connect("\0" + name[1:] if name.startswith("@") else name)
        except OSError as error:
            raise Gone from error
        return Talk(self, sock)

    def listen(self, name, kind=STREAM):
        sock = self.keep(socket.socket(socket.AF_UNIX, kind))
        sock.bind("\0" + name[1:] if name.startswith("@") else name)
        if kind != DGRAM:
            sock.listen(8)
        return sock

    def accept(self, listener, unless=None):
        """Accepts a connection from fdpass on LISTENER; raises Gone if fdpass exits or UNLESS is closed earlier."""
        others = [unless.sock] if unless is not None else []
        found = self.wait([listener] + others)
        if found is None or listener not in found:
            raise Gone
        sock, _ = listener.accept()
        return Talk(self, self.keep(sock))

    def descriptors(self):
        try:
            return len(os.listdir(f"/proc/{self.pid}/fd"))
        except OSError:
            return -1

    # --- ending and checking

    def finish(self, stop=None, patience=0.3):
        """Waits until fdpass exits; after PATIENCE seconds, sends the signal STOP to fdpass."""
        try:
            if stop is not None and self.wait([], patience=patience) is not None:
                os.kill(self.pid, stop)
            if self.wait([]) is not None:
                raise Hang
        except Hang:
            self.note.hang = STUCK
            os.killpg(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        self.note.status = os.waitstatus_to_exitcode(status)
        # Reads the log up to end of file, which is reached when the tracer and all remaining children of fdpass have
        # exited.
        while self.log is not None and self.note.hang is None:
            left = self.deadline + 2 - time.monotonic()
            if left <= 0 or not select.select([self.log], [], [], left)[0]:
                self.note.hang = BEHIND
                os.killpg(self.pid, signal.SIGKILL)
                break
            self.read_log()
        self.note.hit = b"(INJECTED)" in self.log_bytes or first_byte(self.work + "/hit") == b"\1"
        self.note.left = {name for name, _ in self.listing() - self.before}

    def listing(self):
        found = set()
        for name in os.listdir(self.dir):
            st = os.lstat(self.path(name))
            found.add((name, (st.st_ino, st.st_ctime_ns)))
        return found

    def output(self, name="out"):
        try:
            with open(f"{self.work}/{name}", "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def clean(self, text):
        return text.replace(self.work, "W").replace(self.work[:-1], "W")

    def see_errors(self):
        text = self.clean(self.output("err").decode("utf-8", "backslashreplace"))
        lines = text.splitlines()
        # With COMMAND, fdpass prints the received messages to standard error; these lines are not error messages.
        dump = [line for line in lines if re.match(r"message \d|  ", line)]
        self.note.complaints = [line for line in lines if line not in dump]
        self.note.detail["errors"] = words("\n".join(dump))

    def see_text(self):
        """Records the text dump: messages with their data, and the number of described descriptors."""
        text = self.clean(self.output().decode())
        self.note.core["messages"] = [line for line in text.splitlines() if re.match(r"message|  data", line)]
        self.note.core["data"] = ["".join(re.findall(r'^  data "(.*)"$', text, re.M))]
        self.note.core["described"] = [1] * len(re.findall(r"^ *fd \d+: |^\d+: ", text, re.M))
        self.note.detail["text"] = words(text)

    def see_json(self):
        text = self.clean(self.output().decode())
        found = []
        for line in text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                self.note.leak = "output is no JSON: " + line[:200]
        if text and not text.endswith("\n"):
            self.note.leak = "the last line of output is not whole"
        self.note.core["messages"] = [
            [m["message"], m["connection"], m.get("direction"), m["nbytes"], m["data"], m["data_base64"], m["msg_flags"],
             [[c["type"], c["truncated"], c["length"], len(c.get("fds") or [])] for c in m["ancdata"]]]
            if "ancdata" in m else [] for m in found]
        self.note.core["data"] = ["".join(m["data"] or m["data_base64"] or "" for m in found if "data" in m)]
        self.note.core["described"] = [1] * sum(len(c.get("fds") or []) for m in found for c in m.get("ancdata", []))
        self.note.detail["text"] = words("\n".join(json.dumps(settled(m)) for m in found))

    def see_output(self, key="output"):
        self.note.core[key] = self.clean(self.output().decode("latin-1")).splitlines(True)

    def see_command(self, free=None):
        """Records what tests/peers/peer, run as the command, inherited. FREE is a variable with any number."""
        lines = [re.sub(r"\[\d+\]", "[N]", line) for line in self.clean(self.output().decode()).splitlines()]
        # With --fd=$VAR, the descriptor can get any free number; FREE replaces this number in the result.
        numbers = [line[len(free) + 1:] for line in lines if free is not None and line.startswith(free + "=")]
        if numbers:
            lines = sorted(re.sub(rf"^{numbers[0]} |(?<=^{free}=).*", "FREE ", line) for line in lines)
        self.note.core["command"] = [line for line in lines if not re.match(r"FDPASS_PEER|LISTEN_PIDFDID=", line)]
        self.note.detail["peer"] = words("\n".join(line for line in lines if re.match(r"FDPASS_PEER", line)))

    def close(self):
        """Kills the remaining processes and removes all files of the run."""
        Run.current = None
        if self.pid is not None:
            try:
                os.killpg(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        for thing in self.open:
            try:
                thing.close() if hasattr(thing, "close") else os.close(thing)
            except OSError:
                pass
        for fd in (self.pidfd, self.log, self.ready):
            if fd is not None:
                os.close(fd)
        shutil.rmtree(self.work, ignore_errors=True)


class Stuck:
    """A process that holds the kernel lock of a descriptor until it is closed."""

    def __init__(self, argv):
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def close(self):
        self.process.kill()
        self.process.wait()


class Talk:
    """This process's end of a connection to fdpass. Errors on the connection raise Gone."""

    def __init__(self, run, sock):
        self.run, self.sock = run, sock
        sock.setblocking(False)

    def send(self, data, fds=(), extra=()):
        control = list(extra)
        if fds:
            control.insert(0, (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds)))
        while True:
            try:
                sent = self.sock.sendmsg([data], control, socket.MSG_NOSIGNAL)
            except BlockingIOError:
                if self.run.wait([], [self.sock]) is None:
                    raise Gone from None
                continue
            except OSError as error:
                raise Gone from error
            if sent == len(data):
                return
            data, control = data[sent:], []

    def take(self):
        """Returns one message: its data, and the kinds of its descriptors; b"" at end of file."""
        while True:
            try:
                data, control, flags, _ = self.sock.recvmsg(1 << 20, 8192, socket.MSG_CMSG_CLOEXEC)
                break
            except BlockingIOError:
                if self.run.wait([self.sock]) is None and not select.select([self.sock], [], [], 0)[0]:
                    raise Gone from None
            except OSError as error:
                raise Gone from error
        kinds = []
        for level, kind, content in control:
            if (level, kind) != (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                continue
            for fd in array.array("i", content[:len(content) & ~3]):
                kinds.append(stat.S_IFMT(os.fstat(fd).st_mode))
                os.close(fd)
        if flags & socket.MSG_CTRUNC:
            kinds.append("lost")
        return data, kinds

    def take_all(self, length=None):
        """Returns the data and descriptors up to end of file, or up to LENGTH bytes, from any number of messages."""
        data, kinds, at = b"", [], []
        try:
            while length is None or len(data) < length:
                more, new = self.take()
                if more == b"" and not new:
                    break
                kinds += new
                at += [len(data)] * len(new)
                data += more
        except Gone:
            pass
        return data, kinds, at

    def end(self):
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.sock.close()
