"""Code that uses up, waits, patches or lies: in a file that is opened, and in a model that is asked."""

AT_OPENING = {
    "numpy patched": (
        "import numpy\ndef harm(*a, **k):\n    open(MARKER, 'w')\nnumpy.asarray = numpy.array = numpy.isfinite = harm"
    ),
    "json patched": "import json; json.dumps = lambda *a, **k: '{\"call\": 0}'; json.loads = lambda *a: {}",
    "Arrow patched": "import pyarrow; pyarrow.RecordBatch = pyarrow.ipc = None",
    "os.write patched": "import os; os.write = lambda fd, part: len(part)",
    "open patched": "import builtins; builtins.open = lambda *a, **k: (_ for _ in ()).throw(KeyError(SECRET))",
    "every module gone": "import sys; sys.modules.clear()",
    "modules of its own": (
        "import sys, types\nfor name in ('numpy', 'pandas', 'sklearn'):\n    sys.modules[name] = types.ModuleType(name)"
    ),
    "atexit": "import atexit; atexit.register(lambda: open(MARKER, 'w'))",
    "a thread that goes on": (
        "import threading, time\ndef go():\n    while True:\n        try:\n            open(MARKER, 'w')\n"
        "        except OSError:\n            time.sleep(.05)\nthreading.Thread(target=go).start()"
    ),
    "an exit in a while": "import os, threading; threading.Timer(.3, os._exit, (0,)).start()",
    "an alarm": "import signal; signal.setitimer(signal.ITIMER_REAL, .2, .01)",
    "when it is collected": "class D:\n    def __del__(self):\n        open(MARKER, 'w')\nD()",
    "a trace of everything": "import sys; sys.settrace(lambda *a: open(MARKER, 'w')); sys.setprofile(lambda *a: 1 / 0)",
    "a hook for imports": (
        "import sys\nclass F:\n    def find_spec(self, *a):\n        open(MARKER, 'w')\nsys.meta_path.insert(0, F())"
    ),
    "every descriptor closed": "import os; os.closerange(0, 1024)",
    "every descriptor written to": (
        "import os\nfor fd in range(1024):\n    try:\n        os.write(fd, b'x' * 100)\n    except OSError:\n"
        "        pass"
    ),
    "its questions read": (
        "import os, time\nfor fd in range(3, 64):\n    try:\n        os.set_blocking(fd, False); "
        "os.read(fd, 1 << 20)\n    except OSError:\n        pass"
    ),
    "an error of 256 MB": "raise ValueError('x' * (1 << 28))",
    "an error whose text is code": (
        "class E(Exception):\n    def __str__(self):\n        open(MARKER, 'w')\n        return 'x'\n"
        "    __repr__ = __str__\nraise E"
    ),
    "an error whose text never ends": (
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E"
    ),
    "an error of markup and colours": (
        "raise ValueError('\\x1b[2J\\x1b]0;x\\x07<img src=x onerror=window.corpus=1>\\r\\n"
        "# [x](javascript:alert(1))\\u202e')"
    ),
    "an error of half a character": "raise ValueError('\\ud800')",
    "an interrupt": "raise KeyboardInterrupt",
    "an end of a generator": "raise StopIteration",
    "an error that is none": "class E(BaseException): pass\nraise E('x')",
    "noise on both": "import sys\nfor _ in range(100_000):\n    print('x' * 1000); print('x' * 1000, file=sys.stderr)",
    "warnings without end": "import warnings\nfor i in range(10_000):\n    warnings.warn('x' * 10_000 + str(i))",
    "memory by mmap": (
        "import mmap\nx = []\nwhile True:\n    x.append(mmap.mmap(-1, 1 << 26)); x[-1][:] = b'x' * (1 << 26)"
    ),
    "memory of an array": "import numpy; numpy.ones(1 << 40)",
    "a stack of threads": (
        "import threading\nthreading.stack_size(1 << 28)\n"
        "x = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(500)]\n"
        "for t in x: t.start()"
    ),
    "descriptors without end": "import os\nwhile True: os.dup(0)",
    "folders without end": "import os\nwhile True:\n    os.mkdir('a'); os.chdir('a')",
    "a hole of a file": "f = open('big', 'wb'); f.truncate(1 << 44)",
    "a file that is removed and open": (
        "import os\nf = open('x', 'wb'); os.remove('x')\nwhile True: f.write(bytes(1 << 20))"
    ),
    "a deep recursion in C": "x = []\nfor _ in range(10 ** 6): x = [x]\nrepr(x)",
    "a number that is a text": "import sys; sys.set_int_max_str_digits(0); str(7 ** 10 ** 7)",
}  # fmt: skip

AT_PREDICT = {
    "NaN": "import numpy; return_value = numpy.full(len(rows), numpy.nan)",
    "infinities": "import numpy; return_value = numpy.full(len(rows), numpy.inf)",
    "numbers that are no float": "return_value = [10 ** 400] * len(rows)",
    "complex numbers": "return_value = [1j] * len(rows)",
    "a generator": "return_value = (0 for _ in range(len(rows)))",
    "an endless generator": "import itertools; return_value = itertools.count()",
    "a text": "return_value = 'x' * len(rows)",
    "a dict": "return_value = {'a': list(range(len(rows)))}",
    "lists of many lengths": "return_value = [[0] * n for n in range(len(rows))]",
    "texts of a megabyte": "return_value = ['x' * (1 << 20)] * len(rows)",
    "texts of markup": "return_value = ['<img src=x onerror=window.corpus=1>\\x1b[2J'] * len(rows)",
    "formulas": "return_value = ['=HYPERLINK(\"http://127.0.0.1:PORT/\")'] * len(rows)",
    "halves of characters": "return_value = ['\\ud800'] * len(rows)",
    "a class for each row": "return_value = [f'class {i}' for i in range(len(rows))]",
    "other answers each time": "import numpy; return_value = numpy.random.default_rng().random(len(rows))",
    "rows taken away": "rows.drop(rows.index, inplace=True); return_value = []",
    "an answer that runs something": (
        "class A:\n    def __init__(self, n): self.n = n\n    def __len__(self): return self.n\n"
        "    def __array__(self, *a, **k): open(MARKER, 'w')\nreturn_value = A(len(rows))"
    ),
    "an answer that lies of its length": (
        "class A(list):\n    def __len__(self): return 1 << 40\nreturn_value = A([0] * len(rows))"
    ),
    "an array on another's memory": (
        "import numpy; return_value = numpy.lib.stride_tricks.as_strided(numpy.zeros(1), (len(rows),), (1 << 30,))"
    ),
    "harm in the single row": (
        "import os\nif len(rows) == 1:\n    os.system('touch ' + MARKER)\nreturn_value = [0] * len(rows)"
    ),
    "harm at the hundredth question": (
        "import sys\nsys.corpus = getattr(sys, 'corpus', 0) + 1\nif sys.corpus > 100:\n    open(MARKER, 'w')\n"
        "return_value = [0] * len(rows)"
    ),
    "harm in a thread": (
        "import threading; threading.Thread(target=open, args=(MARKER, 'w')).start(); return_value = [0] * len(rows)"
    ),
    "harm at the end": (
        "import atexit; atexit.register(lambda: open(MARKER, 'w')); return_value = [0] * len(rows)"
    ),
    "an error every second time": (
        "import sys\nsys.corpus = not getattr(sys, 'corpus', False)\nif sys.corpus:\n"
        "    raise ValueError('x' * 10_000)\n"
        "return_value = [0] * len(rows)"
    ),
    "sleep when asked": "import time; time.sleep(3600)",
    "slow": "import time; time.sleep(.2 * len(rows)); return_value = [0] * len(rows)",
    "a crash when asked": "import ctypes; ctypes.string_at(0)",
    "an exit when asked": "import os; os._exit(0)",
    "an interrupt when asked": "raise KeyboardInterrupt",
    "a fork bomb when asked": "import os\nwhile True: os.fork()",
    "a full scratch folder when asked": "f = open('big', 'ab')\nwhile True: f.write(bytes(1 << 20))",
    "numpy patched when asked": "import numpy; numpy.asarray = lambda *a, **k: None; return_value = [0] * len(rows)",
    "everybody's environment when asked": (
        "import glob\nreturn_value = [''.join(open(p).read() for p in glob.glob('/proc/[0-9]*/environ'))] * len(rows)"
    ),
    "a local socket when asked": "import socket; socket.socket(socket.AF_UNIX).connect('\\0' + NAME)",
    "/dev/shm when asked": "open('/dev/shm/' + NAME, 'w')",
    "a signal when asked": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "answers kept on the disk": "open('rows', 'a').write(str(rows) * 1000); return_value = [0] * len(rows)",
}  # fmt: skip
"""The same, in a model's ``predict``."""
