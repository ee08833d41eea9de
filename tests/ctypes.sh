#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks, from Python with ctypes, that every symbol of the shared library exists and behaves like the function in
# Python's socket module, except for the differences that libfdpass(3) lists. Prints TAP.
set -u
library=${builddir:-.}/src/lib/.libs/libfdpass.so
symbols=${srcdir:-.}/src/lib/libfdpass.sym

skip() {
	echo "1..0 # SKIP $1"
	exit 0
}
python=
for candidate in "${PYTHON:-}" /usr/bin/python3 python3; do
	if [ -n "$candidate" ] && "$candidate" -c 'import ctypes, socket; socket.recv_fds' 2>/dev/null; then
		python=$candidate
		break
	fi
done
[ -n "$python" ] || skip 'no python3 with ctypes and socket.recv_fds'
[ -f "$library" ] || skip 'no shared library was built'
if ! error=$("$python" -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$library" 2>&1); then
	case $error in
	*ASan*|*asan*) skip 'the library was built with sanitizers' ;;
	*ELFCLASS*) skip 'the library is for another machine than python3' ;;
	esac
fi
exec "$python" - "$library" "$symbols" <<'PYTHON'
import array, ctypes, os, re, socket, sys

lib = ctypes.CDLL(sys.argv[1], use_errno=True)
size_t, ssize_t, pointer, integer = ctypes.c_size_t, ctypes.c_ssize_t, ctypes.c_void_p, ctypes.c_int
count = 0
failed = 0


class Cmsg(ctypes.Structure):
    _fields_ = [("level", integer), ("type", integer), ("data", pointer), ("length", size_t), ("claimed", size_t),
                ("state", integer)]


class Wait(ctypes.Structure):
    _fields_ = [("deadline", ctypes.c_int64), ("interrupted", pointer), ("arg", pointer)]


class Iovec(ctypes.Structure):
    _fields_ = [("base", pointer), ("length", size_t)]


def declare(name, result, *arguments):
    function = getattr(lib, name)
    function.restype = result
    function.argtypes = arguments


declare("fdpass_cmsg_len", ssize_t, ssize_t)
declare("fdpass_cmsg_space", ssize_t, ssize_t)
declare("fdpass_msg_new", pointer, size_t)
declare("fdpass_msg_free", None, pointer)
declare("fdpass_recvmsg", ssize_t, integer, pointer, pointer, size_t, integer, pointer)
declare("fdpass_recvmsg_into", ssize_t, integer, pointer, pointer, size_t, integer, pointer)
declare("fdpass_recv_fds", ssize_t, integer, pointer, pointer, size_t, size_t, integer, pointer)
declare("fdpass_msg_flags", integer, pointer)
declare("fdpass_msg_count", size_t, pointer)
declare("fdpass_msg_item", integer, pointer, size_t, pointer)
declare("fdpass_msg_fd_count", size_t, pointer)
declare("fdpass_msg_fd", integer, pointer, size_t)
declare("fdpass_msg_take_fd", integer, pointer, size_t)
declare("fdpass_msg_address", pointer, pointer, pointer)
declare("fdpass_unix_name", integer, pointer, ctypes.c_uint32, pointer, pointer)
declare("fdpass_send_fds", ssize_t, integer, pointer, size_t, pointer, size_t, integer, pointer, ctypes.c_uint32, pointer)
declare("fdpass_deadline", ctypes.c_int64, ctypes.c_int64)
declare("fdpass_version", ctypes.c_char_p)


def ok(holds, name, *remarks):
    global count, failed
    count += 1
    print("%sok %d - %s" % ("" if holds else "not ", count, name))
    if not holds:
        failed = 1
        for remark in remarks:
            print("# %r" % (remark,))


def refused(function, n):
    try:
        return function(n)
    except OverflowError:
        return -1


def items(msg):
    found = []
    item = Cmsg()
    for i in range(lib.fdpass_msg_count(msg)):
        assert lib.fdpass_msg_item(msg, i, ctypes.byref(item)) == 0
        found.append((item.level, item.type, ctypes.string_at(item.data, item.length)))
    return found


def address(msg):
    length = ctypes.c_uint32()
    at = lib.fdpass_msg_address(msg, ctypes.byref(length))
    if not at:
        return None
    name, size = pointer(), size_t()
    if not lib.fdpass_unix_name(at, length, ctypes.byref(name), ctypes.byref(size)):
        return ""
    found = ctypes.string_at(name, size.value)
    return found if found[:1] == b"\0" else os.fsdecode(found)


def shape(found):
    """What both must agree on: numbers of received descriptors differ."""
    return [(level, kind, len(data) if kind == socket.SCM_RIGHTS else data) for level, kind, data in found]


def close_all(ancillary):
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds = array.array("i")
            fds.frombytes(data[:len(data) - len(data) % fds.itemsize])
            for fd in fds:
                os.close(fd)


def fds_open():
    return len(os.listdir("/proc/self/fd"))


def same_as_python(kind, credentials, descriptors, room, flags, bufsize):
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    if credentials:
        b.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0] * descriptors))] if descriptors else []
    a.sendmsg([b"0123456789"], ancillary)
    a.sendmsg([b"0123456789"], ancillary)
    data, ancillary, msg_flags, sender = b.recvmsg(bufsize, room, flags)
    close_all(ancillary)
    if flags & socket.MSG_PEEK or (kind == socket.SOCK_STREAM and bufsize < 10):
        b.recvmsg(10 - (0 if flags & socket.MSG_PEEK else bufsize))
    buffer = ctypes.create_string_buffer(64)
    msg = lib.fdpass_msg_new(room)
    got = lib.fdpass_recvmsg(b.fileno(), msg, buffer, bufsize, flags, None)
    ours = (buffer.raw[:min(got, bufsize)], shape(items(msg)), lib.fdpass_msg_flags(msg) & ~socket.MSG_CMSG_CLOEXEC,
            address(msg))
    lib.fdpass_msg_free(msg)
    a.close()
    b.close()
    return ours, (data, shape(ancillary), msg_flags, sender)


def test_symbols():
    names = re.findall(r"\b(fdpass_\w+);", open(sys.argv[2]).read())
    missing = [name for name in names if not hasattr(lib, name)]
    ok(len(names) > 20 and not missing, "every function in the header is exported by the library", missing)
    ok(re.fullmatch(r"\d+\.\d+(\.\d+)?.*", lib.fdpass_version().decode()), "fdpass_version() returns a version number")


def test_lengths():
    limit = 2 ** 31
    numbers = [-2 ** 31, -1] + list(range(300)) + [limit - n for n in range(100, -3, -1)] + [2 ** 32, 2 ** 62]
    if ctypes.sizeof(size_t) == 4:
        numbers = [n for n in numbers if n < limit]
    for ours, theirs in ((lib.fdpass_cmsg_len, socket.CMSG_LEN), (lib.fdpass_cmsg_space, socket.CMSG_SPACE)):
        wrong = [n for n in numbers if ours(n) != refused(theirs, n)]
        ok(not wrong, "R1, R2: %s for %d numbers" % (theirs.__name__, len(numbers)), wrong[:5])


def test_recvmsg():
    before = fds_open()
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        wrong = []
        for credentials in (False, True):
            for descriptors in (0, 1, 3):
                for room in list(range(0, 80)) + [4096]:
                    for flags, bufsize in ((0, 10), (0, 4), (socket.MSG_PEEK, 10), (socket.MSG_TRUNC, 4)):
                        case = (kind, credentials, descriptors, room, flags, bufsize)
                        ours, theirs = same_as_python(*case)
                        if ours != theirs:
                            wrong.append((case, ours, theirs))
        ok(not wrong, "R6, R9, R11: recvmsg on %s" % kind.name, *wrong[:3])
    ok(fds_open() == before, "no descriptor is left open")


def test_addresses():
    wrong = []
    for name in (b"\0fdpass%d\0\n" % os.getpid(), b""):
        a, b = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for i in range(2))
        b.bind(b"")
        if name:
            a.bind(name)
        seen = []
        msg = lib.fdpass_msg_new(0)
        for i in range(2):
            a.sendto(b"x", b.getsockname())
        theirs = b.recvmsg(1)[3]
        lib.fdpass_recvmsg(b.fileno(), msg, None, 0, 0, None)
        if address(msg) != theirs:
            wrong.append((address(msg), theirs))
        lib.fdpass_msg_free(msg)
        a.close()
        b.close()
    ok(not wrong, "R9: addresses of senders", *wrong)


def test_descriptors():
    before = fds_open()
    a, b = socket.socketpair()
    r, w = os.pipe()
    msg = lib.fdpass_msg_new(4096)
    socket.send_fds(a, [b"hello"], [r, w])
    buffer = ctypes.create_string_buffer(16)
    deadline = Wait(lib.fdpass_deadline(30 * 10 ** 9), None, None)
    got = lib.fdpass_recv_fds(b.fileno(), msg, buffer, 16, 1, 0, ctypes.byref(deadline))
    ok(got == 5 and buffer.value == b"hello", "R19: data that Python's send_fds sent", got)
    ok(lib.fdpass_msg_fd_count(msg) == 1, "R19: one descriptor, as requested")
    ok(lib.fdpass_msg_flags(msg) & socket.MSG_CTRUNC, "R19: MSG_CTRUNC reports that the other was lost")
    fd = lib.fdpass_msg_take_fd(msg, 0)
    os.write(w, b"!")
    ok(os.read(fd, 1) == b"!" and not os.get_inheritable(fd), "R18: it is the pipe, and close-on-exec")
    os.close(fd)

    data = ctypes.create_string_buffer(b"back", 4)
    vector = Iovec(ctypes.cast(data, pointer), 4)
    fds = (integer * 2)(r, w)
    sent = lib.fdpass_send_fds(b.fileno(), ctypes.byref(vector), 1, fds, 2, 0, None, 0, None)
    data, received, flags, sender = socket.recv_fds(a, 16, 5)
    ok((sent, data, len(received)) == (4, b"back", 2), "R20: Python's recv_fds takes what was sent", sent, data)
    for fd in received + [r, w]:
        os.close(fd)
    lib.fdpass_msg_free(msg)
    a.close()
    b.close()
    ok(fds_open() == before, "no descriptor is left open")


test_symbols()
test_lengths()
test_recvmsg()
test_addresses()
test_descriptors()
print("1..%d" % count)
sys.exit(failed)
PYTHON
