"""What every test finds: Keras on torch, unless the caller says another backend; no deadlines."""

import os

from hypothesis import settings

os.environ.setdefault("KERAS_BACKEND", "torch")

settings.register_profile("lehr", deadline=None)  # no test asserts a time
settings.load_profile("lehr")
