"""`bench ingest`: the staged upsert against a plain COPY, a replay, the API, and the memory of a file import."""

import csv
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, override_settings

from performance.bench.data import make_rules
from performance.bench.database import owner_cursor, throw_away_database
from performance.bench.timing import Contender, interleaved, timed
from performance.models import KPI, DirtyPair
from performance.permissions import MEASUREMENT_ENTER
from performance.services.ingest import Ingest
from performance.services.scheduling import scoring_paused
from prm.access.actor import SYSTEM
from prm.api.services import create_api_key
from prm.dev.database_url import with_database
from prm.tenancy.scope import tenant_scope

Say = Callable[[str], None]

PARTNERS = 1_000
BATCH = {"small": 20_000, "full": 200_000}
API_BATCH = {"small": 5_000, "full": 20_000}
FILE_ROWS = {"small": 50_000, "full": 1_000_000}
ROUNDS = 5
"""Five batches of the full scale are a million measurements."""

Rows = list[tuple[Any, ...]]


def measure_ingest(*, scale: str, say: Say) -> dict[str, Any]:
    """All figures of `bench ingest`, in a database of its own."""
    with throw_away_database() as owner_url, scoring_paused():
        bench = IngestBench(owner_url, scale, say)
        return {
            "upsert_vs_indexed_copy": bench.upsert_against_copy(),
            "replay_rows_written": bench.replay(),
            "api_bulk_vs_upsert": bench.api_against_upsert(),
            "peak_memory_mb": bench.memory_of_a_file(),
        }


class IngestBench:
    """The measurements over one tenant without facts."""

    def __init__(self, owner_url: str, scale: str, say: Say) -> None:
        self.owner_url = owner_url
        self.scale = scale
        self.say = say
        self.tenant = make_rules("bench-ingest", partners=PARTNERS)
        with tenant_scope(self.tenant), connection.cursor() as cursor:
            cursor.execute("SELECT external_id, id FROM partners_partner WHERE tenant_id = %s", [self.tenant.pk])
            self.partner_ids = dict(cursor.fetchall())
            self.kpi_ids = dict(KPI.objects.values_list("code", "id"))
        self._last: Rows = []

    def upsert_against_copy(self) -> float:
        """New rows: stage, check, upsert and mark, against COPY of the finished rows into a twin without policies."""
        with owner_cursor(self.owner_url) as cursor:
            cursor.execute("CREATE TABLE twin (LIKE performance_measurement INCLUDING ALL)")
        size = BATCH[self.scale]
        batches = iter(range(ROUNDS))
        twin_file = io.BytesIO()

        def prepare() -> None:
            nonlocal twin_file
            self._last = self._rows(f"batch{next(batches)}", size)
            twin_file = self._resolved(self._last)

        seconds = interleaved(
            [
                Contender("upsert", lambda: self._upsert(self._last), prepare),
                Contender("copy", lambda: self._copy(twin_file)),
            ],
            rounds=ROUNDS,
        )
        self.say(f"{size} rows: upsert {seconds['upsert']:.2f} s, COPY into the indexed twin {seconds['copy']:.2f} s")
        return round(seconds["upsert"] / seconds["copy"], 3)

    def replay(self) -> int:
        """The last batch again: rows written and marks made, which must be none."""
        with tenant_scope(self.tenant):
            DirtyPair.objects.all().delete()
        counts = self._upsert(self._last)
        with tenant_scope(self.tenant):
            return counts.created + counts.updated + DirtyPair.objects.count()

    def api_against_upsert(self) -> float:
        """The same number of new rows as JSON through the API, middleware and all, against the upsert alone."""
        with tenant_scope(self.tenant):
            _key, text = create_api_key(actor=SYSTEM, name="Bench", scopes=[str(MEASUREMENT_ENTER)])
        size = API_BATCH[self.scale]
        bodies = [self._body(self._rows(f"api{number}", size)) for number in range(ROUNDS)]
        batches = [self._rows(f"plain{number}", size) for number in range(ROUNDS)]
        api, plain = [], []
        with override_settings(ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
            for body, rows in zip(bodies, batches, strict=True):
                api.append(timed(partial(self._post, body, text)))
                plain.append(timed(partial(self._upsert, rows)))
        self.say(f"{size} rows: API {statistics.median(api):.2f} s, upsert {statistics.median(plain):.2f} s")
        return round(statistics.median(api) / statistics.median(plain), 3)

    def memory_of_a_file(self) -> int:
        """Peak resident memory, in MB, of a process that imports a file."""
        size = FILE_ROWS[self.scale]
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "measurements.csv"
            self._write_file(path, size)
            with (Path(directory) / "output").open("w+") as output:
                process = subprocess.Popen(
                    [
                        sys.executable,
                        "manage.py",
                        "import_data",
                        "--kind=measurements",
                        f"--tenant={self.tenant.slug}",
                        "--json",
                        str(path),
                    ],
                    cwd=settings.BASE_DIR,
                    env={**os.environ, "DATABASE_URL": self._app_url(), "DATABASE_OWNER_URL": self.owner_url},
                    stdout=output,
                )
                peak = _peak_memory(process)
                output.seek(0)
                text = output.read()
        if process.returncode:
            raise SystemExit(f"The import failed: {text[:2000]}")
        self.say(f"a file of {size} rows: {text[:200]}")
        return peak

    def _rows(self, prefix: str, size: int) -> Rows:
        """Staging rows: partner, KPI and day drawn by number, as text."""
        codes = list(self.kpi_ids)
        rows = []
        for number in range(size):
            month, day = number // 7 % 12 + 1, number % 28 + 1
            rows.append(
                (
                    number,
                    f"P{number * 7919 % PARTNERS}",
                    codes[number % len(codes)],
                    f"2024-{month:02d}-{day:02d}",
                    f"{number % 997}.{number % 89:02d}",
                    str(1000 + number % 9),
                    f"{prefix}-{number:08d}",
                    "bench",
                    None,
                    None,
                    None,
                )
            )
        return rows

    def _resolved(self, rows: Rows) -> io.BytesIO:
        """The same rows as a file with ids, ready for COPY."""
        text = io.StringIO()
        writer = csv.writer(text)
        for row in rows:
            writer.writerow(
                (self.tenant.pk, "bench", row[6], self.partner_ids[row[1]], self.kpi_ids[row[2]], *row[3:6])
            )
        return io.BytesIO(text.getvalue().encode())

    def _upsert(self, rows: Rows) -> Any:
        with tenant_scope(self.tenant), Ingest() as ingest:
            ingest.stage(rows)
            ingest.check()
            return ingest.commit()

    def _copy(self, file: io.BytesIO) -> None:
        with owner_cursor(self.owner_url) as cursor:
            cursor.copy_expert(
                "COPY twin (tenant_id, source, external_id, partner_id, kpi_id, occurred_on, value, weight) "
                "FROM STDIN WITH (FORMAT csv)",
                file,
            )

    @staticmethod
    def _body(rows: Rows) -> bytes:
        keys = ("partner", "kpi", "occurred_on", "value", "weight", "external_id")
        return json.dumps({"source": "api", "rows": [dict(zip(keys, row[1:7], strict=True)) for row in rows]}).encode()

    def _post(self, body: bytes, key: str) -> None:
        response = Client().generic(
            "POST",
            "/api/v1/measurements/bulk/",
            body,
            content_type="application/json",
            headers={"authorization": f"Bearer {key}"},
        )
        if response.status_code != 200:
            raise SystemExit(f"The API answered {response.status_code}: {response.content[:1000]!r}")

    def _write_file(self, path: Path, size: int) -> None:
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["partner", "kpi", "occurred_on", "value", "weight", "source", "external_id"])
            for start in range(0, size, 50_000):
                rows = self._rows(f"file{start}", min(50_000, size - start))
                writer.writerows((*row[1:6], "file", row[6]) for row in rows)

    def _app_url(self) -> str:
        return with_database(os.environ["DATABASE_URL"], connection.settings_dict["NAME"])


def _peak_memory(process: subprocess.Popen[bytes]) -> int:
    """Peak resident memory of a process in MB, followed until it ends.

    What the system says afterwards would include the memory of the process that started it.
    """
    status = Path(f"/proc/{process.pid}/status")
    peak = 0
    while process.poll() is None:
        with suppress(OSError, StopIteration):
            line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
            peak = max(peak, int(line.split()[1]) // 1024)
        time.sleep(0.05)
    return peak
