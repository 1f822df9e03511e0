"""Loading a `.keras` file: model and vectorizer together, and nothing in the file can run code."""

import json
import re
import zipfile
import zlib
from pathlib import Path

import keras

import kseq.registered  # noqa: F401  makes kseq's classes known to Keras

# The parts of Keras that only compute; others read, write and download files. First those with functions that a file
# may name, then those with classes.
FUNCTIONS = "activations|constraints|initializers|losses|metrics|ops|regularizers"
CLASSES = f"{FUNCTIONS}|backend|dtype_policies|layers|models|optimizers|quantizers|random"
FUNCTION_MODULE = re.compile(rf"keras\.(src\.)?({FUNCTIONS})(\..*)?")
CLASS_MODULE = re.compile(rf"keras|keras\.(src\.)?({CLASSES})(\..*)?")
# Keras objects that bring code or other files with them, whatever `safe_mode` says.
REFUSED = {"Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "__lambda__"}


class ModelFileError(ValueError):
    """A model file that cannot be used; the message is one line that says why."""


def load_model(path):
    """Loads a model saved with `model.save(path)`, compiled and with its vectorizer.

    Before Keras builds anything, the file's description of the model is read: it may name only classes of Keras,
    of kseq, or classes that this program has registered itself, and none that carry code (`Lambda` and the
    like). The rest is Keras's own loading with `safe_mode=True`.

    Args:
        path: A `.keras` file.

    Returns:
        The model, with its verb (`classify`, …) where it is a kseq model; any other Keras model as it is.

    Raises:
        FileNotFoundError: There is no such file.
        ModelFileError: The file is broken, is no Keras model, or names something that could run code.
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"No model file {path}: expected a .keras file made by `model.save`.")
    check_config(read_config(path), path)
    try:
        return keras.saving.load_model(path, safe_mode=True)
    except Exception as error:  # a damaged file fails in as many ways as it has bytes
        raise ModelFileError(f"{path}: Keras could not rebuild the model ({one_line(error)})") from error


def read_config(path):
    """The model's description, a nested dictionary, from a `.keras` archive whose checksums hold."""
    if not path.is_file():
        raise ModelFileError(f"{path}: expected a .keras file, found a folder.")
    try:
        with zipfile.ZipFile(path) as archive:
            damaged = archive.testzip()
            if damaged:
                raise ModelFileError(f"{path}: the file is damaged (its part {damaged} does not match its checksum).")
            missing = {"config.json", "model.weights.h5"} - set(archive.namelist())
            if missing:
                raise ModelFileError(f"{path}: not a Keras model (it has no {' and no '.join(sorted(missing))}).")
            return json.loads(archive.read("config.json"))
    except zipfile.BadZipFile as error:
        raise ModelFileError(f"{path}: not a .keras file, or cut short ({one_line(error)}).") from error
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, RecursionError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"{path}: the file is damaged ({one_line(error)}).") from error


def check_config(config, path):
    """Walks the description and refuses every class that is neither Keras's, kseq's nor registered here."""
    waiting = [config]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "class_name" in item:
                check_class(item, path)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def check_class(item, path):
    """Refuses one description of an object if building it could run code from elsewhere."""
    name = str(item["class_name"])
    module = item.get("module")
    registered = item.get("registered_name")
    if name in REFUSED:
        raise ModelFileError(f"{path}: the model contains a {name}, which can run code; it is not loaded.")
    if registered and keras.saving.get_registered_object(registered) is not None:
        return
    if module is None and name.startswith("__"):  # a tensor, a slice and the like, written down as data
        return
    if name == "function":
        name = str(item.get("config"))
        if FUNCTION_MODULE.fullmatch(str(module)):
            return
        if module == "builtins" and any(hasattr(getattr(keras, part), name) for part in FUNCTIONS.split("|")):
            return
    elif CLASS_MODULE.fullmatch(str(module)):
        return
    raise ModelFileError(
        f"{path}: the model needs {module}.{name}, which is neither Keras's nor kseq's. If it is yours, import the "
        "file that defines it and register it with keras.saving.register_keras_serializable first."
    )


def one_line(error, limit=200):
    """The first line of an error, cut where it gets long: Keras likes to print whole vocabularies."""
    text = str(error).strip().split("\n")[0] or type(error).__name__
    return text if len(text) <= limit else text[:limit] + "…"
