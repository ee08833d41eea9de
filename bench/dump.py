#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""For comparison, a simple Python script that receives messages from descriptor 0 and prints each as JSON."""
import array
import datetime
import fcntl
import json
import os
import socket
import stat
import sys

sock = socket.socket(fileno=0)
pid, uid, gid = array.array("i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
number = 0
while True:
    data, ancdata, flags, address = sock.recvmsg(262144, 4096, socket.MSG_CMSG_CLOEXEC)
    if not data:
        break
    number += 1
    items, received = [], []
    for level, kind, content in ancdata:
        item = {"level": level, "type": kind, "length": len(content), "hex": content.hex()}
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
            fds = array.array("i", content)
            received += fds
            item["fds"] = []
            for fd in fds:
                st = os.fstat(fd)
                with open(f"/proc/self/fdinfo/{fd}", encoding="ascii") as file:
                    info = dict(line.split(":", 1) for line in file if ":" in line)
                item["fds"].append({
                    "fd": fd,
                    "kind": "regular" if stat.S_ISREG(st.st_mode) else "other",
                    "path": os.readlink(f"/proc/self/fd/{fd}"),
                    "flags": fcntl.fcntl(fd, fcntl.F_GETFL),
                    "cloexec": bool(fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC),
                    "offset": int(info["pos"]),
                    "size": st.st_size,
                    "device": f"{os.major(st.st_dev)}:{os.minor(st.st_dev)}",
                    "inode": st.st_ino,
                    "mode": f"{st.st_mode & 0o7777:04o}",
                    "links": st.st_nlink,
                    "uid": st.st_uid,
                    "gid": st.st_gid,
                    "mount_id": int(info["mnt_id"]),
                })
        items.append(item)
    print(json.dumps({
        "message": number,
        "time": datetime.datetime.now(datetime.timezone.utc).isoformat(),
        "nbytes": len(data),
        "data": data.decode(),
        "peer": {"pid": pid, "uid": uid, "gid": gid},
        "msg_flags": flags,
        "ancdata": items,
    }))
    for fd in received:
        os.close(fd)
sys.stdout.flush()
