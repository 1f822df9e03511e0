"""What a saved model names can be found again: every class is registered, under a name of its own."""

import re
from collections import Counter

from kseq.cli.verbs import MODULES

REGISTERED = re.compile(r'register_keras_serializable\(package="kseq"(?:, name="(\w+)")?\)\n(?:class|def) (\w+)')


def test_importing_registered_is_enough_to_load_every_model(new_process):
    code = (
        "import sys, keras, kseq.registered\n"
        "print(*[name for name in sys.argv[1:] if keras.saving.get_registered_object(f'kseq>{name}') is None])"
    )
    assert new_process(code, *MODULES).split() == []


def test_no_two_classes_share_a_name(checkout):
    """Of two that do, the one that is imported later would be built from the other's file, without a word."""
    found = Counter()
    for path in (checkout / "kseq").rglob("*.py"):
        found.update(alias or name for alias, name in REGISTERED.findall(path.read_text("utf-8")))
    assert len(found) > 20
    assert [name for name, count in found.items() if count > 1] == []
