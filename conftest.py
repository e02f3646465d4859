"""What every test finds: Keras on torch, unless the caller says another backend."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
