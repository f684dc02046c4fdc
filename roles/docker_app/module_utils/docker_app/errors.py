"""What can go wrong, by cause."""

from __future__ import annotations


class HostError(Exception):
    """Nothing can be done on this host."""


class AppError(Exception):
    """One app could not be deployed; `logs` are its containers' last lines."""

    def __init__(self, message: str, logs: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.logs = logs

    def __str__(self) -> str:
        return self.message + ("\n" + self.logs if self.logs else "")
