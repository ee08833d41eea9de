#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Creates descriptors and compares the output of "fdpass show" with another source of the same information: a
read(2), the other end of a connection, /proc, or the way in which the descriptor was created.

    facts.py CASE       runs one case; prints a reason and exits with 77 if this system cannot create the descriptor

The command is $FDPASS."""
import ctypes
import errno
import fcntl
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

FDPASS = os.environ.get("FDPASS", "fdpass")
libc = ctypes.CDLL(None, use_errno=True)


class Skip(Exception):
    pass


def run(fd, *options, wrap=(), also=()):
    done = subprocess.run([*wrap, FDPASS, "show", *options, str(fd)], pass_fds=[fd, *also], capture_output=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise AssertionError(f"status {done.returncode}: {done.stderr.decode()}")
    return done.stdout.decode(errors="surrogateescape")


def show(fd, **how):
    return json.loads(run(fd, "--json", **how))


def text(fd, **how):
    return run(fd, **how).rstrip("\n")


def same(got, want, what):
    if got != want:
        raise AssertionError(f"{what}: got {got!r}, want {want!r}")


def has(got, part):
    if part not in got:
        raise AssertionError(f"{part!r} is not in {got!r}")


def hasnt(got, part):
    if part in got:
        raise AssertionError(f"{part!r} is in {got!r}")


def wait_for(condition, what):
    deadline = time.monotonic() + float(os.environ.get("FDPASS_LIMIT", "30"))
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"timed out: {what}")
        time.sleep(0.01)


def must(result, what):
    if result == -1:
        raise Skip(f"{what}: {os.strerror(ctypes.get_errno())}")
    return result


def root():
    if os.geteuid() != 0:
        raise Skip("only root can run this case")


def call(*command):
    if subprocess.run(command, capture_output=True).returncode != 0:
        raise Skip(f"{command[0]} failed")


def fake_kinds():
    """regular files that have the names of other kinds are recognized on a tmpfs that is no longer mounted"""
    root()
    for name in ("memfd:trusted", "secretmem (deleted)", "[kvm-gmem] (deleted)", "bpf-token (deleted)", "dmabuf:x"):
        for unlinked in (False, True):
            where = tempfile.mkdtemp()
            call("mount", "-t", "tmpfs", "none", where)
            fd = os.open(f"{where}/{name}", os.O_RDWR | os.O_CREAT)
            if unlinked:
                os.unlink(f"{where}/{name}")
            call("umount", "-l", where)
            os.rmdir(where)
            os.write(fd, b"readable")
            same(os.pread(fd, 20, 0), b"readable", "a regular file")
            same(show(fd)["kind"], "regular", name)
            path = os.open(f"/proc/self/fd/{fd}", os.O_PATH)
            same(show(path)["kind"], "regular", f"{name}, O_PATH")
            os.close(path)
            os.close(fd)


def memfds():
    """a memfd is recognized with every page size, and if it is opened with O_PATH"""
    sizes = [0]
    for flags in (0, *(0x4 | size << 26 for size in (21, 30))):
        fd = libc.memfd_create(b"pages", flags)
        if fd == -1:
            continue
        same(show(fd)["kind"], "memfd", f"flags {flags:#x}")
        path = os.open(f"/proc/self/fd/{fd}", os.O_PATH)
        same(show(path)["kind"], "memfd", f"flags {flags:#x}, O_PATH")
        sizes.append(os.fstat(fd).st_blksize)
    assert len(sizes) > 1


def memfd_exec():
    """F_SEAL_EXEC and the mode show whether a memfd was sealed as executable"""
    for flags, mode, words in ((0x10, True, "sealed as executable"), (0x8, False, "sealed as not executable")):
        fd = must(libc.memfd_create(b"exec", flags | os.MFD_ALLOW_SEALING), "memfd_create")
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0x20)
        same(bool(os.fstat(fd).st_mode & 0o111), mode, "the mode")
        has(text(fd), words)
        same("exec" in show(fd)["memfd"]["seals"], True, "the seal in JSON")


class Spec(ctypes.Structure):
    _fields_ = [(name, ctypes.c_long) for name in ("every_s", "every_ns", "first_s", "first_ns")]


def timer():
    """an interval timer that has expired is shown as armed, and a read returns more than one tick"""
    fd = libc.timerfd_create(1, os.O_NONBLOCK)
    libc.timerfd_settime(fd, 0, ctypes.byref(Spec(0, 1000000, 0, 1000000)), None)
    time.sleep(0.05)
    got = show(fd)["timerfd"]
    words = text(fd)
    ticks = struct.unpack("Q", os.read(fd, 8))[0]
    assert ticks > 1, "a read has several ticks"
    same((got["ticks"], got["remaining_ns"], got["armed"]), (None, None, True), "an expired interval timer")
    has(words, "ticks to read, fires every 0.001 s")
    libc.timerfd_settime(fd, 0, ctypes.byref(Spec(0, 0, 0, 1)), None)
    wait_for(lambda: show(fd)["timerfd"]["ticks"] == 1, "one tick")
    has(text(fd), "1 tick to read")
    hasnt(text(fd), "not set")
    same(show(fd)["timerfd"]["armed"], False, "a timer that has fired")
    same(struct.unpack("Q", os.read(fd, 8))[0], 1, "ticks by read")
    has(text(fd), "not set")


def queues():
    """the queue lengths are the number of bytes that were written, or null"""
    one, two = socket.socketpair()
    one.send(b"hello")
    same(show(one.fileno())["socket"]["send_queue"], None, "unix: no number of bytes")
    has(text(one.fileno()), "sent data not received yet")
    same(show(two.fileno())["socket"]["receive_queue"], 5, "unix: bytes to read")
    two.recv(5)
    hasnt(text(one.fileno()), "sent data")
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.bind(("127.0.0.1", 0))
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"datagram", receiver.getsockname())
    same(show(receiver.fileno())["socket"]["receive_queue"], 8, "UDP")
    has(text(receiver.fileno()), "next datagram of 8 bytes")
    # SIOCOUTQ counts a queued FIN as one byte, which send_queue must not include.
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    client.setblocking(False)
    client.send(b"x" * 1000000)
    client.shutdown(socket.SHUT_WR)
    def outq():
        return struct.unpack("i", fcntl.ioctl(client.fileno(), 0x5411, struct.pack("i", 0)))[0]

    # Repeated until SIOCOUTQ is the same before and after show, because the receiver may still acknowledge bytes.
    for _ in range(100):
        raw = outq()
        got = show(client.fileno())["socket"]
        if raw == outq():
            break
    same(got["tcp_state"], "FIN_WAIT1", "the state")
    same(got["send_queue"], raw - 1, "the result of SIOCOUTQ, without the FIN")


def connecting():
    """a connecting socket is shown as connecting, with the peer's address"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    others = []
    # The backlog fills up, so that the last client stays in the state SYN_SENT.
    for _ in range(8):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
        others.append(client)
    got = show(client.fileno())["socket"]
    if got["tcp_state"] != "SYN_SENT":
        raise Skip("the kernel accepts connections although the backlog is full")
    same(got["state"], "connecting", "the state")
    same(got["send_queue"], 0, "a SYN is no byte")
    same((got["peer"]["host"], got["peer"]["port"]), listener.getsockname(), "the peer")
    has(text(client.fileno()), "connecting, local ")
    has(text(client.fileno()), f" to 127.0.0.1:{listener.getsockname()[1]}")


def raw_socket():
    """a raw socket is shown without a port"""
    root()
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
    hasnt(text(raw.fileno()), ":89")
    hasnt(text(raw.fileno()), "bound")
    raw.bind(("127.0.0.1", 0))
    has(text(raw.fileno()), "bound to 127.0.0.1")
    hasnt(text(raw.fileno()), ":89")
    same(show(raw.fileno())["socket"]["local"]["port"], None, "no port")


def nameless():
    """a file created with O_TMPFILE has no name and a link count of 0"""
    fd = os.open("/tmp", os.O_RDWR | os.O_TMPFILE)
    same(os.fstat(fd).st_nlink, 0, "links")
    same(show(fd)["deleted"], True, "deleted")


def linger():
    """closing a socket with SO_LINGER of 0 resets the connection"""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    hasnt(text(client.fileno()), "resets")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    has(text(client.fileno()), "closing it resets the connection")
    client.close()
    try:
        server.recv(1)
    except ConnectionResetError:
        return
    raise AssertionError("the connection was not reset")


def locks():
    """locks are shown as in /proc/locks, and POSIX locks only for descriptors of the process that owns them"""
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"x" * 100)
        file.flush()
        fcntl.lockf(file, fcntl.LOCK_EX, 10, 5)
        fcntl.lockf(file, fcntl.LOCK_SH, 0, 50)
        fcntl.flock(file, fcntl.LOCK_SH)
        want = []
        for line in open("/proc/locks"):
            words = line.split()
            if len(words) == 8 and words[5].endswith(f":{os.fstat(file.fileno()).st_ino}"):
                want.append((words[1], words[2], words[3], int(words[4]), int(words[6]),
                             None if words[7] == "EOF" else int(words[7])))
        same(len(want), 3, "locks in /proc/locks")

        def got(line):
            return sorted((tuple(lock.values()) for lock in line["regular"]["locks"]), key=str)

        line, = listing(f"pid:{os.getpid()}:{file.fileno()}")
        same(got(line), sorted(want, key=str), "in another process")
        # POSIX locks belong to a process, so only the FLOCK lock is shown for an inherited descriptor.
        same(got(show(file.fileno())), [lock for lock in want if lock[0] == "FLOCK"], "inherited")


def opened_again():
    """a descriptor that was opened again with O_PATH has the same kind, but no properties from its driver"""
    import select
    read, _ = os.pipe()
    poller = select.epoll()
    poller.register(read, select.EPOLLIN)
    timer = libc.timerfd_create(1, 0)
    inotify = libc.inotify_init1(0)
    libc.inotify_add_watch(inotify, b"/tmp", 0x100)
    made = [read, poller.fileno(), timer, inotify, libc.eventfd(3, 0), os.openpty()[1], os.open("/proc/self/ns/net", 0),
            *(pair.detach() for pair in socket.socketpair()), socket.socket(socket.AF_INET, socket.SOCK_DGRAM).detach()]
    pidfd = libc.syscall(434, os.getpid(), 0)
    if pidfd != -1:
        made.append(pidfd)
    # The properties of the inode, which are known even for an O_PATH descriptor.
    of_inode = {"type", "own", "role", "number", "slave", "filesystem", "mount_id", "links", "uid", "gid"}
    for fd in made:
        path = os.open(f"/proc/self/fd/{fd}", os.O_PATH)
        same(fields(path).keys() - {"pos", "flags", "mnt_id", "ino"}, set(), "the lines of fdinfo with O_PATH")
        got, want = show(path), show(fd)
        same((got["kind"], got["inode"], got["access"]), (want["kind"], want["inode"], "path"), os.readlink(f"/proc/self/fd/{fd}"))
        facts = {key: value for key, value in got.get(got["kind"], {}).items() if key not in of_inode}
        same({key: value for key, value in facts.items() if value is not None}, {}, got["kind"])
        os.close(path)


def real_time_signals():
    """signals are shown with the names that the C library uses"""
    import signal
    signals = {signal.SIGRTMIN, signal.SIGRTMIN + 1, signal.SIGRTMAX, signal.SIGUSR1}
    mask = (ctypes.c_ulong * 16)(sum(1 << number - 1 for number in signals))
    fd = must(libc.signalfd(-1, mask, 0), "signalfd")
    same(int(fields(fd)["sigmask"], 16), mask[0], "the signals")
    last = f"SIGRTMIN+{signal.SIGRTMAX - signal.SIGRTMIN}"
    same(show(fd)["signalfd"]["signals"], ["SIGUSR1", "SIGRTMIN", "SIGRTMIN+1", last], "their names")


def fanotify():
    """the ignored events of a fanotify mark are shown separately from its flags"""
    fd = must(libc.fanotify_init(0, 0), "fanotify_init")
    must(libc.fanotify_mark(fd, 0x1 | 0x20 | 0x40, ctypes.c_uint64(0x2), -100, b"/tmp"), "fanotify_mark")
    words = text(fd)
    has(words, "ignoring FAN_MODIFY")
    hasnt(words, "for FAN_MODIFY")
    mark = show(fd)["fanotify"]["marks"][0]
    same((mark["events"], mark["ignored"]), ([], ["FAN_MODIFY"]), "the masks")
    same(mark["flags"], ["FAN_MARK_IGNORED_SURV_MODIFY"], "the flags")
    same(mark["inode"], os.stat("/tmp").st_ino, "the inode")
    same(show(fd)["fanotify"]["flags"], [], "no flags")
    fd = must(libc.fanotify_init(0x4 | 0x10 | 0x20, 0), "fanotify_init")
    same(show(fd)["fanotify"]["flags"], ["FAN_CLASS_CONTENT", "FAN_UNLIMITED_QUEUE", "FAN_UNLIMITED_MARKS"], "flags")
    with tempfile.TemporaryDirectory() as where:
        names = [f"{where}/{i}" for i in range(9)]
        for name in names:
            os.mkdir(name)
            must(libc.fanotify_mark(fd, 0x1, ctypes.c_uint64(0x1), -100, name.encode()), "fanotify_mark")
        got = show(fd)["fanotify"]["marks"]
        same({mark["inode"] for mark in got}, {os.stat(name).st_ino for name in names}, "nine inodes")
        same([mark["events"] for mark in got], [["FAN_ACCESS"]] * 9, "nine masks")
        has(text(fd), " and 1 more")
        same(text(fd).count("FAN_ACCESS"), 8, "eight in text")


def without_statx():
    """kinds are recognized even if statx(2) is not permitted"""
    call("strace", "-V")
    # LeakSanitizer does not work in a traced process.
    os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    wrap = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=statx", "-e", "inject=statx:error=EPERM")
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        raise Skip("processes cannot be traced here")
    read, write = os.pipe()
    regular = os.open("/etc/passwd", os.O_RDONLY)
    for fd, kind in ((read, "pipe"), (regular, "regular"), (os.open("/", os.O_RDONLY), "directory"),
                     (socket.socket(socket.AF_UNIX).detach(), "socket"), (os.open("/dev/null", os.O_RDWR), "char-device"),
                     (libc.memfd_create(b"x", 0), "memfd")):
        got = show(fd, wrap=wrap)
        same(got["kind"], kind, "without statx")
        same(got["problems"], [], "problems")
        same(got["inode"], os.fstat(fd).st_ino, "the inode")
    receiver, sender = socket.socketpair()
    socket.send_fds(sender, [b"x"], [regular])
    done = subprocess.run([*wrap, FDPASS, "recv", "--no-sandbox", "--require=regular:r", f"fd:{receiver.fileno()}", "true"],
                          pass_fds=[receiver.fileno()], capture_output=True, text=True)
    same((done.returncode, done.stderr), (0, ""), "--require without statx")
    same(show(regular, wrap=wrap)["regular"]["filesystem"], show(regular)["regular"]["filesystem"], "the file system")


def copy_program(where):
    """Copies FDPASS and its libraries to the directory WHERE, and mounts /proc there."""
    os.makedirs(f"{where}/proc")
    listing = subprocess.run(["ldd", FDPASS], capture_output=True, text=True).stdout
    for path in [FDPASS, *(word for word in listing.split() if word.startswith("/"))]:
        os.makedirs(where + os.path.dirname(path), exist_ok=True)
        call("cp", path, where + path)
    call("mount", "-t", "proc", "none", f"{where}/proc")


def chroot():
    """a file outside the root directory is shown without a path, but with the type of its file system"""
    root()
    where = tempfile.mkdtemp()
    copy_program(where)
    try:
        inside = os.open(f"{where}/inside", os.O_RDWR | os.O_CREAT)
        outside = os.open(f"{where}-outside", os.O_RDWR | os.O_CREAT)
        got = show(outside, wrap=("chroot", where))
        same(got["path"], None, "the path of what is outside")
        same(got["problems"], ["its path does not lead to it from this root directory"], "the problem")
        got = show(inside, wrap=("chroot", where))
        same((got["path"], got["problems"]), ("/inside", []), "what is inside")
        magic = subprocess.run(["stat", "-f", "-c", "%T", where], capture_output=True, text=True).stdout.strip()
        known = got["regular"]["filesystem"]
        assert known is not None and (known == magic or magic.startswith(known.split("/")[0])), (known, magic)
    finally:
        call("umount", f"{where}/proc")
        call("rm", "-rf", where, f"{where}-outside")


def other_devpts():
    """a pseudo-terminal of another devpts instance is shown without a path below /dev/pts"""
    root()
    where = tempfile.mkdtemp()
    call("mount", "-t", "devpts", "-o", "newinstance,ptmxmode=0666", "none", where)
    try:
        master = os.open(f"{where}/ptmx", os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(master, 0x40045431, struct.pack("i", 0))
        slave = os.open(f"{where}/0", os.O_RDWR | os.O_NOCTTY)
        for fd in (master, slave):
            got = show(fd)
            same((got["pty"]["slave"], got["pty"]["number"]), (None, 0), "the slave")
            same(got["problems"], ["it belongs to a devpts other than /dev/pts"], "the problem")
        os.close(slave)
        os.close(master)
    finally:
        call("umount", "-l", where)
        os.rmdir(where)
    master, slave = os.openpty()
    for fd in (master, slave):
        same(show(fd)["pty"]["slave"], os.ttyname(slave), "the slave of this devpts")
    where = tempfile.mkdtemp()
    call("mount", "--rbind", "/dev", where)
    # With shared propagation, unmounting this copy of the mount could unmount the file systems below /dev, too.
    call("mount", "--make-rprivate", where)
    try:
        # This ptmx uses the devpts that is mounted next to it. This devpts is the same as that of /dev, as in a
        # chroot with the host's /dev.
        master = os.open(f"{where}/ptmx", os.O_RDWR | os.O_NOCTTY)
        number = struct.unpack("i", fcntl.ioctl(master, 0x80045430, bytes(4)))[0]
        fcntl.ioctl(master, 0x40045431, struct.pack("i", 0))
        slave = os.open(f"/dev/pts/{number}", os.O_RDWR | os.O_NOCTTY)
        os.write(master, b"x\n")
        same(os.read(slave, 9), b"x\n", "the same pseudo-terminal")
        got = show(master)
        same((got["pty"]["slave"], got["problems"]), (f"/dev/pts/{number}", []), "through another path to /dev")
    finally:
        call("umount", "-l", where)
        os.rmdir(where)


def device_files():
    """outside a devpts, a device file with the number of a pseudo-terminal is shown as a character device"""
    root()
    with tempfile.TemporaryDirectory() as where:
        try:
            os.mknod(f"{where}/pts", 0o020600, os.makedev(136, 0))
        except OSError as why:
            raise Skip(f"mknod: {why}")
        fd = os.open(f"{where}/pts", os.O_PATH)
        same(show(fd)["kind"], "char-device", "the kind")
        try:
            os.open(f"{where}/pts", os.O_RDWR | os.O_NOCTTY)
        except OSError:
            return
        raise AssertionError("a device file outside of a devpts can be opened as a pseudo-terminal")


def terminals():
    """the devices that are shown as terminals are those of the terminal drivers that the kernel lists"""
    root()
    where = tempfile.mkdtemp()
    listing_of = f"{where}/drivers"
    with open(listing_of, "w") as f:
        f.write(open("/proc/tty/drivers").read())
        f.write("usbserial            /dev/ttyUSB    188 0-511 serial\n")
        f.write("hvc                  /dev/hvc       229       0 system\n")
    wrap = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /proc/tty/drivers && exec "$@"', listing_of)
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        raise Skip("no mount namespace can be made here")
    try:
        for major, minor, kind in ((188, 3, "tty"), (188, 512, "char-device"), (229, 0, "tty"), (229, 1, "char-device"),
                                   (4, 64, "tty"), (136, 0, "char-device"), (1, 3, "char-device")):
            os.mknod(f"{where}/node", 0o020600, os.makedev(major, minor))
            fd = os.open(f"{where}/node", os.O_PATH)
            same(show(fd, wrap=wrap)["kind"], kind, f"{major}:{minor}")
            os.close(fd)
            os.unlink(f"{where}/node")
    except PermissionError as why:
        raise Skip(f"mknod: {why}")
    finally:
        shutil.rmtree(where)


def foreign_root():
    """the root directory of another mount namespace is not shown as a detached mount"""
    root()
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        raise Skip("mount namespaces cannot be created here")
    child = subprocess.Popen(["unshare", "-m", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        own = os.readlink("/proc/self/ns/mnt")
        wait_for(lambda: os.readlink(f"/proc/{child.pid}/ns/mnt") != own, "a mount namespace")
        fd = os.open(f"/proc/{child.pid}/root", os.O_PATH | os.O_DIRECTORY)
        if os.readlink(f"/proc/self/fd/{fd}") != "/":
            raise Skip("the root directory is not that of the mount namespace")
        mount = fields(fd)["mnt_id"]
        ids = {pid: [line.split()[0] for line in open(f"/proc/{pid}/mountinfo")] for pid in ("self", child.pid)}
        same((mount in ids["self"], mount in ids[child.pid]), (False, True), "where it is mounted")
        has(text(fd), "mount outside this mount namespace")
        hasnt(text(fd), "detached")
        same(show(fd)["mount"]["mount_id"], int(mount), "the mount")
    finally:
        child.stdin.close()
        child.wait()


def other_end():
    """show reports whether the other end of a pipe or socket is open, and whether the process of a pidfd has exited"""
    read, write = os.pipe()
    same((show(read)["pipe"]["has_writer"], show(write)["pipe"]["has_reader"]), (True, True), "both ends")
    os.close(write)
    same(show(read)["pipe"]["has_writer"], False, "no writer")
    has(text(read), "no writer")
    read, write = os.pipe()
    os.close(read)
    same(show(write)["pipe"]["has_reader"], False, "no reader")
    has(text(write), "no reader")
    one, two = socket.socketpair()
    same((show(one.fileno())["socket"]["hung_up"], show(one.fileno())["socket"]["read_closed"]), (False, False), "both")
    one.shutdown(socket.SHUT_WR)
    same((show(two.fileno())["socket"]["hung_up"], show(two.fileno())["socket"]["read_closed"]), (False, True), "half")
    has(text(two.fileno()), "the other end sends no more")
    one.close()
    same(show(two.fileno())["socket"]["hung_up"], True, "hung up")
    has(text(two.fileno()), "hung up")
    one, two = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    known = show(two.fileno())["socket"]["hung_up"] is not None
    same(show(two.fileno())["socket"]["hung_up"], False if known else None, "a datagram socket")
    one.close()
    got = show(two.fileno())["socket"]
    same((got["hung_up"], got["read_closed"]), (True, True) if known else (None, None), "a datagram socket without its peer")
    same("hung up" in text(two.fileno()), known, "in text")
    try:
        two.send(b"x")
        raise AssertionError("the other end is still open")
    except ConnectionRefusedError:
        pass
    child = os.fork()
    if child == 0:
        signal_wait = socket.socketpair()
        signal_wait[0].recv(1)
    pidfd = must(libc.syscall(434, child, 0), "pidfd_open")
    same(show(pidfd)["pidfd"]["ended"], False, "it runs")
    os.kill(child, 9)
    wait_for(lambda: open(f"/proc/{child}/stat").read().rsplit(")", 1)[1].split()[0] == "Z", "a zombie")
    got = show(pidfd)["pidfd"]
    same((got["ended"], got["reaped"], got["pid"]), (True, False, child), "a zombie")
    has(text(pidfd), "which has ended")
    os.waitpid(child, 0)
    got = show(pidfd)["pidfd"]
    same((got["ended"], got["reaped"], got["pid"]), (True, True, None), "reaped")


def listing(*arguments):
    done = subprocess.run([FDPASS, "show", "--json", *arguments], capture_output=True, stdin=subprocess.DEVNULL)
    same((done.returncode, done.stderr), (0, b""), "show")
    return [json.loads(line) for line in done.stdout.splitlines()]


def same_description():
    """descriptors are marked if they share an open file description, or only the file, with another descriptor"""
    one = os.open("/etc/passwd", os.O_RDONLY)
    copy = os.dup(one)
    other = os.open("/etc/passwd", os.O_RDONLY)
    done = subprocess.run([FDPASS, "show", "--json", str(one), str(other), str(copy)], pass_fds=[one, copy, other],
                          capture_output=True, check=True)
    got = {line["fd"]: line["same_as"] for line in map(json.loads, done.stdout.splitlines())}
    # Verifies the test itself: the variables one and copy share an open file description, and thus the offset;
    # other has its own.
    os.lseek(one, 7, os.SEEK_SET)
    same((os.lseek(copy, 0, os.SEEK_CUR), os.lseek(other, 0, os.SEEK_CUR)), (7, 0), "offsets")
    same(got, {one: None, copy: one, other: None}, "same_as")
    same(os.fstat(one).st_ino, os.fstat(other).st_ino, "inodes")
    # Without kcmp(2), descriptors of this process are compared one by one.
    refuse = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=kcmp", "-e", "inject=kcmp:error=EPERM"]
    if shutil.which("strace") and subprocess.run([*refuse, "true"], capture_output=True).returncode == 0:
        os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        lines = subprocess.run([*refuse, FDPASS, "show", "--json", str(one), str(other), str(copy)], capture_output=True,
                               pass_fds=[one, copy, other], check=True).stdout.splitlines()
        got = [(line["same_as"], line["same_file_as"]) for line in map(json.loads, lines)]
        same(got, [(None, None), (None, one), (one, None)], "without kcmp")
    read, write = os.pipe()
    # All eventfds have the same inode, but only events[1] and extra are the same eventfd.
    events = [libc.eventfd(0, 0) for _ in range(3)]
    extra = os.dup(events[1])
    got = {line["fd"]: (line["same_as"], line["same_file_as"], line["same_as_pid"], line["same_file_as_pid"])
           for line in listing(f"pid:{os.getpid()}")}
    nothing = (None, None, None, None)
    want = {one: nothing, copy: (one, None, None, None), other: (None, one, None, None), read: nothing,
            write: (None, read, None, None), **dict.fromkeys(events, nothing), extra: (events[1], None, None, None)}
    same({fd: got[fd] for fd in want}, want, "sameness in another process")
    words = subprocess.run([FDPASS, "show", f"pid:{os.getpid()}"], capture_output=True, text=True).stdout
    has(words, f", same pipe as fd {read}\n")
    has(words, f", same file as fd {one}\n")
    has(words, f", same as fd {events[1]}\n")
    waits, goes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(goes)
        os.read(waits, 1)
        os._exit(0)
    rows = {(line["pid"], line["fd"]): line for line in listing("--tree", f"pid:{os.getpid()}")}
    row = rows[child, other]
    same((row["same_as"], row["same_as_pid"]), (other, os.getpid()), "a descriptor that a child inherited")
    os.close(goes)
    os.waitpid(child, 0)
    receiver, sender = socket.socketpair()
    child = subprocess.Popen([FDPASS, "recv", "--json", f"fd:{receiver.fileno()}"], pass_fds=[receiver.fileno()],
                             stdout=subprocess.PIPE)
    socket.send_fds(sender, [b"x"], [one, other, copy])
    sender.close()
    message = json.loads(child.communicate()[0].splitlines()[0])
    fds = message["ancdata"][0]["fds"]
    same([fd["same_as"] for fd in fds], [None, None, fds[0]["fd"]], "same_as in a message")


def many_holders():
    """for many descriptors with the same link, the holders of each descriptor are listed"""
    events = [libc.eventfd(0, 0) for _ in range(40)]
    extra = os.dup(events[7])
    waits, goes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(goes)
        os.read(waits, 1)
        os._exit(0)
    try:
        lines = {line["fd"]: line["holders"] for line in listing("--peers", f"pid:{os.getpid()}")}
        for fd in events:
            want = {(child, fd)}
            if fd == events[7]:
                want |= {(os.getpid(), extra), (child, extra)}
            same({(holder["pid"], holder["fd"]) for holder in lines[fd]}, want, f"the holders of {fd}")
    finally:
        os.close(goes)
        os.waitpid(child, 0)


def other_netns():
    """a socket that belongs to another network namespace is marked"""
    root()
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    same(show(one.fileno())["socket"]["own_netns"], True, "ours")
    hasnt(text(one.fileno()), "network namespace")
    wrap = ("unshare", "-n")
    if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
        raise Skip("network namespaces cannot be created here")
    same(show(one.fileno(), wrap=wrap)["socket"]["own_netns"], False, "another's")
    has(text(one.fileno(), wrap=wrap), "in another network namespace")


def network():
    """the interface, mark and groups of a socket are shown with the values that were set"""
    root()
    packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packet.bind(("lo", 3))
    same(show(packet.fileno())["socket"]["interface"], packet.getsockname()[0], "the interface of a packet socket")
    has(text(packet.fileno()), "ETH_P_ALL")
    same(show(packet.fileno())["socket"]["fanout"], None, "no fanout")
    packet.setsockopt(263, 18, 7)
    same(show(packet.fileno())["socket"]["fanout"], packet.getsockopt(263, 18) & 0xFFFF, "the fanout group")
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
    bound.setsockopt(socket.SOL_SOCKET, 36, 77)
    same(show(bound.fileno())["socket"]["interface"], "lo", "the bound device")
    has(text(bound.fileno()), 'interface "lo"')
    has(text(bound.fileno()), "mark 77")
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    netlink.bind((0, 1))
    netlink.setsockopt(270, 1, 33)
    same(show(netlink.fileno())["socket"]["groups"], [1, 33], "netlink groups")
    mptcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    mptcp.bind(("127.0.0.1", 0))
    mptcp.listen(7)
    client = socket.create_connection(mptcp.getsockname())
    wait_for(lambda: show(mptcp.fileno())["socket"]["backlog_used"] == 1, "a connection in the backlog of MPTCP")
    same(show(mptcp.fileno())["socket"]["backlog"], 7, "the backlog of MPTCP")
    client.close()


def backlog():
    """a listening socket is shown with the number of connections in its queue"""
    with tempfile.TemporaryDirectory() as where:
        listeners = [socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET), socket.socket()]
        for listener, address in zip(listeners, (f"{where}/s", f"\0{where}", ("127.0.0.1", 0))):
            listener.bind(address)
            listener.listen(7)
        if show(listeners[0].fileno())["socket"]["backlog"] is None and os.path.exists("/proc/sys/kernel/modprobe"):
            raise Skip("the query would load a kernel module")
        for listener in listeners:
            clients = []
            for count in range(3):
                got = show(listener.fileno())["socket"]
                same((got["backlog_used"], got["backlog"]), (count, 7), f"{listener.family.name}: {count} clients")
                clients.append(socket.socket(listener.family, listener.type))
                clients[-1].connect(listener.getsockname())
            has(text(listener.fileno()), ", 3 connections waiting")
            listener.accept()
            got = show(listener.fileno())["socket"]
            same((got["backlog_used"], got["backlog"]), (2, 7), f"{listener.family.name}: one was accepted")
            pid = listing(f"pid:{os.getpid()}:{listener.fileno()}")[0]["socket"]
            same((pid["backlog_used"], pid["backlog"]), (2, 7), "in another process")
            for verb, got in received(listener.fileno(), where):
                same((got["backlog_used"], got["backlog"]), (2, 7), verb)


def received(fd, where):
    """Sends the socket FD to recv, which runs in its sandbox, and returns the description that recv prints."""
    def passed(line):
        return next(item["fds"][0]["socket"] for item in json.loads(line)["ancdata"] if "fds" in item)

    receiver, sender = socket.socketpair()
    socket.send_fds(sender, [b"x"], [fd])
    sender.close()
    done = subprocess.run([FDPASS, "recv", "--json", f"fd:{receiver.fileno()}"], pass_fds=[receiver.fileno()],
                          capture_output=True, check=True)
    yield "recv", passed(done.stdout.splitlines()[0])
    back, front = f"{where}/back", f"{where}/front"
    server = socket.socket(socket.AF_UNIX)
    server.bind(back)
    server.listen(1)
    relay = subprocess.Popen([FDPASS, "relay", "--json", "--connections=1", front, back], stdout=subprocess.PIPE)
    client = socket.socket(socket.AF_UNIX)
    wait_for(lambda: client.connect_ex(front) == 0, "the relay")
    socket.send_fds(client, [b"x"], [fd])
    yield "relay", passed(relay.stdout.readline())
    client.close()
    server.close()
    relay.stdout.close()
    relay.terminate()
    relay.wait()
    os.unlink(back)
    program = f"import socket; one, two = socket.socketpair(); socket.send_fds(one, [b'x'], [{fd}])"
    done = subprocess.run([FDPASS, "watch", "--json", "--", sys.executable, "-c", program], pass_fds=[fd],
                          capture_output=True, text=True)
    if done.returncode == 125 and "trace" in done.stderr:
        return
    same(done.returncode, 0, f"watch: {done.stderr}")
    yield "watch", passed(done.stderr.splitlines()[0])


def more_sockets():
    """further socket options, and the number of bytes in the queues of an MPTCP socket, are shown"""
    one = socket.socket()
    hasnt(text(one.fileno()), "port")
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    has(text(one.fileno()), ", reuses its port")
    try:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    except OSError as why:
        raise Skip(f"MPTCP: {why}")
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    client.connect(listener.getsockname())
    server, _ = listener.accept()
    client.send(b"hello")
    wait_for(lambda: show(server.fileno())["socket"]["receive_queue"] == 5, "five bytes")
    has(text(server.fileno()), "IPPROTO_MPTCP")
    has(text(server.fileno()), ", 5 bytes to read")
    same(server.recv(9), b"hello", "they are still there")
    same(show(server.fileno())["socket"]["receive_queue"], 0, "read")
    if os.geteuid() == 0:
        packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        has(text(packet.fileno()), "bound to any interface, protocol ETH_P_IP")
        same(show(packet.fileno())["socket"]["interface"], None, "no interface")


def namespaces():
    """files of other mount namespaces and processes of other PID namespaces are marked"""
    root()
    with tempfile.NamedTemporaryFile() as file:
        fd = file.fileno()
        same(show(fd)["problems"], [], "ours")
        wrap = ("unshare", "-m")
        if subprocess.run([*wrap, "true"], capture_output=True).returncode != 0:
            raise Skip("mount namespaces cannot be created here")
        got = show(fd, wrap=wrap)
        same(got["problems"], ["its path is not in this mount namespace"], "the problem")
        has(text(fd, wrap=wrap), "(its path is not in this mount namespace)")
    child = subprocess.Popen(["unshare", "-pf", "--kill-child", "sleep", "60"])
    try:
        def inside():
            with open(f"/proc/{child.pid}/task/{child.pid}/children") as f:
                return [int(pid) for pid in f.read().split() if open(f"/proc/{pid.strip()}/comm").read() == "sleep\n"]

        wait_for(inside, "a process in its namespace")
        pid, = inside()
        pidfd = must(libc.syscall(434, pid, 0), "pidfd_open")
        ids = [int(i) for line in open(f"/proc/{pid}/status") if line.startswith("NSpid:") for i in line.split()[1:]]
        same((show(pidfd)["pidfd"]["pid"], show(pidfd)["pidfd"]["nspid"]), (pid, ids), "the ids")
        has(text(pidfd), "in a pid namespace below this one")
        own = must(libc.syscall(434, os.getpid(), 0), "pidfd_open")
        hasnt(text(own), "namespace")
        # fdpass runs in a child PID namespace and shows a peer outside this namespace.
        one, two = socket.socketpair()
        same(show(one.fileno())["socket"]["peer_credentials"]["pid"], os.getpid(), "the peer")
        done = subprocess.run(["nsenter", "-t", str(pid), "-p", FDPASS, "show", str(one.fileno()), str(own)],
                              pass_fds=[one.fileno(), own], capture_output=True, text=True)
        has(done.stdout, "peer outside this pid namespace, uid 0 gid 0")
        has(done.stdout, "pidfd of a process outside this pid namespace")
    finally:
        child.kill()
        child.wait()


def tun_namespaces():
    """a TUN device is shown with the network namespace of its interface"""
    root()
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        raise Skip("network namespaces cannot be created here")

    def make():
        try:
            fd = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"", 1 | 0x1000))
            return fd
        except OSError as why:
            raise Skip(f"/dev/net/tun: {why}")

    ours = make()
    got = show(ours)["char-device"]
    same((got["netns_inode"], got["own_netns"]), (os.stat("/proc/self/ns/net").st_ino, True), "ours")
    hasnt(text(ours), "network namespace")
    same(show(os.open("/dev/net/tun", os.O_RDWR))["char-device"]["netns_inode"], None, "without an interface")
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        must(libc.unshare(0x40000000), "unshare")
        socket.send_fds(there, [str(os.stat("/proc/self/ns/net").st_ino).encode()], [make()])
        os._exit(0)
    inode, fds, _, _ = socket.recv_fds(here, 32, 1)
    os.waitpid(child, 0)
    got = show(fds[0])["char-device"]
    same((got["netns_inode"], got["own_netns"]), (int(inode), False), "another's")
    has(text(fds[0]), "in another network namespace")


def thread():
    """a pidfd of a thread is shown with the process of the thread"""
    import threading
    stop, tid = threading.Event(), []
    started = threading.Event()

    def body():
        tid.append(threading.get_native_id())
        started.set()
        stop.wait()

    worker = threading.Thread(target=body)
    worker.start()
    started.wait()
    try:
        fd = libc.syscall(434, tid[0], os.O_EXCL)
        if fd == -1:
            raise Skip("this kernel has no pidfds of threads")
        got = show(fd)
        same((got["pidfd"]["pid"], got["pidfd"]["tgid"], got["pidfd"]["thread"]), (tid[0], os.getpid(), True), "ids")
        same("PIDFD_THREAD" in got["status_flags"], True, "the flag")
        has(text(fd), f"of thread {tid[0]}")
        has(text(fd), f"of process {os.getpid()}")
    finally:
        stop.set()
        worker.join()


def loop():
    """a loop device is shown with its backing file"""
    root()
    backing = tempfile.NamedTemporaryFile()
    backing.truncate(1 << 20)
    made = subprocess.run(["losetup", "-f", "--show", backing.name], capture_output=True, text=True)
    if made.returncode != 0:
        raise Skip(f"losetup: {made.stderr}")
    device = made.stdout.strip()
    try:
        fd = os.open(device, os.O_RDONLY)
        same(show(fd)["block-device"]["backing_file"], backing.name, "the backing file")
        os.close(fd)
    finally:
        call("losetup", "-d", device)


def mapped(fd, users):
    """Returns fdpass's description of FD in a user namespace with the map USERS for user and group IDs."""
    child = subprocess.Popen(["unshare", "-U", "sh", "-c", 'read -r go && exec "$@"', "sh", FDPASS, "show", "--json",
                              str(fd)], pass_fds=[fd], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    own = os.readlink("/proc/self/ns/user")
    wait_for(lambda: os.readlink(f"/proc/{child.pid}/ns/user") != own, "a user namespace")
    for file in ("uid_map", "gid_map") if users else ():
        with open(f"/proc/{child.pid}/{file}", "w") as f:
            f.write(users)
    return json.loads(child.communicate(b"go\n")[0])


def unmapped():
    """an overflow ID is marked, because it represents an ID that is not mapped into this user namespace"""
    root()
    owner, peer, process = ([f"its {who} has no id in this user namespace"] for who in ("owner", "peer", "process"))
    fd = os.open("/etc/passwd", os.O_RDONLY)
    same(show(fd)["problems"], [], "a mapped owner")
    if subprocess.run(["unshare", "-U", "true"], capture_output=True).returncode != 0:
        raise Skip("user namespaces cannot be created here")
    got = mapped(fd, None)
    same(str(got["regular"]["uid"]), open("/proc/sys/kernel/overflowuid").read().strip(), "the overflow id")
    same(got["problems"], owner, "no map")
    same(mapped(fd, "0 0 1")["problems"], [], "only root is mapped")
    with tempfile.NamedTemporaryFile() as file:
        os.chown(file.fileno(), 0, 1234)
        same(mapped(file.fileno(), "0 0 1")["problems"], owner, "the group is not mapped")
        same(mapped(file.fileno(), "0 0 1\n1234 1234 1")["problems"], [], "the group is mapped")
        same(mapped(file.fileno(), "0 0 1\n65534 65534 1")["problems"],
             ["its owner may have no id in this user namespace"], "the overflow id is mapped")
    one, two = socket.socketpair()
    same((mapped(one.fileno(), None)["problems"], mapped(one.fileno(), "0 0 1")["problems"]), (peer, []), "a peer")
    pidfd = must(libc.syscall(434, os.getpid(), 0), "pidfd_open")
    if show(pidfd)["pidfd"]["uid"] is not None:
        same((mapped(pidfd, None)["problems"], mapped(pidfd, "0 0 1")["problems"]), (process, []), "a process")
    receiver, sender = socket.socketpair()
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    sender.send(b"x")
    sender.shutdown(socket.SHUT_WR)
    done = subprocess.run(["unshare", "-U", FDPASS, "recv", "--creds", "--json", f"fd:{receiver.fileno()}"],
                          pass_fds=[receiver.fileno()], capture_output=True)
    same(json.loads(done.stdout.splitlines()[0])["problems"], ["the sender has no id in this user namespace"], "a sender")


def detached():
    """a detached mount is shown with its file system type"""
    root()
    context = libc.syscall(430, b"tmpfs", 0)
    if context == -1:
        raise Skip("this kernel has no fsopen")
    libc.syscall(431, context, 6, None, None, 0)
    fd = must(libc.syscall(432, context, 0, 0), "fsmount")
    same((show(fd)["kind"], show(fd)["mount"]["filesystem"]), ("mount", "tmpfs"), "the type")


def bpf(command, attr, what):
    return must(libc.syscall(321 if os.uname().machine == "x86_64" else 280, command, attr, len(attr)), what)


def bpf_info(fd, size):
    info = ctypes.create_string_buffer(size)
    bpf(15, struct.pack("IIQ", fd, size, ctypes.addressof(info)), "BPF_OBJ_GET_INFO_BY_FD")
    return info.raw


def bpf_program(kind, attach):
    """return 1"""
    code = ctypes.create_string_buffer(struct.pack("BBhiBBhi", 0xB7, 0, 0, 1, 0x95, 0, 0, 0), 16)
    licence = ctypes.create_string_buffer(b"GPL")
    attr = struct.pack("IIQQIIQII16sII", kind, 2, ctypes.addressof(code), ctypes.addressof(licence), 0, 0, 0, 0, 0, b"one",
                       0, attach)
    return bpf(5, attr, "BPF_PROG_LOAD")


def bpf_links():
    """a BPF link is shown with its type, program and target, even if it was opened by its ID"""
    root()
    if subprocess.run(["unshare", "-n", "true"], capture_output=True).returncode != 0:
        raise Skip("network namespaces cannot be created here")
    must(libc.unshare(0x40000000), "unshare")
    program = bpf_program(6, 37)
    link = bpf(28, struct.pack("IIII16x", program, socket.if_nametoindex("lo"), 37, 0), "BPF_LINK_CREATE")
    info = struct.unpack("III", bpf_info(link, 64)[:12])
    again = bpf(30, struct.pack("III", info[1], 0, 0), "BPF_LINK_GET_FD_BY_ID")
    assert os.readlink(f"/proc/self/fd/{link}") != os.readlink(f"/proc/self/fd/{again}"), "two names"
    for fd in (link, again):
        got = show(fd)
        same(got["kind"], "bpf-link", "the kind")
        one = got["bpf-link"]
        same((one["type"], one["id"], one["prog_id"]), ("xdp", *info[1:]), "type, id, program")
        same(one["ifindex"], socket.if_nametoindex("lo"), "the interface")
        same(one["prog_tag"], show(program)["bpf-prog"]["tag"], "the tag")
    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    link = bpf(28, struct.pack("IIII16x", bpf_program(30, 36), namespace, 36, 0), "BPF_LINK_CREATE")
    one = show(link)["bpf-link"]
    same((one["type"], one["netns_inode"]), ("netns", os.fstat(namespace).st_ino), "the netns")
    # 36, the attach type with which the link was created, is BPF_SK_LOOKUP.
    same((one["attach_type"], one["attach_type_value"]), ("sk-lookup", 36), "the attach type")
    has(text(link), ", attach type sk-lookup,")
    name = ctypes.create_string_buffer(b"sys_enter")
    link = bpf(17, struct.pack("QI20x", ctypes.addressof(name), bpf_program(17, 0)), "BPF_RAW_TRACEPOINT_OPEN")
    one = show(link)["bpf-link"]
    same((one["type"], one["tracepoint"]), ("raw_tracepoint", "sys_enter"), "the tracepoint")
    has(text(link), ", to tracepoint sys_enter")
    groups = [line.split()[1] for line in open("/proc/self/mounts") if line.split()[2] == "cgroup2"]
    if groups:
        group = os.open(groups[0], os.O_RDONLY)
        link = bpf(28, struct.pack("IIII16x", bpf_program(8, 0), group, 0, 0), "BPF_LINK_CREATE")
        one = show(link)["bpf-link"]
        # struct bpf_link_info contains the cgroup ID, which is the inode number of the cgroup directory, and the attach
        # type.
        number, attach = struct.unpack("QI", bpf_info(link, 64)[16:28])
        same((one["type"], one["cgroup_id"], number), ("cgroup", number, os.fstat(group).st_ino), "the cgroup")
        same((one["attach_type"], one["attach_type_value"], attach), ("cgroup-inet-ingress", 0, 0), "the attach type")


def bpf_stats():
    """a descriptor that keeps BPF statistics enabled is recognized"""
    root()
    fd = bpf(32, struct.pack("I", 0), "BPF_ENABLE_STATS")
    same(show(fd)["kind"], "bpf-stats", "the kind")
    same(open("/proc/sys/kernel/bpf_stats_enabled").read().strip(), "0", "only the descriptor enables them")


def send_when_possible(there, word, fd):
    """Sends a descriptor. Waits while other tests of this user have too many descriptors in flight."""
    while True:
        try:
            return socket.send_fds(there, [word], [fd])
        except OSError as error:
            if error.errno != errno.ETOOMANYREFS:
                raise
            time.sleep(0.001)


def bpf_token():
    """a BPF token is shown with the permissions that its mount delegates"""
    root()
    here, there = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            must(libc.unshare(0x10020000), "unshare")
            there.send(b"mapped?")
            there.recv(1)
            context = must(libc.syscall(430, b"bpf", 0), "fsopen")
            send_when_possible(there, b"context", context)
            there.recv(1)
            mount = must(libc.syscall(432, context, 0, 0), "fsmount")
            root_directory = os.open(".", os.O_RDONLY, dir_fd=mount)
            token = bpf(36, struct.pack("II", 0, root_directory), "BPF_TOKEN_CREATE")
            send_when_possible(there, b"token", token)
        except Skip as why:
            there.send(str(why).encode())
        os._exit(0)
    there.close()

    def answer(word):
        data, fds, _, _ = socket.recv_fds(here, 256, 1)
        if data != word:
            raise Skip(data.decode())
        return fds

    answer(b"mapped?")
    for file in ("uid_map", "gid_map"):
        with open(f"/proc/{child}/{file}", "w") as f:
            f.write("0 0 1")
    here.send(b"1")
    context, = answer(b"context")
    for key, value in ((b"delegate_cmds", b"0x21"), (b"delegate_maps", b"any"), (b"delegate_progs", b"0x6"),
                       (b"delegate_attachs", b"0x8")):
        must(libc.syscall(431, context, 1, key, value, 0), key.decode())
    must(libc.syscall(431, context, 6, None, None, 0), "FSCONFIG_CMD_CREATE")
    here.send(b"1")
    token, = answer(b"token")
    os.waitpid(child, 0)
    got = show(token)
    same(got["kind"], "bpf-token", "the kind")
    lines = dict(line.split(":\t") for line in open(f"/proc/self/fdinfo/{token}").read().splitlines())
    for key in ("allowed_cmds", "allowed_maps", "allowed_progs", "allowed_attachs"):
        same(got["bpf-token"][key], lines[key], key)
    same((lines["allowed_cmds"], lines["allowed_maps"]), ("0x21", "any"), "what the mount delegates")
    has(text(token), "for commands 0x21, maps any, programs 0x6, attach types 0x8")


def guest_memory():
    """the guest memory of a KVM virtual machine, and other KVM objects, are recognized"""
    try:
        kvm = os.open("/dev/kvm", os.O_RDWR)
        vm = fcntl.ioctl(kvm, 0xAE01, 0)
    except OSError as why:
        raise Skip(f"/dev/kvm: {why}")
    same((show(vm)["kind"], show(vm)["kvm"]["object"]), ("kvm", "vm"), "a machine")
    cpu = fcntl.ioctl(vm, 0xAE41, 3)
    same((show(cpu)["kvm"]["object"], show(cpu)["kvm"]["vcpu"]), ("vcpu", 3), "a virtual processor")
    request = ctypes.create_string_buffer(struct.pack("Q56x", 65536), 64)
    memory = must(libc.ioctl(vm, 0xC040AED4, request), "KVM_CREATE_GUEST_MEMFD")
    got = show(memory)
    same((got["kind"], got["size"]), ("guest-memfd", 65536), "guest memory")
    same(got["size"], os.fstat(memory).st_size, "its size")


def fields(fd):
    """Returns the lines of the fdinfo of a descriptor."""
    lines = (line.split(":", 1) for line in open(f"/proc/self/fdinfo/{fd}").read().splitlines())
    return {line[0]: line[1].strip() for line in lines if len(line) == 2}


def rings():
    """io_uring instances, userfaultfds and perf events are shown with their settings"""
    setup = ctypes.create_string_buffer(120)
    fd = libc.syscall(425, 7, setup)
    if fd != -1:
        entries = struct.unpack("II", setup.raw[:8])
        got = show(fd)["io_uring"]
        same((got["sq_entries"], got["cq_entries"], got["sq_thread"]), (*entries, None), "the sizes, rounded up")
        files = (ctypes.c_int * 3)(0, 1, 2)
        must(libc.syscall(427, fd, 2, files, 3), "IORING_REGISTER_FILES")
        same(show(fd)["io_uring"]["registered_files"], 3, "registered files")
    faults = libc.syscall(323, os.O_NONBLOCK)
    if faults != -1:
        api = ctypes.create_string_buffer(struct.pack("QQQ", 0xAA, 0, 0), 24)
        must(libc.ioctl(faults, 0xC018AA3F, api), "UFFDIO_API")
        got = show(faults)["userfaultfd"]
        same(got["api"], fields(faults)["API"], "the API")
        same(got["api"].split(":")[0], "aa", "its version")
    attributes = ctypes.create_string_buffer(struct.pack("IIQ", 1, 112, 0), 112)
    # read_format is PERF_FORMAT_ID: a read returns the value and the ID of the event.
    struct.pack_into("Q", attributes, 32, 4)
    counter = libc.syscall(298, attributes, 0, -1, -1, 0)
    if counter != -1:
        got = show(counter)
        same(got["kind"], "perf-event", "a counter")
        same(got["perf-event"]["id"], struct.unpack("QQ", os.read(counter, 16))[1], "its ID")
        has(text(counter), f", id {got['perf-event']['id']}")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return
    fuse = os.open("/dev/fuse", os.O_RDWR)
    got = show(fuse)["char-device"]
    same(got["driver"], "fuse", "the driver")
    lines = {key: value for key, value in fields(fuse).items() if key not in ("pos", "flags", "mnt_id", "ino")}
    same({line["key"]: line["value"] for line in got["info"]}, lines, "the lines of its driver")


def required():
    """the error message of --require contains the descriptor's actual value of the property that differs"""
    stream = socket.socket()
    unix = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    for fd, require, words in ((stream, "socket:unix:listening", "is socket:inet, not listening, but only"),
                               (unix, "socket:stream", "is socket:dgram, but only"),
                               (open("/etc/passwd"), "regular:w,socket:unix", "is regular:r, but only"),
                               (open("/etc/passwd"), "pipe", "is regular, but only")):
        receiver, sender = socket.socketpair()
        socket.send_fds(sender, [b"x"], [fd.fileno()])
        done = subprocess.run([FDPASS, "recv", f"--require={require}", f"fd:{receiver.fileno()}", "true"],
                              pass_fds=[receiver.fileno()], capture_output=True, text=True)
        same(done.returncode, 125, "the status")
        has(done.stderr, words)


def main():
    try:
        globals()[sys.argv[1]]()
    except Skip as why:
        print(why)
        sys.exit(77)
    except AssertionError as why:
        print(why)
        sys.exit(1)


if __name__ == "__main__":
    main()
