import pytest
from hypothesis import settings

# Deterministic runs; wall-clock deadlines would measure the machine, not the code.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

# These take minutes each; begun last, one of them would keep one worker busy long after the others.
FIRST = ("images/test_kills", "test_training", "test_rewording", "test_mixture", "test_real_clips")

# Whole builds, training runs and kills that need no browser, JVM or Blender: `make test-quick`
# passes them over.
SLOW = (
    "test_crashes", "training/test_training", "test_lens_rl", "test_causal_scenes",
    "motion/test_recipe", "grounding/test_human", "llm/test_client", "subjects/test_open_custom",
    "test_dynavid", "test_packaging", "test_shot_detector", "test_moving_people",
    "test_scene3d", "test_guards", "test_lettered_images", "test_open_custom_categories",
    "images/test_fidelity", "test_untrusted_endpoints",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not any(name in item.nodeid for name in FIRST))
    for item in items:
        if any(name in item.nodeid for name in SLOW):
            item.add_marker(pytest.mark.slow)
