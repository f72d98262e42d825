import pytest
from hypothesis import settings

# Deterministic runs; wall-clock deadlines would measure the machine, not the code.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

# These take minutes each; begun last, one of them would keep one worker busy long after the others.
FIRST = ("images/test_kills", "test_training", "test_rewording", "test_mixture", "test_real_clips")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.nodeid for name in FIRST))
