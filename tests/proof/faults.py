#!/usr/bin/python3
# SPDX-License-Identifier: ISC
"""Makes each system call of fdpass fail once, or transfer less than requested; each run has one such fault.

faults.py [-n COUNT] [-j JOBS] [-s SCENARIO]... [-f CALL[:ERROR[:WHEN]]] [-d DEFECT] [-v]

Every scenario (scenarios.py) runs once under strace to count its calls, then once for each call and each possible
error. After each run, the exit status must be a documented status. If fdpass has failed, standard error must contain
exactly one line. A transient fault (EINTR, EAGAIN, a short result) must have no effect. No data may be lost, duplicated
or invented. No descriptor may leak into a command or stay open in a relay. No path may remain, and nothing may hang.
At the end, faults.py prints "N injections, M bad".

-d  adds a defect to fdpass (defect.c), which must be detected; ends at the first bad injection
-n  makes only a sample of COUNT injections, the same ones each time; ends early if many are bad
-v  prints each injection
"""

import argparse
import hashlib
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import scenarios  # noqa: E402
import stage  # noqa: E402
from stage import Fault, Hang, Run  # noqa: E402

# The errors that the kernel can return for each system call, or for a call with certain arguments.
FITS = {
    "read": "EINTR EIO EAGAIN", "pread64": "EIO", "readv": "EINTR EIO",
    "write": "EINTR EAGAIN EIO ENOSPC EPIPE", "pwrite64": "EIO ENOSPC", "pwritev2": "EAGAIN EOPNOTSUPP ENOSYS",
    "open": "EACCES EMFILE ENOMEM", "openat": "EACCES EMFILE ENFILE ENOMEM ENOENT",
    "chdir": "ENOENT EACCES", "close": "EINTR EIO", "close_range": "ENOSYS ENOMEM EINVAL",
    "socket": "EMFILE ENOMEM EACCES", "socketpair": "EMFILE ENOMEM", "bind": "EACCES ENOMEM EADDRINUSE ENOSPC",
    "listen": "EADDRINUSE ENOMEM", "accept4": "EINTR EAGAIN ECONNABORTED EMFILE ENFILE ENOMEM",
    "connect": "EINTR EACCES ECONNREFUSED ENOMEM", "shutdown": "ENOTCONN",
    "sendto": "EINTR EAGAIN ECONNRESET EPIPE ENOMEM ENOBUFS",
    "sendmsg": "EINTR EAGAIN ECONNRESET EPIPE ENOMEM ENOBUFS ETOOMANYREFS EPERM",
    "sendmmsg": "EINTR EAGAIN ECONNRESET ENOMEM ETOOMANYREFS EPERM ENOSYS",
    "recvfrom MSG_PEEK": "EINTR EAGAIN ECONNRESET ENOMEM", "recvfrom": "EINTR ECONNRESET ENOMEM",
    "recvmsg": "EINTR EAGAIN ECONNRESET ENOMEM",
    "getsockopt": "ENOPROTOOPT ENOMEM", "setsockopt": "ENOPROTOOPT ENOMEM EPERM", "getsockname": "ENOBUFS",
    "getpeername": "ENOBUFS", "getgroups": "EPERM", "capget": "EPERM", "fcntl F_DUPFD": "EMFILE", "fcntl F_SETFL": "EPERM",
    "fcntl F_ADD_SEALS": "EBUSY EPERM", "fcntl F_OFD_": "EACCES", "fcntl F_SETLK": "EACCES", "fcntl": "", "dup": "EMFILE", "dup2": "EMFILE EBUSY", "dup3": "EMFILE EBUSY",
    "memfd_create": "EMFILE ENOMEM", "ftruncate": "EIO", "fallocate": "ENOSPC", "lseek": "EIO",
    "poll": "EINTR ENOMEM", "ppoll": "EINTR ENOMEM", "epoll_wait": "EINTR", "epoll_pwait": "EINTR",
    "epoll_ctl EPOLL_CTL_ADD": "ENOMEM ENOSPC", "epoll_ctl": "", "epoll_create1": "EMFILE ENOMEM", "signalfd4": "EMFILE ENOMEM",
    "timer_create": "EAGAIN ENOMEM", "timer_settime": "EINVAL", "timer_delete": "",
    "eventfd2": "EMFILE ENOMEM", "timerfd_create": "EMFILE ENOMEM", "pipe2": "EMFILE ENFILE",
    "mmap": "ENOMEM", "mremap": "ENOMEM", "mprotect": "ENOMEM", "kcmp": "EPERM ENOSYS", "clone": "EAGAIN ENOMEM", "clone3": "EAGAIN ENOMEM", "fork": "EAGAIN", "vfork": "EAGAIN ENOMEM",
    "execve": "EACCES ENOENT ENOMEM ETXTBSY", "wait4": "EINTR ECHILD", "unshare": "ENOMEM EPERM",
    "waitid": "EINTR ECHILD", "faccessat2": "ENOSYS EIO", "access": "EACCES ENOENT",
    "rename": "EACCES EIO", "unlink": "EACCES EIO", "unlinkat": "EACCES EIO", "renameat2": "EACCES ENOSYS EIO", "linkat": "EACCES EMLINK",
    "newfstatat": "EACCES EIO", "fstat": "EIO", "statx": "EACCES ENOSYS", "fstatfs": "EIO", "lstat": "EIO", "stat": "EIO",
    "readlink": "EACCES EIO", "readlinkat": "EACCES EIO", "getdents64": "EIO",
    "flock": "EINTR EAGAIN", "fchmod": "EACCES EIO", "chmod": "EACCES EIO", "fchmodat": "EACCES EIO",
    "fchownat": "EPERM", "fsync": "EIO", "ioctl": "EIO ENOTTY", "futex": "EINTR EAGAIN",
    "pidfd_open": "EMFILE ENOMEM", "pidfd_getfd": "EMFILE EPERM", "prlimit64": "EPERM", "getrandom GRND_NONBLOCK": "EAGAIN", "getrandom": "",
    "ptrace PTRACE_SEIZE": "EPERM ESRCH", "ptrace": "", "process_vm_readv": "EPERM EFAULT",
    "prctl": "EINVAL", "seccomp": "EINVAL", "landlock_create_ruleset": "EMFILE ENOSYS",
    "landlock_add_rule": "ENOMEM", "landlock_restrict_self": "EPERM", "kill": "EPERM", "umask": "",
    "clock_nanosleep": "EINTR", "fgetxattr": "EIO", "getresuid": "", "sched_yield": "", "times": "",
}
# System calls into which no fault is injected, because they cannot fail or their failure has no effect.
NEVER = re.compile(r"brk|munmap|exit|exit_group|rt_sig\w+|getpid|gettid|getppid|getpgrp|get[eu]*[ug]id|getpgid|sigaltstack|"
                   r"set_robust_list|set_tid_address|rseq|arch_prctl|clock_gettime|gettimeofday|uname|sysinfo|madvise|"
                   r"restart_syscall|tgkill|tkill|alarm|setitimer|getsid|pause|umask|getrlimit|setsid")
SHORT = {"read": "read", "write": "write", "sendmsg": "sendmsg", "recvmsg": "recvmsg", "sendto": "send"}
# For each error, the system calls in which the error must have no visible effect.
PASSES = {
    "EINTR": {"read", "write", "accept4", "connect", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll", "epoll_wait",
              "epoll_pwait", "futex", "wait4", "flock", "close", "clock_nanosleep"},
    "EOPNOTSUPP": {"pwritev2"},
    "EAGAIN": {"read", "write", "pwritev2", "accept4", "sendto", "sendmsg", "recvfrom", "recvmsg", "futex", "getrandom"},
    "ECONNABORTED": {"accept4"},
}
STATUSES = {124, 125, 126, 127}
HANGS = stage.HANGS


def passes(fault):
    return fault.is_short() or fault.call in PASSES.get(fault.error, ())


def perform(name, fault, trace="none"):
    """Runs a scenario. Returns its Note, the trace, and the command line."""
    run = Run(fault, trace)
    try:
        try:
            scenarios.ALL[name].function(run)
        except Hang:
            run.note.hang = stage.SILENT
            run.deadline = time.monotonic() + 1
            run.finish()
            run.note.hang = stage.SILENT
        run.see_errors()
        return run.note, run.log_bytes.decode("utf-8", "replace"), run.command
    finally:
        run.close()


# --- counting the calls


def list_calls(log, pid):
    """Returns the calls of main() and of the children: {call: [arguments of the first call, of the second, ...]}.

    The calls of each child are counted from 1. If main() makes fewer calls than a child, the remaining arguments are
    those of the child. For calls that the dynamic loader makes before main(), the list contains None.
    """
    mine, children, loaded = {}, {}, False
    for line in log.splitlines():
        found = re.match(r"(\d+) +(\w+)\((.*)", line)
        if not found:
            continue
        if found[1] != pid:
            children.setdefault(found[1], {}).setdefault(found[2], []).append(found[3])
            continue
        loaded = loaded or (found[2] == "fcntl" and found[3].startswith("0, F_GETFD"))
        mine.setdefault(found[2], []).append(found[3] if loaded else None)
    for child in children.values():
        for call, arguments in child.items():
            calls = mine.setdefault(call, [])
            calls += arguments[len(calls):]
    return mine


def fits(call, arguments, unknown):
    for key, errors in FITS.items():
        name, _, word = key.partition(" ")
        if name == call and word in arguments:
            return errors.split()
    unknown.add(call)
    return ["EIO"]


def faults_for(calls, shorts, unknown):
    for call, arguments in sorted(calls.items()):
        if NEVER.fullmatch(call):
            continue
        loader = arguments.count(None)
        for i, text in enumerate(arguments):
            if text is None:
                continue
            for error in fits(call, text, unknown):
                if call != "close":
                    yield Fault(call, error, i + 1, text)
                elif shorts:
                    yield Fault(call, error, i + 1 - loader, text)
            if shorts and call in SHORT:
                yield Fault(SHORT[call], "SHORT", i + 1 - loader, text)


# --- judging the results


def difference(got, whole):
    """Returns the text around the first difference between two long texts."""
    at = next((i for i, (a, b) in enumerate(zip(got, whole)) if a != b), min(len(got), len(whole)))
    return f"…{got[max(0, at - 100):at + 100]}…, not …{whole[max(0, at - 100):at + 100]}…"


def is_beginning(got, whole):
    return len(got) <= len(whole) and all(
        a == b or (i == len(got) - 1 and isinstance(a, (bytes, str)) and type(a) is type(b) and b.startswith(a))
        for i, (a, b) in enumerate(zip(got, whole)))


def judge_clients(base, got, fault, well):
    """Checks that the relay has disconnected at most one client, and that clients received only data that was sent."""
    cut = 0
    for events, whole in zip(got.clients, base.clients):
        if events == whole:
            continue
        cut += 1
        for event, full in zip(events, whole):
            if event[0] != full[0] and not full[0].startswith(event[0]):
                yield f"a client received {event[0][:60]!r}, not {full[0][:60]!r}"
            elif event != full and event[0] == full[0]:
                yield f"a client received {event[1:]!r}, not {full[1:]!r}"
    if passes(fault) and cut:
        yield "a client was disconnected by a fault that must have no effect"
    if well and cut > 1:
        yield f"{cut} clients were disconnected"
    if cut and not got.complaints and fault.error not in ("ECONNRESET", "EPIPE", "ECONNREFUSED", "ENOTCONN"):
        yield "a client was disconnected without an error message"


def judge_core(base, got, fault, goes_on, well):
    for key in set(base.core) | set(got.core):
        whole, part = base.core.get(key, []), got.core.get(key, [])
        # After a short read or write, fdpass may show the data of a stream in different pieces.
        if part == whole or (key in ("messages", "at") and fault.is_short()):
            continue
        said = got.complaints and (goes_on or (fault.call, fault.error) == ("setsockopt", "ENOPROTOOPT"))
        if passes(fault) or (well and not said):
            yield f"{key}: " + difference(str(part), str(whole))
        elif key == "command" and not well and part and not goes_on:
            yield f"it failed, and the command ran: {part}"
        elif not said and not is_beginning(part, whole):
            yield f"{key}: {str(part)[:300]} is not the beginning of {str(whole)[:300]}"


def judge(name, base, got, fault):
    """Yields descriptions of all faults in the results GOT, compared with BASE, the results without a fault."""
    goes_on, relays = scenarios.ALL[name].goes_on, scenarios.ALL[name].relays
    well = got.status == base.status
    if got.hang:
        yield got.hang
        return
    if got.leak:
        yield got.leak
    if got.status == -signal.SIGPIPE and str(fault).startswith("write:EPIPE"):
        # EPIPE means that standard output has no reader: fdpass must exit without a message.
        if got.complaints:
            yield "reports that standard output has no reader"
    elif got.status < 0 and not well:
        yield f"killed by signal {-got.status}"
    elif not well:
        if got.status not in STATUSES or (got.status in (126, 127) and fault.call != "execve"):
            yield f"exit status {got.status}"
        if passes(fault):
            yield f"status {got.status} after a fault that must have no effect"
        if len(got.complaints) != 1 and not goes_on:
            yield f"{len(got.complaints)} lines on standard error"
    elif passes(fault) and len(got.complaints) != len(base.complaints):
        yield "an error message for a fault that must have no effect"
    for line in got.complaints:
        if not line.startswith("fdpass: "):
            yield f"prints {line!r}"
    yield from judge_core(base, got, fault, goes_on, well)
    # Reads from /proc never return EINTR or EAGAIN, so fdpass does not repeat a read that returns one of them, and
    # information is missing.
    if passes(fault) and (fault.call, fault.error) not in (("recvmsg", "SHORT"), ("read", "EINTR"), ("read", "EAGAIN")):
        for key, text in base.detail.items():
            if got.detail.get(key) != text:
                yield f"a fault that must have no effect changed the {key}: " + difference(str(got.detail.get(key)), str(text))
    if relays:
        yield from judge_clients(base, got, fault, well)
    left = got.left - base.left
    # If fdpass could not inspect a path, fdpass must not remove this path, which may belong to another process.
    if left and not fault.call.startswith("unlink") and not (well and fault.call == "newfstatat"):
        yield f"not removed: {', '.join(sorted(left))}"


# --- running


BASE = {}
MANY = 10  # number of bad injections after which a sample (-n) ends
# The workers use variables that were set before the fork. The other start methods, which Python 3.14 prefers, do not
# copy the modules' variables.
FORK = multiprocessing.get_context("fork")
ENOUGH = FORK.Event()


def attempt(task):
    """Runs one injection. Returns None if enough bad injections were found."""
    name, fault = task
    if ENOUGH.is_set():
        return None
    try:
        got, log, argv = perform(name, fault)
        # The order of the calls may differ from the order in the counting run, so the fault may have hit a call that
        # cannot fail with this error.
        made = re.search(rf"\b{fault.call}\((.*\(INJECTED\))", log)
        if made and fault.error not in fits(fault.call, made[1], set()):
            return name, fault, False, [], argv, got.complaints
        return name, fault, got.hit, list(judge(name, BASE[name], got, fault)), argv, got.complaints
    except Exception as error:  # an exception in this program counts as a bad injection, too
        return name, fault, True, [f"the proof itself: {type(error).__name__}: {error}"], [], []


def build(work, name):
    """Compiles NAME.c to a library for LD_PRELOAD. Returns the path of the library, or None if there is no compiler."""
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), name + ".c")
    compiler = os.environ.get("CC", "cc").split()
    if os.environ.get("SAN_CFLAGS"):
        return None
    library = f"{work}/{name}.so"
    built = subprocess.run(compiler + ["-D_GNU_SOURCE", "-shared", "-fPIC", "-O1", "-o", library, source],
                           stderr=subprocess.DEVNULL, check=False)
    return library if built.returncode == 0 else None


def count_calls(name):
    """Runs the scenario without a fault. Returns its Note and its calls, or the reason why it does not work."""
    try:
        note, log, _ = perform(name, None, "all")
        first = re.match(r"(\d+) ", log)
        if note.hang or first is None or (note.status < 0 and note.status != -signal.SIGTERM):
            return name, f"{note.hang or (first and f'signal {-note.status}') or 'no trace'} {note.complaints}", None
        return name, perform(name, None)[0], list_calls(log, first[1])
    except Exception as error:
        return name, f"{type(error).__name__}: {error}", None


def rank(task):
    """Returns a sort key. The order is random, the same in each run, and independent of the other injections."""
    return hashlib.sha256(f"{task[0]} {task[1]}".encode()).digest()


def choose(names):
    """Returns the scenarios. If holdfd does not work on this machine, omits the scenarios that need it."""
    holder = [stage.HOLDFD, "pipe-read", "9", "--", "true"]
    if os.access(holder[0], os.X_OK) and subprocess.run(holder, stderr=subprocess.DEVNULL, check=False).returncode == 0:
        return names
    print("# without the scenarios in which a query does not return: holdfd does not work here")
    return [name for name in names if not scenarios.ALL[name].holds]


def prepare(names, options, shorts):
    tasks, unknown = [], set()
    with FORK.Pool(options.jobs, signal.signal, (signal.SIGTERM, stage.abandon)) as pool:
        counted = pool.map(count_calls, names, 1)
        pool.close()
        pool.join()
    for name, note, calls in counted:
        if calls is None:
            sys.exit(f"{name} does not work without a fault: {note}")
        BASE[name] = note
        never = scenarios.ALL[name].never
        found = [f for f in faults_for(calls, shorts, unknown) if not never.search(f"{f} {f.arguments}")]
        if options.fault:
            found = [f for f in found if (str(f) + ":").startswith(options.fault + ":")]
        tasks += [(name, fault) for fault in found]
        if options.verbose:
            print(f"{name}: {len(found)} injections; status {note.status}", note.complaints or "")
    for call in sorted(unknown):
        print(f"# {call} is not in the table: it fails with EIO")
    return sorted(tasks, key=rank)[:options.count] if options.count else tasks


def show_bad(name, fault, bad, argv, complaints):
    print(f"BAD {name} {fault}")
    print(f"    {' '.join(argv)}")
    for line in complaints:
        print(f"    message: {line}")
    for line in bad:
        print(f"    {line}")
    print(f"    again: faults.py -s {name} -f {fault}", flush=True)


def sweep(tasks, options):
    total = missed = 0
    worst, again = [], []
    with FORK.Pool(options.jobs, signal.signal, (signal.SIGTERM, stage.abandon)) as pool:
        for name, fault, hit, bad, argv, complaints in filter(None, pool.imap_unordered(attempt, tasks)):
            total += hit
            missed += not hit
            if options.verbose:
                print(f"{name} {fault} {'' if hit else 'not reached '}{complaints}", flush=True)
            if bad and bad[0] in HANGS:
                again.append((name, fault))
            elif bad:
                worst.append((name, fault, bad, argv, complaints))
                show_bad(*worst[-1])
            if (options.defect and worst) or (options.count and len(worst) + len(again) >= MANY):
                ENOUGH.set()
        # terminate() is not called, because it can deadlock while a worker takes a task.
        pool.close()
        pool.join()
    ENOUGH.clear()
    # Repeats the runs that seemed to hang, one after another, because a busy machine may have delayed these runs.
    for name, fault, _, bad, argv, complaints in map(attempt, again):
        if bad:
            worst.append((name, fault, bad, argv, complaints))
            show_bad(*worst[-1])
    print(f"{total} injections, {len(worst)} bad" + (f" ({missed} more were not reached)" if missed else ""))
    return 1 if worst or total == 0 else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-n", dest="count", type=int)
    parser.add_argument("-j", dest="jobs", type=int, default=2 * (os.cpu_count() or 1))
    parser.add_argument("-s", dest="scenario", action="append", choices=sorted(scenarios.ALL))
    parser.add_argument("-f", dest="fault")
    parser.add_argument("-d", dest="defect", choices=("keeps", "stops", "drops", "silent"))
    parser.add_argument("-v", dest="verbose", action="store_true")
    options = parser.parse_args()
    # Inherited descriptors would change what fdpass shows.
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    work = tempfile.mkdtemp(prefix="fdp.", dir="/tmp")
    try:
        short = build(work, "short")
        if short is None:
            print("# short results and failures of close(2) are not tested: no compiler, or sanitizers are built in")
        else:
            os.environ["FAULTS_SHORT"] = short
        if options.defect:
            defect = build(work, "defect")
            if defect is None:
                print("faults: there is no compiler to plant a defect with")
                return 77
            os.environ.update(FAULTS_DEFECT="none", FAULTS_DEFECTIVE=defect)
        tasks = prepare(choose(options.scenario or list(scenarios.ALL)), options, short is not None)
        if options.defect:
            os.environ["FAULTS_DEFECT"] = options.defect
        return sweep(tasks, options)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
