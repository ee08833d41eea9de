#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""dbus16.py CALLER CALLED FILE...: connects a caller to the D-Bus socket CALLER and a callee to CALLED, and calls a
method with descriptors of all FILEs in one message. Prints the paths of the descriptors that the callee received.
Implements the D-Bus wire protocol itself, because libraries that can send descriptors are not installed
everywhere."""
import array
import os
import socket
import struct
import sys


def pad(data, to):
    return data + b'\0' * (-len(data) % to)


def string(text):
    return struct.pack('<I', len(text)) + text.encode() + b'\0'


def signature(text):
    return bytes([len(text)]) + text.encode() + b'\0'


class Client:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.serial = 0
        self.data = b''
        self.fds = []
        self.sock.sendall(b'\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\r\n')
        self.line(b'OK')
        self.sock.sendall(b'NEGOTIATE_UNIX_FD\r\n')
        self.line(b'AGREE_UNIX_FD')
        self.sock.sendall(b'BEGIN\r\n')
        self.send('org.freedesktop.DBus', 'Hello', 'org.freedesktop.DBus')
        self.name = self.receive(2)[1][4:].rstrip(b'\0').decode()

    def more(self):
        control = array.array('i')
        data, items, flags, _ = self.sock.recvmsg(65536, 4096)
        assert data and not flags & socket.MSG_CTRUNC, (data, flags)
        for _, kind, content in items:
            if kind == socket.SCM_RIGHTS:
                control.frombytes(content)
        self.data += data
        self.fds += list(control)

    def line(self, expected):
        while b'\r\n' not in self.data:
            self.more()
        line, self.data = self.data.split(b'\r\n', 1)
        assert line.startswith(expected), line

    def send(self, destination, member, interface, fds=()):
        self.serial += 1
        fields = [(1, 'o', string('/' if fds else '/org/freedesktop/DBus')), (2, 's', string(interface)),
                  (3, 's', string(member)), (6, 's', string(destination))]
        body = b''
        if fds:
            body = struct.pack('<I', 4 * len(fds)) + b''.join(struct.pack('<I', i) for i in range(len(fds)))
            fields += [(8, 'g', signature('ah')), (9, 'u', struct.pack('<I', len(fds)))]
        head = b''
        for code, kind, value in fields:
            head = pad(head, 8) + bytes([code]) + signature(kind)
            head = (head if kind == 'g' else pad(head, 4)) + value
        message = struct.pack('<cBBBIII', b'l', 1, 0, 1, len(body), self.serial, len(head))
        message = pad(message + head, 8) + body
        socket.send_fds(self.sock, [message], list(fds))

    def receive(self, wanted):
        """Receives messages until one has the given type. Returns the header and body of this message."""
        while True:
            while len(self.data) < 16:
                self.more()
            _, kind, _, _, body, _, head = struct.unpack_from('<cBBBIII', self.data)
            start = 16 + head + (-head % 8)
            while len(self.data) < start + body:
                self.more()
            message, self.data = self.data[:start + body], self.data[start + body:]
            if kind == wanted:
                return message[:start], message[start:]


def main():
    caller, called = Client(sys.argv[1]), Client(sys.argv[2])
    files = [os.open(path, os.O_RDONLY) for path in sys.argv[3:]]
    caller.send(called.name, 'Take', 'org.example.Take', files)
    _, body = called.receive(1)
    count = struct.unpack_from('<I', body)[0] // 4
    assert count == len(files) == len(called.fds), (count, len(files), called.fds)
    for i in struct.unpack_from('<%dI' % count, body, 4):
        print(os.readlink('/proc/self/fd/%d' % called.fds[i]))


main()
