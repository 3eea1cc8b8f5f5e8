"""The bench of the engine's tests: an app on a loopback model, without an editor."""

from tests.engine.conftest import bench, key

__all__ = ["bench", "key"]
