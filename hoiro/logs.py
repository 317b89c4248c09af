"""One log format that cannot repeat what a person wrote, where they are, or a follow link."""

import logging
import traceback
from types import TracebackType


class QuietFormatter(logging.Formatter):
    """Our own lines in full; other people's as logger, level and status only.

    Django logs paths (follow tokens), and an exception's message may quote the text that caused it, so both
    are left out: a traceback keeps the exception's class, the files and the lines.
    """

    def format(self, record: logging.LogRecord) -> str:
        ours = record.name == "hoiro" or record.name.startswith("hoiro.")
        said = record.getMessage() if ours else f"status {getattr(record, 'status_code', '-')}"
        line = f"{self.formatTime(record)} {record.levelname} {record.name}: {said}"
        if record.exc_info and record.exc_info[0]:
            line += "\n" + self.formatException(record.exc_info)
        return line

    def formatException(
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        kind, _, trace = ei
        frames = traceback.extract_tb(trace)
        steps = [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        return "\n".join([*steps, f"  {kind.__name__ if kind else 'unknown'}"])
