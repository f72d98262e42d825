from hypothesis import settings

# Deterministic runs; wall-clock deadlines would measure the machine, not the code.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
