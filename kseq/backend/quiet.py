"""Importing Keras without TensorFlow's start-up chatter."""

import contextlib
import logging
import os
import sys
import tempfile


@contextlib.contextmanager
def quiet_start():
    """Holds back what is written to standard error while TensorFlow is imported.

    TensorFlow's C++ side writes its first lines before it reads TF_CPP_MIN_LOG_LEVEL. They are lost on purpose,
    unless the import fails: then they are printed, for they may say why. Whoever wants the chatter sets
    TF_CPP_MIN_LOG_LEVEL to 0, and nothing is held back.
    """
    if os.environ.get("TF_CPP_MIN_LOG_LEVEL", "0") < "2" or "tensorflow" in sys.modules:
        yield
        return
    try:
        stderr = os.dup(2)
    except OSError:  # no standard error at all, as under pythonw
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except ModuleNotFoundError:
            raise  # says all there is to say
        except BaseException:
            held.seek(0)
            os.write(stderr, held.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def is_worth_saying(record):
    """Whether a line of TensorFlow's log is for a student: not that many small models were built one after another.

    TensorFlow takes the `fit` or `predict` of five models, or the generating of five, for one function that is compiled
    five times, and warns.
    """
    message = record.getMessage()
    made_by_us = "TensorFlowTrainer." in message or "Program.__init__" in message  # see kseq.backend.compiled
    return not ("triggered tf.function retracing" in message and made_by_us)


def import_keras():
    """Imports Keras, and with it its backend, without the chatter.

    Raises:
        ImportError: The backend that KERAS_BACKEND names is not installed; one line says what to do.
    """
    try:
        with quiet_start():
            import keras

            # Loading the backend is what talks; `import keras` may leave part of it to the first operation.
            keras.ops.zeros(())
    except ModuleNotFoundError as error:
        missing, backend = (error.name or "").split(".")[0], os.environ.get("KERAS_BACKEND")
        if missing != backend:
            raise
        sys.modules.pop("keras", None)
        raise ImportError(
            f'KERAS_BACKEND={backend}, but {missing} is not installed: pip install "kseq[{missing}]", or unset it for '
            "TensorFlow."
        ) from None
    logging.getLogger("tensorflow").addFilter(is_worth_saying)  # adding it again does nothing
    return keras
