"""Partners who leave files: one that leaves them well or badly, and a bank that leaves a company's payments."""

from q2c_pipelines.platforms.file_drop.emulator.partner import FAULTS, drop

__all__ = ["FAULTS", "drop"]
