#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""A program that passes descriptors to itself, used to test watch. Reads commands, one per line, and prints a reply to
each command.

send FILE         passes FILE, opened at offset 7, over a socket pair, receives it and closes it
text TEXT         the same as send, with TEXT as data
plain             the same as send, without a descriptor
bad               tries to send a descriptor that is not open
nap               starts a child that sleeps, and that sends no signal when it exits; prints the child's process ID
many N            one message with N descriptors
batch N           N messages with one call of sendmmsg, and one of recvmmsg
fork FILE         the same as send, in a child
reader FILE N     passes FILE N times to a child that immediately reads the file to its end
vfork FILE        the same as send, in a program started by posix_spawn
thread FILE       the same as send, in another thread, which exits
exec              executes itself again
thread-exec       the same as exec, from another thread
orphan FILE       the same as send, in a child, after this process has exited
lazy              sends data in memory whose pages another thread supplies (userfaultfd); prints "none" if that is
                  impossible here
interrupted N     blocks in sendmsg until N signals have interrupted it; prints the growth of its tracer in KiB
leader-exit FILE  the first thread exits; another thread does the same as send, repeatedly
signals N         raises N signals while it waits for messages; prints the number of handled signals
lie               sends control data with an invalid length
unreadable        sends control data in inaccessible memory
stop              stops itself
reconnect         a datagram socket passes a descriptor to one socket, then to another; prints their inodes
races N           N messages, while another thread writes random numbers into their headers and control data
ticks N           the same as send, N times, with a signal each millisecond; prints the number of messages
bomb N            forks recursively, twice in each process, N levels deep; every process does the same as send
suicide           kills itself while other threads send
storm N           starts N children, one after the other, each of which executes a program
threads N         starts N threads, one after the other, each of which does the same as send
seccomp ACTION    installs a seccomp filter for getppid(2), errno 95 or trace; prints the error of a call
uring             creates an io_uring
exit N            exits with status N
kill              kills itself
"""
import array, ctypes, fcntl, mmap, os, random, select, signal, socket, struct, subprocess, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)
a, b = socket.socketpair()


class iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]


class msghdr(ctypes.Structure):
    _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint), ("iov", ctypes.POINTER(iovec)),
                ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t),
                ("flags", ctypes.c_int)]


class mmsghdr(ctypes.Structure):
    _fields_ = [("hdr", msghdr), ("len", ctypes.c_uint)]


def once(path, x=None, y=None):
    if x is None:
        x, y = socket.socketpair()
    fd = os.open(path, os.O_RDONLY)
    if os.path.isfile(path):
        os.lseek(fd, 7, os.SEEK_SET)
    socket.send_fds(x, [b"hello"], [fd])
    os.close(fd)
    _, fds, _, _ = socket.recv_fds(y, 100, 253)
    for fd in fds:
        os.close(fd)


def header(data, control, controllen):
    vec = (iovec * 1)()
    vec[0].base = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p)
    vec[0].len = len(data)
    h = msghdr(None, 0, vec, 1, control, controllen, 0)
    h.keep = vec, data
    return h


def raw_send(control, controllen):
    h = header(b"raw", control, controllen)
    n = libc.sendmsg(a.fileno(), ctypes.byref(h), 0)
    if n > 0:
        b.recv(100)
    return n, ctypes.get_errno() if n == -1 else 0


def rights(fds):
    size = ctypes.sizeof(ctypes.c_size_t) + 8 + 4 * len(fds)
    return struct.pack("Nii", size, socket.SOL_SOCKET, socket.SCM_RIGHTS) + struct.pack("%di" % len(fds), *fds)


def batch(count):
    x, y = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control = rights([0])
    out = (mmsghdr * count)()
    for i in range(count):
        out[i].hdr = header(b"%d" % i, ctypes.cast(ctypes.c_char_p(control), ctypes.c_void_p), len(control))
    sent = libc.sendmmsg(x.fileno(), out, count, 0)
    into = (mmsghdr * count)()
    keep = []
    for i in range(count):
        data, room = ctypes.create_string_buffer(100), ctypes.create_string_buffer(64)
        vec = (iovec * 1)()
        vec[0].base, vec[0].len = ctypes.addressof(data), 100
        into[i].hdr = msghdr(None, 0, vec, 1, ctypes.addressof(room), 64, 0)
        keep.append((data, room, vec))
    got = libc.recvmmsg(y.fileno(), into, count, 0, None)
    for _, room, _ in keep[:got]:
        os.close(struct.unpack_from("i", room.raw, 16)[0])
    return "%d %d" % (sent, got)


def reconnect():
    name = "\0passer-%d-%%d" % os.getpid()
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    inodes = []
    for i in range(2):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
            receiver.bind(name % i)
            sender.connect(name % i)
            socket.send_fds(sender, [b"hello"], [0])
            inodes.append(str(os.fstat(receiver.fileno()).st_ino))
    return " ".join(inodes)


def races(count):
    control = ctypes.create_string_buffer(rights([0, 1]), 64)
    h = header(b"race", ctypes.addressof(control), 24)
    places = [(ctypes.addressof(h), ctypes.sizeof(h)), (ctypes.addressof(control), 24), (ctypes.addressof(h.iov[0]), 16)]
    kept = [ctypes.string_at(*place) for place in places]
    over = threading.Event()

    def change():
        while not over.is_set():
            for (address, size), whole in zip(places, kept):
                ctypes.memmove(address + random.randrange(size), bytes([random.randrange(256)]), 1)
                ctypes.memmove(address, whole, size)

    x, y = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    t = threading.Thread(target=change)
    t.start()
    for _ in range(count):
        libc.sendmsg(x.fileno(), ctypes.byref(h), socket.MSG_DONTWAIT)
        for fd in socket.recv_fds(y, 100, 253, socket.MSG_DONTWAIT)[1] if select.select([y], [], [], 0)[0] else []:
            os.close(fd)
    over.set()
    t.join()


def signals(count):
    arrived = 0

    def handler(*_):
        nonlocal arrived
        arrived += 1
    signal.signal(signal.SIGUSR1, handler)
    for _ in range(count):
        os.kill(os.getpid(), signal.SIGUSR1)
        once("/dev/null")
    return arrived


def bomb(generations):
    once("/dev/null")
    if generations == 0:
        return
    for _ in range(2):
        if os.fork() == 0:
            bomb(generations - 1)
            os._exit(0)
    for _ in range(2):
        os.wait()


def lazy():
    fd = libc.syscall({"x86_64": 323}.get(os.uname().machine, 282), os.O_CLOEXEC)
    if fd < 0:
        return "none"
    page = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    contents = ctypes.create_string_buffer(b"hello", mmap.PAGESIZE)
    # UFFDIO_API, UFFDIO_REGISTER, UFFDIO_COPY
    fcntl.ioctl(fd, 0xc018aa3f, struct.pack("3Q", 0xaa, 0, 0))
    fcntl.ioctl(fd, 0xc020aa00, struct.pack("4Q", address, mmap.PAGESIZE, 1, 0))

    def supply():
        os.read(fd, 32)
        fcntl.ioctl(fd, 0xc028aa03, struct.pack("5Q", address, ctypes.addressof(contents), mmap.PAGESIZE, 0, 0))
    t = threading.Thread(target=supply)
    t.start()
    control = ctypes.create_string_buffer(rights([0]))
    vec = iovec(address, 5)
    h = msghdr(None, 0, ctypes.pointer(vec), 1, ctypes.addressof(control), 24, 0)
    libc.sendmsg(a.fileno(), ctypes.byref(h), 0)
    t.join()
    os.close(fd)
    os.close(socket.recv_fds(b, 100, 1)[1][0])


def tracer_size():
    def number(pid, key):
        with open("/proc/%s/status" % pid) as f:
            return int([line for line in f if line.startswith(key)][0].split()[1])
    return number(number("self", "TracerPid:"), "VmRSS:")


def interrupted(count):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, lambda *_: None)
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        while True:
            socket.send_fds(a, [b"x" * 200000], [0])
    with open("/proc/%d/status" % pid) as f:
        def switches():
            f.seek(0)
            return int([line for line in f if line.startswith("voluntary")][0].split()[1])

        def wait(more):
            end = switches() + more
            while switches() < end:
                time.sleep(0.01)
        wait(50)
        before = tracer_size()
        wait(count)
        after = tracer_size()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return after - before


def leader_exit(path):
    def work():
        while True:
            once(path)
            time.sleep(0.01)
    threading.Thread(target=work, daemon=True).start()
    print("done", flush=True)
    libc.syscall(60 if os.uname().machine == "x86_64" else 93, 0)


def main(line):
    word, *args = line.split()
    if word == "send":
        once(args[0], a, b)
    elif word == "text":
        socket.send_fds(a, [args[0].encode()], [0])
        for got in socket.recv_fds(b, 1 << 20, 1)[1]:
            os.close(got)
    elif word == "plain":
        a.sendmsg([b"plain"])
        b.recvmsg(100)
    elif word == "bad":
        try:
            socket.send_fds(a, [b"bad"], [999])
        except OSError as e:
            return e.errno
    elif word == "nap":
        pid = libc.syscall(56 if os.uname().machine == "x86_64" else 220, 0, 0, 0, 0, 0)
        if pid == 0:
            signal.pause()
        return pid
    elif word == "many":
        fd = os.open("/dev/null", os.O_RDONLY)
        socket.send_fds(a, [b"many"], [fd] * int(args[0]))
        for got in socket.recv_fds(b, 100, 253)[1]:
            os.close(got)
        os.close(fd)
    elif word == "batch":
        return batch(int(args[0]))
    elif word == "fork":
        pid = os.fork()
        if pid == 0:
            once(args[0])
            os._exit(0)
        os.waitpid(pid, 0)
        return pid
    elif word == "reader":
        pid = os.fork()
        if pid == 0:
            for _ in range(int(args[1])):
                os.read(socket.recv_fds(b, 100, 1)[1][0], 1 << 20)
                b.send(b"x")
            os._exit(0)
        for _ in range(int(args[1])):
            with open(args[0]) as f:
                os.lseek(f.fileno(), 7, os.SEEK_SET)
                socket.send_fds(a, [b"hello"], [f.fileno()])
            a.recv(1)
        os.waitpid(pid, 0)
    elif word == "vfork":
        child = subprocess.Popen([sys.executable, __file__, "send " + args[0]], stdout=subprocess.DEVNULL)
        child.wait()
        return child.pid
    elif word == "thread":
        t = threading.Thread(target=once, args=args)
        t.start()
        t.join()
    elif word == "exec":
        print("done", flush=True)
        os.execv(sys.executable, [sys.executable, __file__])
    elif word == "thread-exec":
        print("done", flush=True)
        threading.Thread(target=os.execv, args=(sys.executable, [sys.executable, __file__])).start()
        threading.Event().wait()
    elif word == "orphan":
        parent = os.getpid()
        if os.fork() == 0:
            while os.getppid() == parent:
                time.sleep(0.01)
            once(args[0])
            os._exit(0)
    elif word == "lazy":
        return lazy()
    elif word == "interrupted":
        return interrupted(int(args[0]))
    elif word == "leader-exit":
        leader_exit(args[0])
    elif word == "signals":
        return signals(int(args[0]))
    elif word == "lie":
        control = struct.pack("Nii", 4000, socket.SOL_SOCKET, socket.SCM_RIGHTS) + struct.pack("2i", 0, 1)
        return raw_send(ctypes.cast(ctypes.c_char_p(control), ctypes.c_void_p), len(control))[1]
    elif word == "unreadable":
        return raw_send(ctypes.c_void_p(64), 64)[1]
    elif word == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif word == "reconnect":
        return reconnect()
    elif word == "races":
        races(int(args[0]))
    elif word == "ticks":
        ticks = []
        signal.signal(signal.SIGALRM, lambda *_: ticks.append(1))
        signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
        for _ in range(int(args[0])):
            once("/dev/null")
        while len(ticks) < 20:
            time.sleep(0.001)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return args[0]
    elif word == "bomb":
        bomb(int(args[0]))
    elif word == "suicide":
        for _ in range(4):
            threading.Thread(target=lambda: [once("/dev/null") for _ in iter(int, 1)], daemon=True).start()
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGKILL)
    elif word == "storm":
        for _ in range(int(args[0])):
            subprocess.run(["true"], check=True)
    elif word == "threads":
        for _ in range(int(args[0])):
            t = threading.Thread(target=once, args=("/dev/null",))
            t.start()
            t.join()
    elif word == "seccomp":
        nr = {"x86_64": 110}.get(os.uname().machine, 173)
        action = 0x7ff00007 if args[0] == "trace" else 0x00050000 + int(args[0])
        code = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, nr) + \
            struct.pack("HBBI", 0x06, 0, 0, action) + struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)
        keep = ctypes.create_string_buffer(code)
        program = struct.pack("HxxxxxxP", 4, ctypes.addressof(keep))
        if libc.prctl(38, 1, 0, 0, 0) != 0 or libc.prctl(22, 2, program, 0, 0) != 0:
            return "unfiltered"
        return ctypes.get_errno() if libc.syscall(nr) == -1 else 0
    elif word == "uring":
        return 0 if libc.syscall(425, 4, ctypes.create_string_buffer(120)) >= 0 else ctypes.get_errno()
    elif word == "exit":
        os._exit(int(args[0]))
    elif word == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    else:
        raise ValueError(line)
    return ""


if len(sys.argv) > 1:
    for command in sys.argv[1:]:
        print(main(command), flush=True)
else:
    print("ready", flush=True)
    while True:
        line = sys.stdin.readline()
        if not line:
            break
        answer = main(line)
        print(("done %s" % answer).rstrip(), flush=True)
