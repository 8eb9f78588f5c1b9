"""Where the launcher keeps its state inside a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / ".data"
LOGS = DATA / "logs"
"""What each process wrote since it was last started."""
