"""A store is a URL or an object that keeps the port."""

from cantinekit import Cantine

Cantine.open(object())  # mistake
