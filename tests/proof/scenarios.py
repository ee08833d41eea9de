# SPDX-License-Identifier: ISC
"""The scenarios: uses of fdpass during which one system call fails.

Each scenario is a function that gets a Run, and records its results in the Run's Note.

Peers stop without an error when fdpass has closed the connection or exited. The core of a note must be complete if
fdpass succeeds; its detail may lack information that could not be obtained.
"""

import errno
import os
import re
import select
import signal
import socket
import tty

from stage import DGRAM, LIMIT, PEER, SEQPACKET, STREAM, Gone, Talk, high

ALL = {}
BIG = b"0123456789abcdef" * 12000  # more bytes than fit into a pipe or a socket buffer


class Scenario:
    def __init__(self, function, goes_on, relays, never, holds):
        self.function, self.goes_on, self.relays, self.never, self.holds = function, goes_on, relays, never, holds


def scenario(goes_on=False, relays=False, never="$^", holds=False):
    """GOES_ON: fdpass reports an error that concerns one peer, and continues to serve other peers. NEVER: a regular
    expression for faults that cannot occur. HOLDS: the scenario needs holdfd, which not every kernel supports.
    """

    def add(function):
        ALL[function.__name__] = Scenario(function, goes_on, relays, re.compile(never), holds)
        return function

    return add


def talk(run, function):
    """Runs FUNCTION until fdpass exits or disconnects."""
    try:
        function()
    except Gone:
        pass


# --- recv


@scenario()
def recv_text(run):
    run.start("recv", run.path("s"))

    def peer():
        c = run.connect(run.path("s"))
        c.send(b"hello", run.fds(4))
        c.send(b"again\n\xff")
        c.end()

    talk(run, peer)
    run.finish()
    run.see_text()


@scenario()
def recv_json(run):
    name = "@fdp/" + os.path.basename(run.work)
    run.start("recv", "--json", "--creds", "--pidfd", "--timestamps", "-w", str(LIMIT), name)

    def peer():
        c = run.connect(name)
        c.send(b"hello", run.fds(3))
        c.send("\u00e9t\u00e9".encode())
        c.end()

    talk(run, peer)
    run.finish()
    run.see_json()


@scenario()
def recv_descriptor(run):
    ours, theirs = run.pair()
    file = high(os.open("/etc/passwd", os.O_RDONLY))
    listening = socket.create_server(("127.0.0.1", 0))
    ours.send(b"one", [file, listening.fileno(), ours.sock.fileno()] + run.fds(3))
    ours.send(b"two")
    ours.end()
    run.start("recv", "--json", "fd:5", fds={5: theirs}, ready=False)
    os.close(file)
    listening.close()
    run.finish()
    run.see_json()


def packets(run, kind, *args):
    run.start("recv", "--json", "-t", kind, *args, run.path("s"))

    def peer():
        c = run.connect(run.path("s"), SEQPACKET if kind == "seqpacket" else DGRAM)
        c.send(b"one", run.fds(2))
        c.send(b"")
        c.send(b"three", run.fds(1))
        c.end()

    talk(run, peer)
    run.finish()
    run.see_json()


@scenario(never="recvfrom:(EAGAIN|ENOMEM)|poll:ENOMEM")  # recv peeks only after a message or end of file
def recv_seqpacket(run):
    packets(run, "seqpacket")


@scenario()
def recv_dgram(run):
    packets(run, "dgram", "--messages=3", "--creds")


@scenario(goes_on=True, never="recvmsg:SHORT")  # a short read would count as one of --messages
def recv_keep(run):
    run.start("recv", "-k", "--json", "--messages=2", "-w", "1.5", run.path("s"))

    def peer():
        c = run.connect(run.path("s"))
        c.send(b"same", run.fds(2))
        c.end()
        c.take_all()

    talk(run, peer)
    talk(run, peer)
    run.finish()
    run.see_json()


@scenario(goes_on=True, never="recvmsg:SHORT")
def recv_keep_sends(run):
    run.start("recv", "-k", "--json", "--send=ask", "--messages=2", "-w", "1.5", run.path("s"))

    def peer():
        c = run.connect(run.path("s"))
        c.take_all(3)
        c.send(b"same", run.fds(2))
        c.end()
        c.take_all()

    talk(run, peer)
    talk(run, peer)
    run.finish()
    run.see_json()


@scenario()
def recv_file(run):
    run.start("recv", "--data=file:" + run.path("data"), run.path("s"))

    def peer():
        c = run.connect(run.path("s"))
        c.send(BIG, run.fds(1))
        c.end()

    talk(run, peer)
    run.finish()
    try:
        with open(run.path("data"), "rb") as file:
            run.note.core["data"] = [file.read()]
    except FileNotFoundError:
        run.note.core["data"] = []
    run.note.left.discard("data")


@scenario()
def recv_output(run):
    """recv writes data to a pipe that becomes full repeatedly."""
    ours, theirs = map(high, os.pipe())
    run.keep(ours)
    run.start("recv", "--data=-", run.path("s"), fds={1: theirs})

    def peer():
        c = run.connect(run.path("s"))
        c.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        c.send(BIG)
        c.end()

    talk(run, peer)
    data = b""
    while run.wait([ours]) is not None:
        more = os.read(ours, 1 << 16)
        data += more
        if more == b"":
            break
    run.finish()
    os.set_blocking(ours, False)
    while True:
        try:
            more = os.read(ours, 1 << 16)
        except BlockingIOError:
            break
        if more == b"":
            break
        data += more
    run.note.core["data"] = [data]


def command(run, *args, sends=((b"x", 3),), own="inherited", env=None, fds=None, free=None):
    """A client sends messages to recv, whose COMMAND (tests/peers/peer) reports its descriptors and variables."""
    run.start("recv", *args, run.path("s"), *([PEER, own] if own else []), env=env, fds=fds)

    def peer():
        c = run.connect(run.path("s"))
        for data, count in sends:
            c.send(data, run.fds(count))
        if "--keep-socket" in " ".join(args):
            c.end()

    talk(run, peer)
    run.finish()
    run.see_command(free)


@scenario()
def recv_command(run):
    command(run)


@scenario(never="recvmsg:SHORT")  # data that remains after a short read is reported
def recv_places(run):
    command(run, "--fd=7=web", "--fd=$WHO", "-i", "--data=fd:8", "--mode=0660", sends=((b"data\n", 3),), free="FDPASS_FD_1")


@scenario()
def recv_swaps(run):
    """recv places received descriptors at the numbers of other received descriptors."""
    command(run, "--fd=5", "--fd=4", "--fd=3", "--fd=2", "--keep-socket=6", sends=((b"x", 4),))


@scenario()
def recv_variable(run):
    command(run, "--data=env:FDPASS_DATA", "--keep-socket", sends=((b"ab", 0), (b"cd", 2)))


@scenario(never="recvmsg:SHORT")  # data that remains after a short read is reported
def recv_inherit(run):
    command(run, "--inherit=12", "--data=stdin", "--dump-cmsg", fds={12: high(os.open("/dev/null", os.O_RDONLY))},
            sends=((b"to stdin", 1),))


@scenario()
def recv_gather(run):
    command(run, "-n", "4", "--data=discard", sends=((b"one", 2), (b"two", 0), (b"three", 2)))


@scenario()
def recv_guarded(run):
    run.start("recv", "--require=pipe,char-device,memfd", "--allow-uid", str(os.getuid()), "-n", "3", run.path("s"),
              PEER, "inherited")

    def peer():
        # If a fault prevents recv from determining the client's uid, recv refuses the client, so the client
        # connects again.
        for _ in range(3):
            c = run.connect(run.path("s"))
            c.send(b"x", run.fds(3))
            c.take_all()

    talk(run, peer)
    run.finish()
    run.see_command()


@scenario()
def recv_refused(run):
    command(run, "--require=directory", "-n", "3")


@scenario()
def recv_too_many(run):
    command(run, "-n", "1")


@scenario()
def recv_stale(run):
    run.listen(run.path("s")).close()
    command(run)


@scenario()
def recv_long_path(run):
    deep = run.path("d" * 60) + "/" + "e" * 60
    os.makedirs(deep)
    run.start("recv", "--json", deep + "/" + "s" * 90)

    def peer():
        # A symbolic link whose path fits into a socket address.
        os.symlink(deep + "/" + "s" * 90, run.work + "/link")
        c = run.connect(run.work + "/link")
        c.send(b"hello", run.fds(1))
        c.end()

    talk(run, peer)
    run.finish()
    run.note.left = set(os.listdir(deep))
    run.see_json()


@scenario(goes_on=True, never="recvmsg:SHORT|ECHILD")  # a short read would count as a message; recv has children
def recv_spawn(run):
    run.start("recv", "-k", "--spawn", "--messages=2", "--data=stdin", "-w", "1.5", run.path("s"), PEER, "inherited")

    def peer():
        c = run.connect(run.path("s"))
        c.send(b"same", run.fds(2))
        c.end()
        c.take_all()

    talk(run, peer)
    talk(run, peer)
    run.finish()
    run.see_command()


@scenario()
def recv_asks(run):
    listener = run.listen(run.path("s"))
    run.start("recv", "-c", "--send=get", "--half-close", "--json", "-w", str(LIMIT), run.path("s"), ready=False)

    def peer():
        c = run.accept(listener)
        run.note.core["asked"] = [c.take_all()[0]]
        c.send(b"answer", run.fds(2))
        c.end()
        c.take_all()

    talk(run, peer)
    run.finish()
    run.see_json()


@scenario()
def recv_waits(run):
    """recv waits, and no client connects before the deadline."""
    run.start("recv", "-w", "0.05", run.path("s"))
    run.finish()
    run.see_text()


@scenario()
def recv_silence(run):
    """recv waits for a message from a client that connects, but sends nothing before the deadline."""
    run.start("recv", "-w", "0.2", "-n", "1", run.path("s"), PEER, "inherited")
    talk(run, lambda: run.connect(run.path("s")))
    run.finish()
    run.see_command()


@scenario(goes_on=True, never="recvmsg:SHORT|wait4:ECHILD")  # recv has children: its helper processes
def recv_limited(run):
    """recv serves concurrent clients with a low limit on open files."""
    run.start("recv", "-k", "--json", "--messages=3", "-w", "1.5", run.path("s"), limit=24)

    def peers():
        for c in [run.connect(run.path("s")) for _ in range(3)]:
            c.send(b"same", run.fds(2))
            c.end()
            c.take_all()

    talk(run, peers)
    run.finish()
    run.see_json()


@scenario(holds=True)
def recv_stuck(run):
    """recv shows a descriptor for which a query hangs in a helper process."""
    run.start("recv", "--json", run.path("s"))
    holder = run.send_stuck(run.path("s"))
    run.wait([])
    holder.close()
    run.finish()
    run.see_json()


# --- send


def send(run, *args, kind=STREAM, operands=(), count=0, fds=None, answer=None, stdin=None, length=None):
    listener = run.listen(run.path("s"), kind)
    run.start("send", *args, run.path("s"), *operands, fds=fds, stdin=stdin, ready=False)
    came = []
    run.note.core["came"] = came

    def peer():
        if kind == DGRAM:
            c = Talk(run, listener)
        else:
            c = run.accept(listener)
        if kind == STREAM:
            data, kinds, at = c.take_all(length)
            came.append(data)
            run.note.core["kinds"] = kinds
            run.note.core["at"] = at
        else:
            for _ in range(count):
                message = c.take()
                if message != (b"", []):
                    came.append(message)
        if answer is not None:
            c.send(answer, run.fds(2))
            c.end()
            c.take_all()

    talk(run, peer)
    run.finish()


@scenario()
def send_files(run):
    send(run, "-d", "@" + run.file("data", b"some data"), operands=("/etc/passwd", "memfd:m", "dir:/", "path:/etc"),
         stdin=high(os.open("/etc/hostname", os.O_RDONLY)))


@scenario()
def send_sockets(run):
    send(run, operands=("tcp-listen:127.0.0.1:0=web", "udp:127.0.0.1:9", "pipe:", "socketpair:"))


@scenario()
def send_processes(run):
    target = high(os.open("/etc/passwd", os.O_RDONLY))
    run.keep(target)
    send(run, "--creds", "--wait", operands=(f"pid:{os.getpid()}:{target}", f"pidfd:{os.getpid()}", "5"),
         fds={5: high(os.open("/dev/null", os.O_RDONLY))})


@scenario()
def send_many(run):
    """send sends more descriptors than fit into one message."""
    send(run, "-d", "abcdef", operands=["/dev/null"] * 300)


@scenario()
def send_big(run):
    send(run, "-d", "@-", "--allow-uid", str(os.getuid()), operands=("/dev/null",),
         stdin=high(os.open(run.file("data", BIG), os.O_RDONLY)))


@scenario()
def send_dgram(run):
    send(run, "-t", "dgram", "-d", "hello", "--creds", kind=DGRAM, operands=("/dev/null", "/etc/passwd"), count=1)


@scenario()
def send_seqpacket(run):
    send(run, "-d", "hello", kind=SEQPACKET, operands=("/dev/null", "/etc/passwd"), count=1)


@scenario()
def send_reply(run):
    send(run, "-d", "ask", "--reply", "--json", "-w", str(LIMIT), "--half-close", operands=("/dev/null",), answer=b"answer")
    run.see_json()


@scenario()
def send_reply_file(run):
    send(run, "-d", "ask", "--reply=file:" + run.path("data"), operands=("/dev/null",), answer=b"answer", length=3)
    try:
        with open(run.path("data"), "rb") as file:
            run.note.core["data"] = [file.read()]
    except FileNotFoundError:
        run.note.core["data"] = []
    run.note.left.discard("data")


@scenario()
def send_listens(run):
    run.start("send", "-l", "-d", "hello", run.path("s"), "/dev/null", "/etc/passwd")

    def peer():
        c = run.connect(run.path("s"))
        data, kinds, at = c.take_all()
        run.note.core.update(came=[data], kinds=kinds, at=at)

    talk(run, peer)
    run.finish()


@scenario(goes_on=True)
def send_serves(run):
    run.start("send", "-l", "--connections=2", "-d", "hello", run.path("s"), "/dev/null")
    came = []
    run.note.core["came"] = came

    def peer():
        came.append(run.connect(run.path("s")).take_all())

    # If a fault prevents send from serving a client, the client connects again.
    for _ in range(3):
        if len([c for c in came if c[0] == b"hello"]) < 2:
            talk(run, peer)
    run.finish(signal.SIGTERM)


# --- hold


def hold(run, *args, kind=STREAM, handover=False, **keywords):
    """A client stores, lists, gets, takes and removes descriptors, and repeats refused requests.

    HANDOVER: hold executes its program file again before it lists the descriptors.
    """
    run.start("hold", *args, run.path("s"), **keywords)
    answers = []

    def ask(text, count=0):
        for _ in range(3):
            try:
                c = run.connect(run.path("s"), kind)
                c.send(text, run.fds(count))
                data, kinds, _ = c.take_all()
                c.close()
                if data and (not data.startswith(b"ERRNO=") or data.startswith(b"ERRNO=0")):
                    answers.append([data.split(b"\n")[0][:20], kinds])
                    return
            except Gone:
                pass

    def peer():
        ask(b"FDSTORE=1\nFDNAME=a", 2)
        ask(b"FDSTORE=1\nFDNAME=b", 1)
        if handover:
            os.kill(run.pid, signal.SIGUSR1)
        ask(b"FDLIST=1")
        ask(b"FDGET=1\nFDNAME=a")
        if handover:
            # Only the first kind: hold drops the pipe, whose other end is closed, and a repeated request may have
            # stored descriptors twice.
            run.note.core["kept"] = [kinds[:1] for _, kinds in answers[-1:]]
        ask(b"FDTAKE=1\nFDNAME=b")
        ask(b"FDSTOREREMOVE=1\nFDNAME=a")

    talk(run, peer)
    # The number of answers varies, because the client repeats requests after a fault. At least one request must have
    # been answered.
    run.note.core["served"] = [len(answers) > 0]
    run.finish(signal.SIGTERM)


# No fault is injected into the first recvmsg(2), because the fault would hit every process that closes
# descriptors for hold.
@scenario(goes_on=True, never=r"recvmsg:[A-Z]+:1$")
def hold_stream(run):
    hold(run, "-t", "stream")


@scenario(goes_on=True, never=r"recvmsg:[A-Z]+:1$")
def hold_seqpacket(run):
    hold(run, "-t", "seqpacket", kind=SEQPACKET)


@scenario(goes_on=True, never=r"recvmsg:[A-Z]+:1$")
def hold_dgram(run):
    """A client stores and removes descriptors with datagrams, to which hold sends no reply."""
    run.start("hold", run.path("s"))

    def peer():
        c = run.connect(run.path("s"), DGRAM)
        for text, count in ((b"FDSTORE=1\nFDNAME=a", 2), (b"FDSTORE=1\nFDNAME=b", 1), (b"FDSTOREREMOVE=1\nFDNAME=a", 0),
                            (b"STATUS=x", 0)):
            c.send(text, run.fds(count))
        c.close()

    talk(run, peer)
    run.finish(signal.SIGTERM)


@scenario(goes_on=True, never=r"recvmsg:[A-Z]+:1$")
def hold_limited(run):
    hold(run, "-t", "stream", limit=24)


@scenario(goes_on=True, never=r"recvmsg:[A-Z]+:1$|(read|write):(EINTR|EAGAIN)")  # not possible on a memfd and in /proc
def hold_handover(run):
    hold(run, "-t", "stream", handover=True)


@scenario(goes_on=True, never="wait4:ECHILD")  # hold has a child
def hold_command(run):
    """hold restarts a COMMAND once, with its stored descriptors."""
    run.start("hold", "--restart=on-failure", run.path("s"), "--", "sh", "-c",
              'if [ "$LISTEN_FDS" ]; then exec "$0" inherited; fi;'
              'exec "$1" send -t dgram -d FDSTORE=1 env:NOTIFY_SOCKET /etc/passwd 2>/dev/null; exit 1',
              PEER, os.environ["FDPASS"], ready=False)
    run.finish(signal.SIGTERM, patience=2)


# --- run, show


@scenario()
def run_command(run):
    run.start("run", "/etc/passwd", "tcp-listen:127.0.0.1:0=web", "5", "--", PEER, "inherited", ready=False,
              fds={5: high(os.open("/dev/null", os.O_RDONLY))})
    run.finish()
    run.see_command()


@scenario()
def run_places(run):
    run.start("run", "-i", "--fd=4=b", "--fd=$WHO", "--fd=3=a", "--setenv=X={fd}", "/etc/passwd", "dir:/", "/dev/null",
              "w:/dev/null", "--", PEER, "inherited", ready=False)
    run.finish()
    run.see_command("FDPASS_FD_2")


@scenario()
def run_listens(run):
    run.start("run", "unix-listen:" + run.path("s"), "memfd:x", "--", PEER, "inherited", ready=False)
    run.finish()
    run.see_command()
    if run.note.status == 0:
        run.note.left.discard("s")  # the failed call may be a call of COMMAND


@scenario()
def run_on_demand(run):
    run.start("run", "--on-demand", "/etc/passwd", "unix-listen:" + run.path("s"), "--", PEER, "inherited")
    talk(run, lambda: run.connect(run.path("s")).end())
    run.finish()
    run.see_command()
    if run.note.status == 0:
        run.note.left.discard("s")  # the failed call may be a call of COMMAND


@scenario(never="wait4:ECHILD|execve|dup2:EMFILE")  # run has children, each of which gets the fault
def run_keep(run):
    """run --on-demand --keep exits at end of file on its descriptor, with the status of the last COMMAND."""
    ours, theirs = run.pair()
    run.start("run", "--on-demand", "-k", "-i", "5", "--", "sh", "-c", 'head -c 1 >/dev/null; exec "$0" inherited', PEER,
              fds={5: theirs})
    talk(run, lambda: (ours.send(b"x"), ours.close()))
    run.finish()
    run.see_command()


@scenario(goes_on=True, never="wait4:ECHILD")
def run_accept(run):
    run.start("run", "--accept", "--connections=2", "unix-listen:" + run.path("s"), "--", PEER, "inherited")

    def peer():
        c = run.connect(run.path("s"))
        c.send(b"x", run.fds(2))
        c.end()
        c.take_all()

    talk(run, peer)
    talk(run, peer)
    run.finish()
    run.see_command()


@scenario()
def show_inherited(run):
    ours, theirs = run.pair()
    ours.send(b"x", run.fds(1))
    run.start("show", ready=False, fds={5: theirs, 6: high(os.open("/etc/passwd", os.O_RDONLY)), 7: high(os.eventfd(3)),
                                        8: high(os.memfd_create("m")), 10: high(os.pidfd_open(os.getpid()))})
    run.finish()
    run.see_text()


@scenario()
def show_named(run):
    run.start("show", "--json", "/etc/passwd", "tcp-listen:127.0.0.1:0", f"pid:{os.getpid()}:0", "pipe:",
              "unix-listen:" + run.path("s"), ready=False)
    run.finish()
    run.see_json()


# Faults that cannot occur or are not errors: ECHILD, because the tracer has tracees until it exits; EAGAIN, because
# the kernel replies to sock_diag requests immediately; and unreadable memory, which fdpass reports in its output.
@scenario(goes_on=True, never="wait4:ECHILD|sendto:EAGAIN|process_vm_readv")
def watch_process(run):
    answers, said = map(high, os.pipe())
    orders, give = map(high, os.pipe())
    for thing in (answers, give):
        run.keep(thing)
    program = os.fork()
    if program == 0:
        try:
            os.close(give)
            os.read(orders, 1)
            a, b = socket.socketpair()
            for name in ("/etc/passwd", "/dev/null", "/etc/passwd"):
                with open(name, encoding="ascii") as file:
                    socket.send_fds(a, [name.encode()], [file.fileno(), a.fileno()])
                for fd in socket.recv_fds(b, 100, 2)[1]:
                    os.close(fd)
            os.write(said, b"done")
        finally:
            os._exit(0)
    os.close(said)
    os.close(orders)
    run.start("watch", "--json", str(program))
    os.write(give, b"x")
    try:
        run.until(lambda: select.select([answers], [], [], 0)[0])
        # The traced program must continue even if the tracer fails.
        if not select.select([answers], [], [], LIMIT)[0] or os.read(answers, 4) != b"done":
            run.note.leak = "the program did not go on"
        run.finish()
    finally:
        os.kill(program, signal.SIGKILL)
        os.waitpid(program, 0)
    run.see_json()


@scenario(never="write:(EINTR|EAGAIN)")  # printf(3) does not retry a write
def help_text(run):
    run.start("relay", "--help", ready=False)
    run.finish()
    run.see_output()


# --- relay

# Faults that cannot occur: errors of the first calls, because these calls test a new socket pair; errors that report
# a disconnected peer, because the peers stay connected; and missing support for credentials on a socket.
RELAY = r"(sendto|send|sendmsg|recvmsg):(EINTR|EAGAIN|SHORT):[1-5] |" \
    r"(sendto|sendmsg):(EPIPE|ECONNRESET)|shutdown:|setsockopt.*SO_PASSCRED"


def relay(run, *args, kind=STREAM, clients=3, dump=False, burst=0, bystander=False, limit=None):
    """Sequential clients; each client sends data, gets a reply, and disconnects.

    BURST: the number of messages with descriptors that each client sends in succession.

    BYSTANDER: another client stays connected, and exchanges data after each of these clients.
    """
    listener = run.listen(run.path("back"), kind)
    run.start("relay", *args, run.path("front"), run.path("back"), limit=limit)
    heard = [[] for _ in range(clients)]

    def one(events):
        c = run.connect(run.path("front"), kind)
        s = run.accept(listener, unless=c)
        try:
            if kind == STREAM:
                for data, count in ((b"plain", 0), (b"ask", 2), (b"more", 0)):
                    c.send(data, run.fds(count))
                    events.append(s.take_all(len(data)))
                s.send(b"answer", run.fds(1))
                events.append(c.take_all(6))
                for _ in range(burst):
                    c.send(b"burst", run.fds(1))
                events.append(s.take_all(5 * burst))
                c.send(BIG[:60000])
                c.end()
                events.append(s.take_all())
            else:
                c.send(b"ask", run.fds(2))
                events.append(s.take())
                s.send(b"answer", run.fds(1))
                events.append(c.take())
                c.send(b"")
                events.append(s.take())
                c.end()
                events.append(s.take_all())
            s.close()
            events.append(c.take_all())
        finally:
            c.close()
            s.close()

    def beside(events, others):
        c, s = run.connect(run.path("front"), kind), None

        def meet():
            nonlocal s
            s = run.accept(listener, unless=c)

        def exchange():
            c.send(b"there?", run.fds(1))
            events.append(s.take_all(6))
            s.send(b"here", run.fds(1))
            events.append(c.take_all(4))

        try:
            talk(run, meet)
            for number, other in enumerate(others):
                talk(run, lambda: one(other))
                # Skipped after a fault that has truncated a message, because fewer events were recorded.
                if s is not None and len(events) == 2 * number:
                    talk(run, exchange)
        finally:
            c.close()
            if s is not None:
                s.close()

    run.until(lambda: run.descriptors() > 0)
    idle = run.descriptors()
    # A fault may affect at most one connection; the events of the other connections must be complete.
    if bystander:
        heard.append([])
        talk(run, lambda: beside(heard[-1], heard[:-1]))
    else:
        for events in heard:
            talk(run, lambda: one(events))
    # fdpass opens /proc at first use. If fdpass cannot open the directory at its start, it opens the directory later
    # and has one more descriptor.
    idle += str(run.fault).startswith("openat")
    # With a low limit on open files, fdpass may start the process that closes descriptors later, and then has one
    # more descriptor.
    idle += limit is not None
    run.until(lambda: run.descriptors() <= idle, patience=1)
    if run.descriptors() > idle:
        run.note.leak = f"{run.descriptors()} descriptors are open, {idle} were before the first client"
    # After a fault, fdpass may be about to exit by itself, so the test waits before it sends the signal.
    whole = all(len(events) == len(heard[0]) for events in heard)
    run.finish(signal.SIGTERM, patience=0 if whole and not str(run.fault).startswith("write") else 0.5)
    run.note.left.discard("back")
    run.note.clients = heard
    if dump:
        run.see_json()
        # The output is compared only if the fault must have no effect, because the relay cannot show messages that it
        # has not read from a disconnected client, and a stream may arrive in different pieces.
        run.note.detail = {key: str(run.note.core[key]) for key in ("data", "described")}
        run.note.core = {}


@scenario(relays=True, never=RELAY)
def relay_stream(run):
    relay(run)


# No sendmsg(2) is made short, because the server would read the remaining data together with the next message.
@scenario(relays=True, never=RELAY + r"|sendmsg:SHORT")
def relay_burst(run):
    relay(run, clients=2, burst=30)


@scenario(relays=True, never=RELAY)
def relay_together(run):
    relay(run, clients=2, bystander=True)


# No recvmmsg(2) fails, because the fault would hit each helper process. With "recvfrom:EINTR:1 ", fdpass starts
# the process that closes descriptors later, and the limit is not reached.
@scenario(relays=True, never=RELAY + r"|recvmmsg|wait4:ECHILD|recvfrom:EINTR:1 ")
def relay_limited(run):
    """The relay has few free descriptor numbers, so that helper processes receive messages for the relay."""
    relay(run, clients=2, bystander=True, limit=30)


@scenario(relays=True, never=RELAY)
def relay_seqpacket(run):
    relay(run, "-t", "seqpacket", kind=SEQPACKET)


@scenario(relays=True, never=RELAY)
def relay_shows(run):
    relay(run, "--json", "--wait", "--allow-uid", str(os.getuid()), dump=True, clients=2)


# Only a relay that runs as root can forward credentials. Such a relay sends a message again if the kernel has refused
# its credentials (EPERM).
@scenario(relays=True, never=RELAY if os.geteuid() == 0 else RELAY + r"|sendmsg:EPERM")
def relay_dgram(run):
    server = run.listen(run.path("back"), DGRAM)
    run.start("relay", "-t", "dgram", run.path("front"), run.path("back"))
    heard = [[] for _ in range(3)]

    def one(i, events):
        c = run.connect(run.path("front"), DGRAM, own=f"{run.work}/own{i}")
        try:
            c.send(b"ask", run.fds(2))
            # After a fault, the relay may have lost the datagram.
            if not run.wait([server], patience=2):
                raise Gone
            data, control, _, address = server.recvmsg(100, 1000, socket.MSG_CMSG_CLOEXEC)
            kinds = len(control[0][2]) // 4 if control else 0
            for c_level, c_kind, content in control:
                if c_kind == socket.SCM_RIGHTS:
                    for k in range(0, len(content) & ~3, 4):
                        os.close(int.from_bytes(content[k:k + 4], "little"))
            events.append((data, kinds))
            server.sendto(b"answer", address)
            events.append(c.take())
        except OSError as error:
            raise Gone from error
        finally:
            c.close()

    for i, events in enumerate(heard):
        talk(run, lambda: one(i, events))
    run.finish(signal.SIGTERM, patience=0 if all(len(events) == 2 for events in heard) else 0.5)
    run.note.left.discard("back")
    run.note.clients = heard


# --- tty

# EIO is not injected, because EIO from a pseudo-terminal means that its other end is closed.
HUNG_UP = r"(read|write):EIO"


def terminal(run, *args, stdin=None, typed=None):
    run.start("tty", *args, run.path("s"), stdin=stdin)
    said = []
    run.note.core["typed"] = said

    def peer():
        master, slave = map(high, os.openpty())
        tty.setraw(slave)
        run.keep(slave)
        c = run.connect(run.path("s"))
        c.send(b"/dev/ptmx", [master])
        os.close(master)
        c.take_all()
        c.close()
        if typed is not None:
            os.set_blocking(slave, False)
            got = b""
            while len(got) < len(typed):
                if run.wait([slave]) is None:
                    break
                try:
                    more = os.read(slave, 4096)
                    if more == b"":
                        break
                    got += more
                except OSError as error:
                    if error.errno != errno.EIO:
                        raise
                    break
            said.append(got)
        try:
            os.write(slave, b"the container says hello\n" * 40)
        except OSError:
            pass
        run.open.remove(slave)
        os.close(slave)

    talk(run, peer)
    run.finish()
    run.see_output()


@scenario(never=HUNG_UP)
def tty_output(run):
    terminal(run, "--no-stdin", "--pid-file=" + run.path("pid"))


@scenario(never=HUNG_UP)
def tty_input(run):
    theirs, ours = map(high, os.pipe())
    os.write(ours, b"typed by somebody\n")
    run.keep(ours)
    terminal(run, stdin=theirs, typed=b"typed by somebody\n")


@scenario(goes_on=True, never=HUNG_UP)
def tty_keep(run):
    """tty --keep serves two consoles, one after the other."""
    run.start("tty", "-k", "--no-stdin", run.path("s"))

    def console(text):
        master, slave = map(high, os.openpty())
        tty.setraw(slave)
        try:
            c = run.connect(run.path("s"))
            c.send(b"/dev/ptmx", [master])
            os.write(slave, text)
            c.take_all()
            c.close()
        finally:
            os.close(master)
            os.close(slave)
        run.until(lambda: run.output().endswith(text), patience=1)

    talk(run, lambda: console(b"first\n"))
    talk(run, lambda: console(b"second\n"))
    run.finish(signal.SIGTERM)
    run.see_output()
