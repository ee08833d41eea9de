#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
# A web server that can crash at any time without failing a request: storeweb.py ADDRESS PORT TEXT.
#
# The server stores its listening socket in the file descriptor store of the service manager that NOTIFY_SOCKET names.
# Before the server reads from a connection, it stores the connection, too. After a crash, a new process continues
# with the stored sockets. After SIGUSR1, the server kills itself with SIGKILL as soon as it has accepted and stored a
# connection. The next process must answer this connection. After SIGTERM, the server exits between two requests.
import os
import signal
import socket
import sys


def notify(text, *fds):
    # Sends TEXT and descriptors in the format of sd_notify(3).
    path = os.environ['NOTIFY_SOCKET']
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.connect(path.replace('@', '\0', 1))
        socket.send_fds(sock, [text.encode()], fds)


def listen_fds():
    if os.environ.get('LISTEN_PID') != str(os.getpid()):
        return []
    names = os.environ['LISTEN_FDNAMES'].split(':')
    return [(name, socket.socket(fileno=3 + i)) for i, name in enumerate(names)]


def answer(connection, text):
    connection.settimeout(10)
    request = b''
    while b'\r\n\r\n' not in request:
        part = connection.recv(4096)
        if not part:
            break
        request += part
    connection.sendall(b'HTTP/1.0 200 OK\r\n\r\n' + text)
    # The store may have a duplicate of the connection, so close(2) alone would not close it.
    connection.shutdown(socket.SHUT_RDWR)
    connection.close()


def main(address, port, text):
    crash = []
    signal.signal(signal.SIGUSR1, lambda *args: crash.append(True))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    stored = listen_fds()
    listener = next((sock for name, sock in stored if name == 'listener'), None)
    if listener is None:
        listener = socket.create_server((address, int(port)), backlog=1024)
        notify('FDSTORE=1\nFDNAME=listener', listener.fileno())
    for name, connection in stored:
        if name == 'connection':
            try:
                answer(connection, text.encode())
            except OSError:
                pass  # the previous process has already answered and closed this connection
    notify('READY=1')
    listener.settimeout(0.1)
    while signal.SIGTERM not in signal.sigpending():
        try:
            connection, _ = listener.accept()
        except socket.timeout:
            continue
        notify('FDSTORE=1\nFDNAME=connection', connection.fileno())
        if crash:
            os.kill(os.getpid(), signal.SIGKILL)
        answer(connection, text.encode())


main(*sys.argv[1:])
