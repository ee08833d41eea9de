#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs a command like a shell with job control, on a pseudo-terminal: stops the command with ^Z, continues it, stops
it with SIGSTOP, continues it, and prints the observed states. The command must print "begun" first and exit at end of
file."""
import os, pty, signal, sys

reports, report = os.pipe()
leader, tty = pty.fork()
if leader == 0:
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        os.execvp(sys.argv[1], sys.argv[1:])

    def wait(options):
        _, status = os.waitpid(pid, options)
        if os.WIFSTOPPED(status):
            text = signal.Signals(os.WSTOPSIG(status)).name
        elif os.WIFCONTINUED(status):
            text = "continued"
        else:
            text = "exit %d" % os.waitstatus_to_exitcode(status)
        os.write(report, text.encode() + b"\n")

    wait(os.WUNTRACED)
    os.kill(-pid, signal.SIGCONT)
    wait(os.WCONTINUED)
    os.kill(-pid, signal.SIGSTOP)
    wait(os.WUNTRACED)
    os.kill(-pid, signal.SIGCONT)
    wait(os.WCONTINUED)
    wait(0)
    os._exit(0)

os.close(report)
seen = b""
while b"begun" not in seen:
    seen += os.read(tty, 1000)
os.write(tty, b"\x1a")
with open(reports) as lines:
    for number, line in enumerate(lines):
        print(line, end="", flush=True)
        if number == 3:
            os.write(tty, b"\x04")
