"""What a file can be that somebody takes for a model: kinds that are opened, and kinds that are uploaded by mistake."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """name: for programs. words: for a sentence. suffixes: that a file of this kind may have. model: whether it can be
    opened as one. advice: what to do where it is none; empty where there is nothing to say."""

    name: str
    words: str
    suffixes: tuple[str, ...] = ()
    model: bool = False
    advice: str = ""


_PICKLES = (".pkl", ".pickle", ".joblib", ".sav", ".p")

PICKLE = Kind("pickle", "a pickle", _PICKLES, model=True)
JOBLIB = Kind("joblib", "a joblib file", (*_PICKLES, ".z", ".gz", ".bz2", ".xz", ".lzma", ".lz4"), model=True)
SKOPS = Kind("skops", "a skops file", (".skops",), model=True)
MLFLOW_ZIP = Kind("mlflow-zip", "an MLflow model folder as a zip", (".zip",), model=True)
MLFLOW_FOLDER = Kind("mlflow-folder", "an MLflow model folder", model=True)
XGBOOST_JSON = Kind("xgboost-json", "an XGBoost model in JSON", (".json",), model=True)
XGBOOST_UBJ = Kind("xgboost-ubj", "an XGBoost model in UBJSON", (".ubj", ".xgb"), model=True)
LIGHTGBM = Kind("lightgbm", "a LightGBM model as text", (".txt", ".lgb"), model=True)
CATBOOST = Kind("catboost", "a CatBoost model", (".cbm", ".cb"), model=True)
ONNX = Kind("onnx", "an ONNX graph", (".onnx",), model=True)

MODELS = (PICKLE, JOBLIB, SKOPS, MLFLOW_ZIP, XGBOOST_JSON, XGBOOST_UBJ, LIGHTGBM, CATBOOST, ONNX)
VALID = (
    "a pickle or joblib file, skops, XGBoost's JSON or UBJSON, LightGBM's text, CatBoost's cbm, ONNX, or an MLflow "
    "model folder as a zip"
)

EMPTY = Kind("empty", "an empty file", advice="look at it where it comes from")
DAMAGED = Kind("damaged", "a compressed file that is damaged", advice="fetch it again")
TWICE = Kind("twice", "a file that is compressed more than once", advice="unpack it once, then upload it")
LFS = Kind(
    "git-lfs", "a pointer of Git LFS to a file that is elsewhere", advice="`git lfs pull` fetches the file itself"
)
HTML = Kind(
    "html",
    "a web page (HTML)",
    (".html", ".htm"),
    advice="it may be the sign-in page that was saved instead of the file",
)
PMML = Kind("pmml", "a model in PMML", (".pmml", ".xml"), advice="PMML is not opened here; save the model as ONNX")
XML = Kind("xml", "an XML document", (".xml", ".svg"))
NOTEBOOK = Kind(
    "notebook", "a Jupyter notebook", (".ipynb",), advice="have the notebook save the model, and upload that"
)
JSON = Kind("json", "a JSON document that is no XGBoost model", (".json",))
CATBOOST_JSON = Kind("catboost-json", "a CatBoost model in JSON", (".json",), advice="save it with format='cbm'")
MLMODEL = Kind("mlmodel", "the MLmodel file alone", ("",), advice="upload the whole model folder as a zip")
PYTHON = Kind("python", "source code in Python", (".py",), advice="upload the model that it saves")
MARKED = Kind(
    "marked-text",
    "a model as text that begins with the mark of an encoding (a BOM, as of UTF-16)",
    (".json", ".txt"),
    advice="its library reads UTF-8 without one; save the file as that, or have the model saved anew",
)
CSV = Kind("csv", "a table (CSV)", (".csv", ".tsv", ".txt"), advice="data go into the field for a sample")
TEXT = Kind("text", "text", (".txt", ".md", ".log", ".yaml", ".yml"))
PARQUET = Kind("parquet", "a table (Parquet)", (".parquet",), advice="data go into the field for a sample")
ARROW = Kind("arrow", "a table (Arrow)", (".feather", ".arrow"), advice="data go into the field for a sample")
NUMPY = Kind("numpy", "an array of NumPy", (".npy", ".npz"))
HDF5 = Kind(
    "hdf5",
    "an HDF5 file, as Keras wrote its models",
    (".h5", ".hdf5"),
    advice="Keras is not opened here; save it as ONNX",
)
KERAS = Kind("keras", "a Keras model", (".keras",), advice="Keras is not opened here; save it as ONNX")
PYTORCH = Kind(
    "pytorch", "a PyTorch file", (".pt", ".pth", ".bin"), advice="PyTorch is not opened here; save it as ONNX"
)
SAFETENSORS = Kind(
    "safetensors", "weights without a model (safetensors)", (".safetensors",), advice="save the model as ONNX"
)
GGUF = Kind("gguf", "a language model (GGUF)", (".gguf",))
TFLITE = Kind("tflite", "a TensorFlow Lite model", (".tflite",), advice="it is not opened here; save the model as ONNX")
XGBOOST_OLD = Kind(
    "xgboost-binary",
    "an XGBoost model in the old binary format",
    (".model", ".bin"),
    advice="save it again as .ubj or .json",
)
R_DATA = Kind("r", "an object of R", (".rds", ".rda", ".rdata"), advice="R is not opened here; save the model as ONNX")
SQLITE = Kind("sqlite", "an SQLite database", (".db", ".sqlite"))
PROGRAM = Kind("program", "a program (ELF, PE or Mach-O)", (".exe", ".so", ".dll", ".dylib"))
PDF = Kind("pdf", "a PDF document", (".pdf",))
IMAGE = Kind("image", "an image", (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tiff"))
OFFICE = Kind("office", "a document of an office suite", (".xlsx", ".docx", ".pptx", ".ods", ".odt"))
WHEEL = Kind("package", "a package of Python or Java", (".whl", ".jar", ".egg"))
ARCHIVE = Kind(
    "archive",
    "an archive (tar, 7z, RAR or zstd)",
    (".tar", ".tgz", ".7z", ".rar", ".zst"),
    advice="of archives, the zip of an MLflow model folder is opened",
)
ZIP = Kind(
    "zip",
    "a zip without an MLmodel",
    (".zip",),
    advice="an MLflow model folder has its MLmodel at the top, or in its one folder",
)
ZIPPED_FILES = Kind(
    "zipped-files",
    "a zip of model files, without an MLmodel",
    (".zip",),
    advice="upload one of them by itself; an MLflow model folder has its MLmodel at the top, or in its one folder",
)
BROKEN_ZIP = Kind("broken-zip", "a zip that cannot be read", (".zip",), advice="fetch it again")
UNKNOWN = Kind("unknown", "bytes of no kind that is known here")
