"""One `.keras` file holds model and vectorizer, and nothing in it can run code."""

import copy
import json
import os
import pickle
import zipfile

import keras
import numpy as np
import pytest

from kseq import build_sentiment_model, load_model
from kseq.tasks import ModelFileError

TEXTS = ["a lovely soup", "the tram was dull", "what a splendid novel !"]


@pytest.fixture(scope="module")
def saved(trained, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    trained.save(path)
    return path


def rewritten(saved, path, change):
    """A copy of a model file whose description went through `change`."""
    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "config.json":
                content = json.dumps(change(json.loads(content))).encode()
            new.writestr(name, content)
    return path


def test_works_in_a_new_process(trained, saved, new_process):
    code = """
import sys, json, kseq
model = kseq.load_model(sys.argv[1])
print(json.dumps(model.classify(json.loads(sys.argv[2]))))
"""
    answers = json.loads(new_process(code, saved, json.dumps(TEXTS)))
    for (label, probability), expected in zip(answers, trained.classify(TEXTS), strict=True):
        assert label == expected.label
        assert probability == pytest.approx(expected.probability, abs=1e-5)


def test_works_in_a_new_process_with_keras_own_function(trained, saved, new_process):
    code = """
import sys, keras, kseq.registered
print(keras.saving.load_model(sys.argv[1], safe_mode=True).classify("a lovely soup").label)
"""
    assert new_process(code, saved).strip() == trained.classify("a lovely soup").label


@pytest.mark.backend
def test_a_file_of_this_backend_loads_on_tensorflow_and_goes_on_training(tmp_path, new_process, reviews_file):
    from kseq import load_reviews

    reviews = load_reviews(reviews_file)
    model = build_sentiment_model(reviews.vectorizer, architecture="gru", bidirectional=True, units=8, seed=0)
    model.fit(reviews.train, epochs=1, verbose=0)
    model.save(tmp_path / "model.keras")
    code = """
import sys, kseq
model = kseq.load_model(sys.argv[1])
print(model.classify("a lovely soup").probability)
model.fit(kseq.load_reviews(sys.argv[2]).train, epochs=1, verbose=0)
"""
    printed = new_process(code, tmp_path / "model.keras", reviews_file, env={"KERAS_BACKEND": "tensorflow"})
    assert float(printed) == pytest.approx(model.classify("a lovely soup").probability, abs=1e-5)


def test_training_goes_on_after_loading(saved, small_reviews):
    model = load_model(saved)
    before = model.evaluate(small_reviews.train, return_dict=True, verbose=0)["loss"]
    steps = int(model.optimizer.iterations)
    assert steps > 0
    model.fit(small_reviews.train, epochs=3, verbose=0)
    assert int(model.optimizer.iterations) > steps
    assert model.evaluate(small_reviews.train, return_dict=True, verbose=0)["loss"] < before


@pytest.mark.parametrize(
    "copied",
    [
        keras.models.clone_model,
        lambda model: type(model).from_config(model.get_config()),
        lambda model: keras.models.model_from_json(model.to_json()),
        copy.deepcopy,
        lambda model: pickle.loads(pickle.dumps(model)),
    ],
    ids=["clone", "config", "json", "deepcopy", "pickle"],
)
def test_the_vectorizer_survives_copying(trained, copied):
    twin = copied(trained)
    twin.set_weights(trained.get_weights())
    assert twin.vectorizer == trained.vectorizer
    assert [a.label for a in twin.classify(TEXTS)] == [a.label for a in trained.classify(TEXTS)]


def test_the_vectorizer_survives_nesting(trained, tmp_path):
    ids = keras.Input((None,), dtype="int32")
    outer = keras.Model(ids, trained(ids))
    outer.save(tmp_path / "outer.keras")
    inner = next(layer for layer in load_model(tmp_path / "outer.keras").layers if hasattr(layer, "classify"))
    np.testing.assert_allclose(inner.probabilities(TEXTS), trained.probabilities(TEXTS), atol=1e-6)


def test_an_untrained_model_loads_without_a_warning(small_reviews, tmp_path, recwarn):
    build_sentiment_model(small_reviews.vectorizer, units=4).save(tmp_path / "new.keras")
    load_model(tmp_path / "new.keras")
    assert [str(warning.message) for warning in recwarn if "variable" in str(warning.message)] == []


def test_vocabulary_is_one_string_in_the_file(saved):
    config = json.loads(zipfile.ZipFile(saved).read("config.json"))
    layer = next(item for item in config["config"]["layers"] if item["class_name"] == "TokenIds")
    assert isinstance(layer["config"]["vectorizer"]["config"]["vocabulary"], str)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.keras"):
        load_model(tmp_path / "nowhere.keras")


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(saved, tmp_path, share):
    content = saved.read_bytes()
    broken = tmp_path / "broken.keras"
    broken.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFileError, match=r"broken\.keras: .*") as caught:
        load_model(broken)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("position", [0.3, 0.6, 0.8])
def test_a_damaged_file_is_refused(saved, tmp_path, position):
    content = bytearray(saved.read_bytes())
    start = int(len(content) * position)
    content[start : start + 64] = os.urandom(64)
    broken = tmp_path / "damaged.keras"
    broken.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"damaged\.keras"):
        load_model(broken)


def test_other_files_are_refused(tmp_path):
    text = tmp_path / "text.keras"
    text.write_text("no archive")
    with pytest.raises(ModelFileError, match=r"not a \.keras file"):
        load_model(text)
    archive = tmp_path / "archive.keras"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.txt", "hello")
    with pytest.raises(ModelFileError, match=r"no config\.json and no model\.weights\.h5"):
        load_model(archive)
    with pytest.raises(ModelFileError, match="found a folder"):
        load_model(tmp_path)


def test_a_lambda_layer_is_refused(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "lambda.keras")
    with pytest.raises(ModelFileError, match="Lambda, which can run code"):
        load_model(tmp_path / "lambda.keras")


@pytest.mark.parametrize(
    "intruder",
    [
        {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"},
        {"module": "builtins", "class_name": "function", "config": "eval", "registered_name": "eval"},
        {"module": "keras.utils", "class_name": "function", "config": "get_file", "registered_name": "get_file"},
        {"module": "subprocess", "class_name": "Popen", "config": {"args": "true"}, "registered_name": None},
        {"module": None, "class_name": "Popen", "config": {"args": "true"}, "registered_name": "subprocess>Popen"},
        {"module": "keras.src.utils.file_utils", "class_name": "function", "config": "join", "registered_name": None},
    ],
    ids=["os.system", "eval", "get_file", "Popen", "registered", "keras.src"],
)
def test_a_description_that_calls_for_code_is_refused(saved, tmp_path, intruder):
    def change(config):
        layer = next(item for item in config["config"]["layers"] if item["class_name"] == "Dense")
        layer["config"]["activation"] = intruder
        return config

    with pytest.raises(ModelFileError):
        load_model(rewritten(saved, tmp_path / "bad.keras", change))


def test_a_vectorizer_of_the_wrong_kind_is_refused(saved, tmp_path):
    def change(config):
        layer = next(item for item in config["config"]["layers"] if item["class_name"] == "TokenIds")
        layer["config"]["vectorizer"]["config"] = {"vocabulary": 3}
        return config

    with pytest.raises(ModelFileError, match=r"bad\.keras"):
        load_model(rewritten(saved, tmp_path / "bad.keras", change))


def test_a_class_registered_by_the_user_loads(tmp_path):
    @keras.saving.register_keras_serializable(package="student")
    class Doubled(keras.layers.Layer):
        def call(self, x):
            return 2 * x

    model = keras.Sequential([keras.Input((2,)), Doubled()])
    model.save(tmp_path / "mine.keras")
    np.testing.assert_allclose(load_model(tmp_path / "mine.keras").predict_on_batch(np.ones((1, 2))), 2)
