"""llmproxy's mock and proxy for tests in Python: ``Mock`` and ``Proxy`` start them, the plugin has them as fixtures."""

from .control import ControlError, MockControl
from .process import CommandMissing, Mock, Proxy, StartFailed

__all__ = ["CommandMissing", "ControlError", "Mock", "MockControl", "Proxy", "StartFailed"]
