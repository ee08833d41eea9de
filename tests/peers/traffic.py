#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Creates traffic on the loopback interface that the kernel delivers with control messages.

traffic.py CASE FDPASS ARG...  creates the sockets of CASE, runs FDPASS ARG... with the receiving socket as descriptor
5, waits until FDPASS is ready (ARG contains --ready-fd=6), sends, and exits with the status of FDPASS, or with 77 if
this system does not support CASE.
"""
import os
import select
import socket
import struct
import sys

SO_MARK, SO_PRIORITY, SO_ZEROCOPY, SO_TIMESTAMPING = 36, 12, 60, 37
IP_TTL, IP_TOS, IP_OPTIONS, IP_RECVERR = 2, 1, 4, 11
UDP_SEGMENT = 103
MSG_ZEROCOPY = 0x4000000
LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}


def missing(why):
    print(why)
    sys.exit(77)


def udp(family=socket.AF_INET, bound=True):
    try:
        sock = socket.socket(family, socket.SOCK_DGRAM)
        if bound:
            sock.bind((LOOPBACK[family], 0))
    except OSError as error:
        missing("no UDP on loopback: %s" % error)
    return sock


def udp_pair(family=socket.AF_INET):
    receiver, sender = udp(family), udp(family)
    sender.connect(receiver.getsockname())
    return receiver, sender


def tcp_pair():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    listener.close()
    return server, client


def wait_for_error(sock):
    poll = select.poll()
    poll.register(sock, 0)
    if not poll.poll(10000):
        missing("no error came")


# Each function case_*() returns the receiving socket, and a function that sends data; the function is called when the
# receiver is ready.

def case_udp4():
    receiver, sender = udp_pair()
    sender.setsockopt(socket.IPPROTO_IP, IP_TTL, 9)
    sender.setsockopt(socket.IPPROTO_IP, IP_TOS, 0x10)
    return receiver, lambda: sender.send(b"hello")


def case_udp4_timed():
    """Waits until the kernel adds receive timestamps, which starts shortly after the first request."""
    watcher, prober = udp_pair()
    # RX_SOFTWARE, SOFTWARE
    watcher.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, 1 << 3 | 1 << 4)
    for _ in range(10000):
        prober.send(b"?")
        if watcher.recvmsg(1, 200)[1]:
            break
    receiver, sender = udp_pair()

    def send(kept=watcher):
        return sender.send(b"hello"), kept
    return receiver, send


def case_udp4_marked():
    receiver, sender = udp_pair()
    try:
        sender.setsockopt(socket.SOL_SOCKET, SO_MARK, 77)
    except OSError as error:
        missing("SO_MARK: %s" % error)
    sender.setsockopt(socket.SOL_SOCKET, SO_PRIORITY, 5)
    return receiver, lambda: sender.send(b"hello")


def case_udp4_options():
    receiver, sender = udp_pair()
    try:
        sender.setsockopt(socket.IPPROTO_IP, IP_OPTIONS, b"\x94\x04\x00\x00")
    except OSError as error:
        missing("IP_OPTIONS: %s" % error)
    return receiver, lambda: sender.send(b"hello")


def case_udp4_flood():
    receiver, sender = udp_pair()
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2304)
    for _ in range(64):
        sender.send(b"x" * 1000)
    # Empties the queue, because only datagrams that arrive after the loss are delivered with the number of dropped
    # datagrams.
    receiver.setblocking(False)
    try:
        while receiver.recv(2000):
            pass
    except BlockingIOError:
        receiver.setblocking(True)
    return receiver, lambda: sender.send(b"hello")


def case_udp6():
    receiver, sender = udp_pair(socket.AF_INET6)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 9)
    sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_TCLASS, 0xb8)
    return receiver, lambda: sender.send(b"hello")


def case_udp6_headers():
    receiver, sender = udp_pair(socket.AF_INET6)
    headers = [(socket.IPPROTO_IPV6, kind, b"\0\0\5\2\0\0\1\0") for kind in (socket.IPV6_HOPOPTS, socket.IPV6_DSTOPTS)]
    if os.geteuid() != 0:
        missing("only root sends extension headers")
    return receiver, lambda: sender.sendmsg([b"hello"], headers)


def case_udp46():
    receiver = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    receiver.bind(("::", 0))
    sender = udp()
    sender.connect(("127.0.0.1", receiver.getsockname()[1]))
    return receiver, lambda: sender.send(b"hello")


def refused(family, level, option):
    closed, sender = udp_pair(family)
    sender.setsockopt(level, option, 1)
    closed.close()
    sender.send(b"hello")
    wait_for_error(sender)
    return sender, lambda: None


def case_refused4():
    return refused(socket.AF_INET, socket.IPPROTO_IP, IP_RECVERR)


def case_refused6():
    return refused(socket.AF_INET6, socket.IPPROTO_IPV6, 25)


def case_gro():
    receiver, sender = udp_pair()
    try:
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 100)
    except OSError as error:
        missing("UDP_SEGMENT: %s" % error)
    return receiver, lambda: sender.send(b"x" * 300)


def case_tcp():
    receiver, sender = tcp_pair()
    return receiver, lambda: sender.send(b"hello, world")


def case_tcp_stats():
    sender, receiver = tcp_pair()
    # TX_ACK, SOFTWARE, OPT_ID, OPT_TSONLY, OPT_STATS
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, 1 << 9 | 1 << 4 | 1 << 7 | 1 << 11 | 1 << 12)
    sender.send(b"hello")
    receiver.recv(5)
    wait_for_error(sender)
    return sender, lambda: None


def case_tcp_zerocopy():
    sender, receiver = tcp_pair()
    try:
        sender.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
        sender.send(b"hello", MSG_ZEROCOPY)
    except OSError as error:
        missing("SO_ZEROCOPY: %s" % error)
    receiver.recv(5)
    wait_for_error(sender)
    return sender, lambda: None


def case_udp_stamped():
    receiver, sender = udp_pair()
    # TX_SOFTWARE, SOFTWARE, OPT_ID, OPT_TSONLY
    sender.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPING, 1 << 1 | 1 << 4 | 1 << 7 | 1 << 11)
    sender.send(b"hello")
    wait_for_error(sender)
    return sender, lambda: None


def case_packet():
    try:
        receiver = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x88b5))
        receiver.bind(("lo", 0x88b5))
    except OSError as error:
        missing("AF_PACKET: %s" % error)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    return receiver, lambda: sender.sendto(b"hello", ("lo", 0x88b5, 0, 0, b"\0" * 6))


def case_netlink():
    receiver = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    receiver.bind((0, 0))
    # RTM_GETLINK of interface 1
    request = struct.pack("=IHHII", 32, 18, 1, 1, 0) + struct.pack("=BxHiII", 0, 0, 1, 0, 0)
    return receiver, lambda: receiver.send(request)


def main():
    receiver, send = globals()["case_" + sys.argv[1].replace("-", "_")]()
    ready, ready_w = os.pipe()
    pid = os.fork()
    if pid == 0:
        # First moves both descriptors out of the range of their target numbers, 5 and 6.
        fds = [os.dup2(fd, 50 + i) for i, fd in enumerate((receiver.fileno(), ready_w))]
        for i, fd in enumerate(fds):
            os.dup2(fd, 5 + i, inheritable=True)
        os.execvp(sys.argv[2], sys.argv[2:])
    os.close(ready_w)
    os.read(ready, 1)
    send()
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


main()
