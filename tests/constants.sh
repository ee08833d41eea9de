#!/bin/sh
# SPDX-License-Identifier: ISC
# Checks that the constants in the tables of the sources equal those in the system headers, if the headers define them.
# Prints TAP.
set -u
cd "${srcdir:-$(dirname "$0")/..}" || exit 1
cc=${CC:-cc}
work=$(mktemp -d /tmp/fdc.XXXXXX) || exit 1
trap 'rm -rf "$work"' EXIT
python3 - "$work" "$cc" <<'X'
import glob, re, subprocess, sys

work, cc = sys.argv[1], sys.argv[2]

# Headers that can be included together.
GROUPS = [
    """sys/socket.h netinet/in.h netinet/tcp.h netinet/udp.h netinet/ip.h netinet/ip6.h netinet/icmp6.h netinet/ip_icmp.h
    netinet/if_ether.h sys/epoll.h sys/fanotify.h sys/inotify.h sys/eventfd.h sys/signalfd.h sys/timerfd.h sys/un.h sys/mman.h
    sys/vfs.h sys/ioctl.h sys/timex.h net/if.h netpacket/packet.h linux/magic.h fcntl.h errno.h signal.h time.h poll.h""",
    """linux/socket.h linux/in.h linux/in6.h linux/tcp.h linux/udp.h linux/ip.h linux/ipv6.h linux/icmp.h linux/icmpv6.h
    linux/errqueue.h linux/net_tstamp.h linux/netlink.h linux/if_ether.h linux/if_packet.h linux/if_arp.h linux/can.h
    linux/can/raw.h linux/can/j1939.h linux/tls.h linux/tipc.h linux/vm_sockets.h linux/rds.h linux/sctp.h linux/rxrpc.h
    linux/x25.h linux/if_alg.h linux/fanotify.h linux/inotify.h linux/magic.h linux/bpf.h linux/perf_event.h linux/kcm.h
    linux/pidfd.h linux/nsfs.h linux/close_range.h linux/landlock.h linux/seccomp.h linux/capability.h linux/memfd.h linux/fcntl.h
    linux/mount.h linux/stat.h linux/sock_diag.h linux/unix_diag.h linux/sockios.h linux/mptcp.h linux/smc.h linux/nfc.h
    linux/caif/caif_socket.h linux/phonet.h linux/llc.h linux/dccp.h linux/xdp.h linux/if_xdp.h linux/io_uring.h
    linux/userfaultfd.h linux/kvm.h linux/vfio.h linux/openat2.h linux/qrtr.h linux/if_pppox.h linux/kcmp.h""",
]
ENTRY = re.compile(r'\{ *(-?\d+|0x[0-9a-fA-F]+)[uUlL]* *, *"([A-Z][A-Z0-9_]+)"')
SHIFT = re.compile(r'\{ *1U? << (\d+), *"([A-Z][A-Z0-9_]+)"')
# The forms of table rows: with designators, by a macro, with the name in a comment, and "case" labels.
ROW = re.compile(r'\{\s*\.(?:type|level) = (\d+),(?:\s*\.family = \w+,)?\s*\.name = "([A-Z][A-Z0-9_]+)"')
CALL = re.compile(r'\b(?:CMSG_LEVEL|LEVEL|PKTINFO|HOPLIMIT|EXTENSION)\((\d+), (?:\w+, )?"([A-Z][A-Z0-9_]+)"')
COMMENTED = re.compile(r"\{ \d+, (\d+), [^}]*\},\s*/\* ([A-Z][A-Z0-9_]+) \*/")
CASE = re.compile(r"\bcase (\d+): /\* ([A-Z][A-Z0-9_]+)\b")
DEFINE = re.compile(r"^#[ \t]*define[ \t]+([A-Z][A-Z0-9_]+)[ \t]+(-?\d+|0x[0-9a-fA-F]+)[uUlL]*[ \t]*(?:/\*.*)?$", re.M)


def number_of(text):
    """C's octal numbers begin with a plain zero."""
    return int(text, 8) if re.fullmatch(r"0[0-7]+", text) else int(text, 0)


pairs = {}
for path in sorted(glob.glob("src/**/*.[ch]", recursive=True)):
    text = open(path).read()
    for number, name in ENTRY.findall(text):
        pairs.setdefault(name, set()).add((number_of(number), path))
    for number, name in sum((pattern.findall(text) for pattern in (ROW, CALL, COMMENTED, CASE)), []):
        pairs.setdefault(name, set()).add((number_of(number), path))
    for bit, name in SHIFT.findall(text):
        pairs.setdefault(name, set()).add((1 << int(bit), path))
    for name, number in DEFINE.findall(text):
        pairs.setdefault(name, set()).add((number_of(number), path))

# Names of bpf(2) without their prefix, in the order of their numbers.
text = open("src/describe/fd_bpf.c").read()
for array, prefix in (("map_types", "BPF_MAP_TYPE_"), ("prog_types", "BPF_PROG_TYPE_"), ("attach_types", "BPF_")):
    names = re.search(array + r"\[\]\[\w+\] = \{(.*?)\}", text, re.S).group(1)
    for number, name in enumerate(re.findall(r'"([^"]+)"', names)):
        pairs.setdefault(prefix + name.upper().replace("-", "_"), set()).add((number, "src/describe/fd_bpf.c"))

# The BTF type information of the running kernel is often newer than the installed headers.
try:
    dump = subprocess.run(["bpftool", "btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"], capture_output=True,
                          text=True).stdout
except OSError:
    dump = ""
kernel = {}
for name, number in re.findall(r"^\t([A-Z][A-Z0-9_]+) = (-?\d+),$", dump, re.M):
    kernel.setdefault(name, set()).add(int(number))

known, right, wrong = set(), set(), set()
for name, found in pairs.items():
    if name in kernel:
        known.add(name)
        right |= {(name, path) for number, path in found if number in kernel[name]}
        wrong |= {(name, number, path) for number, path in found if number not in kernel[name]}
for i, group in enumerate(GROUPS):
    exists = [h for h in group.split() if subprocess.run([*cc.split(), "-E", "-x", "c", "-"], capture_output=True,
                                                         input=f"#include <{h}>\n", text=True).returncode == 0]
    lines = ["#define _GNU_SOURCE"] + [f"#include <{h}>" for h in exists]
    first = len(lines) + 1
    order = [(name, number, path) for name, found in pairs.items() for number, path in sorted(found)]
    lines += [f"int c{n}[(unsigned int)({name}) == {number & 0xffffffff}u ? 1 : -1];"
              for n, (name, number, path) in enumerate(order)]
    source = f"{work}/c{i}.c"
    open(source, "w").write("\n".join(lines) + "\n")
    result = subprocess.run([*cc.split(), "-w", "-fsyntax-only", "-fmax-errors=0" if "clang" not in cc else "-ferror-limit=0",
                             source], capture_output=True, text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin:/usr/local/bin"})
    errors = {}
    for line in result.stderr.splitlines():
        match = re.match(r".*?c\d\.c:(\d+):\d+: error: (.*)", line)
        if match:
            errors.setdefault(int(match.group(1)) - first, []).append(match.group(2))
    outside = [e for n, e in errors.items() if n < 0]
    if outside:
        print("#", outside[0][0])
    # The compiler reports each undeclared name only at its first use.
    undeclared = {order[n][0] for n in errors if 0 <= n < len(order) and "negative" not in " ".join(errors[n])}
    for n, (name, number, path) in enumerate(order):
        text = " ".join(errors.get(n, []))
        if name in undeclared:
            continue
        if "negative" in text:
            known.add(name)
            wrong.add((name, number, path))
        else:
            known.add(name)
            right.add((name, path))
# A file may contain several values of a constant, for several architectures. A constant is correct if one of its values
# equals the value in the headers.
bad = sorted(f"{path}: {name} is not {number}" for name, number, path in wrong if (name, path) not in right)
for line in bad:
    print("#", line)
print(f"# {len(known)} of {len(pairs)} constants are known to the headers")
print("not ok 1" if bad else "ok 1", "- the constants in the tables equal those in the system's headers")
print("ok 2" if len(known) > 400 else "not ok 2", "- the system's headers define most of the constants")
print("1..2")
sys.exit(bool(bad) or len(known) <= 400)
X
