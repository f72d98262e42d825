import sys

from hypothesis import settings

# Great Expectations imports pyspark.sql.connect, which takes a main module without a file (that of
# a pytest-xdist worker) for a doctest run and exits the process.
if not hasattr(sys.modules["__main__"], "__file__"):
    sys.modules["__main__"].__file__ = __file__

# Deterministic runs; wall-clock deadlines would measure the machine, not the code.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")
