"""Code that reaches, as soon as its file is opened, for what is not its own. Where it gets it and that leaves no mark,
it says so by raising ``SystemError(GOT_OUT)``."""

PROGRAMS = {
    "os.popen": "import os; os.popen('touch ' + MARKER).read()",
    "a shell": "import subprocess; subprocess.Popen('touch ' + MARKER, shell=True).wait()",
    "os.spawnv": "import os; os.spawnv(os.P_WAIT, '/usr/bin/touch', ['touch', MARKER])",
    "system by ctypes": "import ctypes; ctypes.CDLL(None).system(b'touch ' + MARKER.encode())",
    "a program by ctypes": "import ctypes; ctypes.CDLL(None).execl(b'/usr/bin/touch', b'touch', MARKER.encode(), None)",
    "a program of its own": (
        "import os; open('x', 'w').write('#!/bin/sh\\ntouch ' + MARKER); os.chmod('x', 0o755); os.execv('x', ['x'])"
    ),
    "a program in memory": (
        "import os; fd = os.memfd_create('x'); os.write(fd, open('/usr/bin/touch', 'rb').read()); "
        "os.execv(f'/proc/self/fd/{fd}', ['touch', MARKER])"
    ),
    "the dynamic loader": ("import os; os.execv('/lib64/ld-linux-x86-64.so.2', ['ld', '/usr/bin/touch', MARKER])"),
    "a session of its own": (
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(1)\n    open(MARKER, 'w').close()"
    ),
    "a pool of processes": (
        "import concurrent.futures as c\nwith c.ProcessPoolExecutor(2) as pool:\n"
        "    pool.submit(open, MARKER, 'w').result()"
    ),
    "a program by asyncio": ("import asyncio; asyncio.run(asyncio.create_subprocess_exec('touch', MARKER))"),
    "a browser": "import webbrowser; webbrowser.open('http://127.0.0.1:PORT/')",
    "pip": (
        "import runpy, sys; "
        "sys.argv = ['pip', 'install', '--no-deps', 'http://127.0.0.1:PORT/evil-1-py3-none-any.whl']; "
        "runpy.run_module('pip', run_name='__main__')"
    ),
    "a library of its own": "import ctypes; open('x.so', 'wb').write(b'\\x7fELF'); ctypes.CDLL('./x.so')",
}

FILES = {
    "/dev/shm": "open('/dev/shm/' + NAME, 'w').write('x')",
    "shared memory": (
        "from multiprocessing import shared_memory as s; s.SharedMemory(NAME, create=True, size=64)"
    ),
    "a semaphore": (
        "import multiprocessing.synchronize as m, _multiprocessing as c; "
        "c.SemLock(1, 1, 1, '/' + NAME, False); raise SystemError(GOT_OUT)"
    ),
    "System V's shared memory": (
        "import ctypes\nif ctypes.CDLL(None).shmget(0, 4096, 0o1666) >= 0:\n    raise SystemError(GOT_OUT)"
    ),
    "a tree of files": "import os, shutil; shutil.rmtree(os.path.dirname(VICTIM))",
    "by a descriptor of /": (
        "import os; os.open(MARKER[1:], os.O_CREAT | os.O_WRONLY, dir_fd=os.open('/', os.O_RDONLY))"
    ),
    "by the descriptor of its folder": (
        "import os; fd = os.open('.', os.O_PATH); os.open('../' * 20 + MARKER[1:], os.O_CREAT | os.O_WRONLY, dir_fd=fd)"
    ),
    "SQLite": "import sqlite3; sqlite3.connect(MARKER).execute('create table t (a)')",
    "a log": "import logging; logging.FileHandler(MARKER).close()",
    "an array": "import numpy; numpy.save(MARKER, [1])",
    "a table": "import pandas; pandas.DataFrame().to_csv(MARKER)",
    "a mapped file": "import mmap; f = open(VICTIM, 'r+b'); m = mmap.mmap(f.fileno(), 0); m[:4] = b'lost'",
    "a fifo": "import os; os.mkfifo(MARKER)",
    "a device": "import os, stat; os.mknod(MARKER, stat.S_IFCHR | 0o666, os.makedev(1, 5))",
    "a mount": (
        "import ctypes, os\nif ctypes.CDLL(None).mount(b'x', b'.', b'tmpfs', 0, 0) == 0:\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "another root": "import os; os.chroot('.'); raise SystemError(GOT_OUT)",
    "the times of a file": "import os; os.utime(VICTIM, (0, 0)); raise SystemError(GOT_OUT)",
    "an attribute of a file": "import os; os.setxattr(VICTIM, 'user.x', b'x'); raise SystemError(GOT_OUT)",
    "the owner of a file": "import os; os.chown(VICTIM, 1, 1); raise SystemError(GOT_OUT)",
    "the program's own code": "import sys; open(sys.modules['__main__'].__file__, 'a'); raise SystemError(GOT_OUT)",
    "a library's code": "import numpy; open(numpy.__file__, 'a'); raise SystemError(GOT_OUT)",
    "the home folder": "import os; os.listdir('/root' if os.getuid() == 0 else '/home'); raise SystemError(GOT_OUT)",
    "all files in a walk": (
        "import os\nfor folder, _, names in os.walk(os.path.dirname(SECRET)):\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "another folder": "import os; os.chdir(os.path.dirname(MARKER)); open('marker', 'w')",
}  # fmt: skip

SECRETS = {
    "everybody's environment": (
        "import os\nfor pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    try:\n        raise KeyError(open(f'/proc/{pid}/environ').read())\n    except OSError:\n        pass"
    ),
    "everybody's environment, by guessing": (
        "import os\nfound = ''\nfor pid in range(1, os.getpid() + 1):\n"
        "    try:\n        found += open(f'/proc/{pid}/environ').read()\n    except OSError:\n        pass\n"
        "raise KeyError(found[-5000:])"
    ),
    "everybody's command line": (
        "import os\nfor pid in range(1, os.getpid()):\n"
        "    try:\n        open(f'/proc/{pid}/cmdline').read()\n    except OSError:\n        continue\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "its own environment": "import os; raise KeyError(str(dict(os.environ)) + open('/proc/self/environ').read())",
    "what the program left in memory": (
        "import gc\nfound = [x for x in gc.get_objects() if isinstance(x, dict) and 'CORPUS_' + 'SECRET' in x]\n"
        "if found:\n    raise SystemError(GOT_OUT)"
    ),
    "its own memory": (
        "import re\nwanted = bytes(reversed(b'suproc-siht-fo-2retnuh'))\n"
        "with open('/proc/self/mem', 'rb', 0) as memory:\n"
        "    for line in open('/proc/self/maps'):\n"
        "        low, high = (int(x, 16) for x in line.split()[0].split('-'))\n"
        "        if 'heap' in line or 'stack' in line:\n            memory.seek(low)\n"
        "            if memory.read(high - low).count(wanted) > 1:\n                raise SystemError(GOT_OUT)"
    ),
    "passwords": "open('/etc/shadow').read(); raise SystemError(GOT_OUT)",
    "files that are open": (
        "import os\nfor fd in os.listdir(f'/proc/{os.getppid()}/fd'):\n    raise SystemError(GOT_OUT)"
    ),
    "files that it inherited": (
        "import os, stat\nfor fd in range(3, 1024):\n    try:\n        mode = os.fstat(fd).st_mode\n"
        "    except OSError:\n        continue\n    if stat.S_ISSOCK(mode):\n        raise SystemError(GOT_OUT)"
    ),
    "the machine's metadata": (
        "import urllib.request; urllib.request.urlopen('http://169.254.169.254/', timeout=2); "
        "raise SystemError(GOT_OUT)"
    ),
}

CONNECTIONS = {
    "a datagram": "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', PORT))",
    "a local socket": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + NAME)",
    "a pair of sockets": "import socket; socket.socketpair(); raise SystemError(GOT_OUT)",
    "a server": "import socket; socket.create_server(('127.0.0.1', 0)); raise SystemError(GOT_OUT)",
    "a raw socket": "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW); raise SystemError(GOT_OUT)",
    "netlink": "import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW); raise SystemError(GOT_OUT)",
    "IPv6": "import socket; socket.socket(socket.AF_INET6); raise SystemError(GOT_OUT)",
    "asyncio": "import asyncio; asyncio.run(asyncio.open_connection('127.0.0.1', PORT))",
    "http.client": "import http.client; http.client.HTTPConnection('127.0.0.1', PORT, timeout=2).request('GET', '/')",
    "requests": "import requests; requests.post('http://127.0.0.1:PORT/', data=b'x', timeout=2)",
    "a table from the network": "import pandas; pandas.read_csv('http://127.0.0.1:PORT/x.csv')",
    "io_uring": (
        "import ctypes\nif ctypes.CDLL(None).syscall(425, 1, ctypes.create_string_buffer(120)) >= 0:\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "names": ("import socket\nif socket.gethostbyname('example.com'):\n    raise SystemError(GOT_OUT)"),
}

PROCESSES = {
    "whether a process is there": "import os; os.kill(1, 0); raise SystemError(GOT_OUT)",
    "a stop of the parent": "import os, signal; os.kill(os.getppid(), signal.SIGSTOP)",
    "a signal by a thread's number": (
        "import ctypes, os\nif ctypes.CDLL(None).syscall(234, os.getppid(), os.getppid(), 0) == 0:\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "a signal by a handle": "import os; os.pidfd_open(os.getppid()); raise SystemError(GOT_OUT)",
    "a signal to the owner of a file": (
        "import fcntl, os; fcntl.fcntl(0, fcntl.F_SETOWN, os.getppid()); raise SystemError(GOT_OUT)"
    ),
    "a stop of itself": "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)",
    "the parent's priority": "import os; os.setpriority(os.PRIO_PROCESS, os.getppid(), 19); raise SystemError(GOT_OUT)",
    "the parent's processors": "import os; os.sched_setaffinity(os.getppid(), {0}); raise SystemError(GOT_OUT)",
    "the parent's limits": (
        "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0)); "
        "raise SystemError(GOT_OUT)"
    ),
    "the parent's memory, by a call": (
        "import ctypes, os\nclass V(ctypes.Structure):\n"
        "    _fields_ = [('b', ctypes.c_void_p), ('n', ctypes.c_size_t)]\n"
        "here = ctypes.create_string_buffer(8)\n"
        "v, w = V(ctypes.addressof(here), 8), V(id(None), 8)\n"
        "if ctypes.CDLL(None).process_vm_readv(os.getppid(), ctypes.byref(v), 1, ctypes.byref(w), 1, 0) > 0:\n"
        "    raise SystemError(GOT_OUT)"
    ),
    "namespaces": (
        "import ctypes\nfor flag in (0x20000, 0x10000000, 0x40000000, 0x20000000):\n"
        "    if ctypes.CDLL(None).unshare(flag) == 0:\n        raise SystemError(GOT_OUT)"
    ),
    "the kernel's other doors": (
        "import ctypes\nc = ctypes.CDLL(None)\n"
        "for number in (101, 175, 246, 248, 250, 298, 303, 304, 313, 321, 323, 434):\n"
        "    if c.syscall(number, 0, 0, 0, 0, 0) >= 0:\n        raise SystemError(GOT_OUT)"
    ),
    "the clock": "import time; time.clock_settime(time.CLOCK_REALTIME, 0); raise SystemError(GOT_OUT)",
    "the machine's name": "import socket; socket.sethostname('corpus'); raise SystemError(GOT_OUT)",
    "the kernel's switches": "open('/proc/sys/kernel/panic', 'w'); raise SystemError(GOT_OUT)",
    "its own protection against memory running out": (
        "open('/proc/self/oom_score_adj', 'w').write('-1000'); raise SystemError(GOT_OUT)"
    ),
    "more rights": (
        "import ctypes\nif ctypes.CDLL(None).prctl(38, 0, 0, 0, 0) == 0:\n    raise SystemError(GOT_OUT)"
    ),
}  # fmt: skip

AT_OPENING = {**PROGRAMS, **FILES, **SECRETS, **CONNECTIONS, **PROCESSES}
"""Name -> code, as in ``codes``."""
