"""Names in model files that somebody has thought of: those of the models' own libraries, harmless ones, dangerous ones.

The list of dangerous ones is never complete, which is why nothing rests on it.
"""

import numpy as np

LIBRARIES = {
    "sklearn": "scikit-learn", "xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost", "numpy": "NumPy",
    "scipy": "SciPy", "pandas": "pandas", "joblib": "joblib", "_catboost": "CatBoost", "pyarrow": "Arrow",
}  # fmt: skip
"""Module -> what the library is called."""

FUNCTIONS = {
    "_reconstruct", "scalar", "dtype", "ndarray", "_frombuffer", "__randomstate_ctor", "__generator_ctor",
    "__bit_generator_ctor", "_unpickle_block", "new_block", "_new_Index", "_new_DatetimeIndex", "csr_matrix",
    "csc_matrix", "coo_matrix", "csr_array", "csc_array", "expit", "logit", "f_classif", "f_regression", "chi2",
    "mutual_info_classif", "mutual_info_regression", "log1p", "expm1", "log", "exp", "sqrt", "mean", "median", "sum",
    "isnan", "_kmeans_single_lloyd", "_kmeans_single_elkan", "norm_gen", "rv_frozen", "lambda_min",
    "newObj", "newInterval", "_identity", "_no_nesting", "__ufunc_reconstruct", "_ufunc_reconstruct", "lil_matrix",
    "_deserialize_model", "_mareconstruct", "make_column_selector", "check_array", "clip", "nan_to_num",
}  # fmt: skip
"""In lower case, in the libraries, and nothing but what a model is made of."""

ARITHMETIC = {name for name, found in vars(np).items() if isinstance(found, np.ufunc)}
"""NumPy's functions of one number or two, which pipelines name."""

NUMPY_TYPES = {
    "float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "uint16", "uint32", "uint64", "bool_",
    "bool", "str_", "bytes_", "object_", "datetime64", "timedelta64", "complex128", "intp", "longlong", "longdouble",
}  # fmt: skip

BUILTINS = {
    "object", "list", "dict", "set", "frozenset", "tuple", "int", "float", "str", "bytes", "bytearray", "bool",
    "complex", "slice", "range", "NotImplemented", "Ellipsis", "len", "abs", "min", "max", "sum", "round", "unicode",
    "long", "xrange", "basestring",
}  # fmt: skip
HARMLESS = {
    *(("builtins", name) for name in BUILTINS),
    *(("collections", name) for name in ("OrderedDict", "defaultdict", "Counter", "deque")),
    *(("datetime", name) for name in ("datetime", "date", "time", "timedelta", "timezone")),
    ("copyreg", "_reconstructor"), ("_codecs", "encode"), ("decimal", "Decimal"), ("fractions", "Fraction"),
    ("uuid", "UUID"), ("pathlib", "PosixPath"), ("pathlib", "PurePosixPath"), ("pathlib", "WindowsPath"),
    ("re", "_compile"), ("math", "log"), ("math", "exp"), ("math", "sqrt"), ("math", "log1p"),
    ("functools", "partial"),  # what it calls, the file has to name as well
    ("joblib.numpy_pickle", "NumpyArrayWrapper"), ("zoneinfo", "ZoneInfo"), ("zoneinfo._common", "ZoneInfo"),
}  # fmt: skip

_PROGRAMS = "runs programs"
_CODE = "runs code"
_NETWORK = "reaches the network"
_FILES = "reads or writes files"
_MEMORY = "reaches the memory of the process"
_OPENS = "opens another pickle, with whatever that imports"
_CALLS = "calls or fetches whatever it is told"
_BROUGHT = "makes functions of code that came with the file"
DANGEROUS_MODULES = {
    **dict.fromkeys(("os", "posix", "nt", "subprocess", "pty", "_posixsubprocess", "multiprocessing", "commands",
                     "popen2", "distutils", "setuptools", "pip", "ensurepip", "venv", "webbrowser", "antigravity",
                     "asyncio", "concurrent", "sched", "signal", "_signal"), _PROGRAMS),
    **dict.fromkeys(("sys", "importlib", "runpy", "code", "codeop", "pdb", "bdb", "cProfile", "profile", "trace",
                     "timeit", "doctest", "pydoc", "imp", "pkgutil", "zipimport", "site", "builtins.__loader__",
                     "_frozen_importlib", "_frozen_importlib_external", "ast", "dis", "inspect", "unittest", "pytest",
                     "_pytest", "IPython", "lib2to3", "compileall", "py_compile", "idlelib", "threading", "_thread",
                     "_testcapi", "gc", "weakref", "atexit", "codecs", "warnings", "logging"), _CODE),
    **dict.fromkeys(("socket", "_socket", "socketserver", "ssl", "http", "urllib", "urllib2", "urllib3", "ftplib",
                     "smtplib", "poplib", "imaplib", "telnetlib", "nntplib", "xmlrpc", "requests", "httpx", "aiohttp",
                     "boto3", "botocore", "paramiko", "fsspec", "s3fs", "mlflow"), _NETWORK),
    **dict.fromkeys(("shutil", "io", "_io", "tempfile", "glob", "fileinput", "linecache", "zipfile", "tarfile",
                     "sqlite3", "_sqlite3", "dbm", "shelve", "mmap", "fcntl", "joblib.memory", "joblib.disk",
                     "numpy.lib.npyio", "numpy.lib._npyio_impl", "numpy.lib._datasource", "numpy.lib.format",
                     "numpy._core.memmap", "numpy.core.memmap", "pandas.io", "scipy.io", "sklearn.datasets",
                     "pyarrow.fs", "pyarrow.parquet"), _FILES),
    **dict.fromkeys(("ctypes", "_ctypes", "cffi", "numpy.ctypeslib", "numba", "llvmlite"), _MEMORY),
    **dict.fromkeys(("pickle", "_pickle", "cPickle", "dill", "torch", "joblib.numpy_pickle", "skops", "marshal",
                     "joblib.numpy_pickle_utils", "joblib.numpy_pickle_compat", "pandas.compat.pickle_compat"), _OPENS),
    **dict.fromkeys(("operator", "_operator", "functools", "_functools", "types", "itertools"), _CALLS),
    **dict.fromkeys(("cloudpickle", "joblib.externals.cloudpickle"), _BROUGHT),
    **dict.fromkeys(("numpy.testing", "numpy.distutils", "numpy.f2py", "numpy.lib.utils", "numpy._pytesttester",
                     "scipy._lib._testutils", "pandas.core.computation", "pandas.util", "pandas._testing",
                     "sklearn.utils._testing", "sklearn.externals", "joblib.externals", "joblib.parallel",
                     "joblib.pool", "joblib.executor", "joblib._parallel_backends", "xgboost.tracker", "xgboost.dask",
                     "xgboost.spark", "lightgbm.dask"), _CODE),
}  # fmt: skip
"""Module, and whatever is in it -> why."""

DANGEROUS_NAMES = {
    **dict.fromkeys(("pandas.eval", "pandas.DataFrame.eval", "pandas.DataFrame.query", "numpy.vectorize",
                     "numpy.apply_along_axis", "numpy.fromfunction", "numpy.fromiter", "numpy.piecewise",
                     "pandas.core.frame.DataFrame.eval", "pandas.core.frame.DataFrame.query",
                     "pandas.core.frame.DataFrame.apply", "copyreg.add_extension", "copyreg.constructor",
                     "copyreg.pickle", "joblib.Parallel", "joblib.delayed"), _CODE),
    **dict.fromkeys(("numpy.load", "pandas.read_pickle", "joblib.load"), _OPENS),
    **dict.fromkeys(("numpy.fromfile", "numpy.loadtxt", "numpy.genfromtxt", "numpy.memmap", "numpy.save",
                     "numpy.savetxt", "numpy.savez", "numpy.DataSource", "joblib.Memory", "joblib.dump",
                     "pandas.read_csv", "pandas.HDFStore", "pandas.read_json", "pandas.read_html",
                     "pandas.core.frame.DataFrame.to_csv", "pandas.core.generic.NDFrame.to_csv"), _FILES),
}  # fmt: skip
"""Of modules that are not dangerous as such."""
