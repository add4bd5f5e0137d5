"""Names and texts that must not escape a folder nor break a format, put into a store by hand."""

import json
import sqlite3
import zlib

NAMES = [
    "a|b", "train/../../../etc/passwd", "../escape", ".hidden", "-rf", "tab\there", "line\nbreak", "bell\x07",
    "right\u202eto left", "<script>alert(1)</script>", "`code`", "=1+1", "@SUM(A1)", "per%cent:colon", "a//b", "/root",
    "tail/", ".", "..", "train", "x_u7c_y", "emoji 🙂", "ünïcödé", "long" * 100, " blank ", "\u2028separator", "null\u0001",
]


def png(seed):
    """A grey 4×2 PNG."""
    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    rows = b"".join(b"\0" + bytes((seed * 7 + x * 31 + y) % 256 for x in range(4)) for y in range(2))
    header = (4).to_bytes(4, "big") + (2).to_bytes(4, "big") + bytes([8, 0, 0, 0, 0])
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def spoil(folder):
    import hashlib

    db = sqlite3.connect(f"{folder}/workbench.sqlite")
    now = "2026-02-01T12:00:00.000Z"
    runs = [row[0] for row in db.execute("SELECT id FROM run ORDER BY id")]
    for index, run in enumerate(runs):
        for place, name in enumerate(NAMES):
            if (place + index) % 2:
                continue
            cursor = db.execute(
                """INSERT INTO series (runId, name, count, last, lastStep, min, minStep, max, maxStep)
                   VALUES (?, ?, 3, 9e999, 3, -0.25, 1, 9e999, 3)""", (run, name))
            for step, value in ((1, -0.25), (2, None), (3, float("inf"))):
                db.execute("INSERT INTO point VALUES (?, ?, ?)", (cursor.lastrowid, step, value))
            db.execute("UPDATE series SET nanCount = 1 WHERE id = ?", (cursor.lastrowid,))
            db.execute("INSERT OR IGNORE INTO tag VALUES (?, ?, ?)", (run, name, now))
            db.execute(
                "INSERT OR REPLACE INTO parameter VALUES (?, ?, ?, NULL, ?, 0)",
                (run, f"odd.{name}", name, json.dumps(name, ensure_ascii=False)))
            picture = png(index * 100 + place)
            digest = hashlib.sha256(picture).hexdigest()
            db.execute("INSERT OR IGNORE INTO artifact VALUES (?, 'image/png', ?, 4, 2, ?)", (digest, len(picture), picture))
            db.execute(
                "INSERT INTO runArtifact (runId, name, step, sha256, created) VALUES (?, ?, ?, ?, ?)",
                (run, name, place, digest, now))
        db.execute("INSERT INTO note (runId, text, created) VALUES (?, ?, ?)", (run, "\n".join(NAMES), now))
        label = NAMES[index % len(NAMES)]
        db.execute("UPDATE experimentRun SET label = ? WHERE runId = ?", (f"{label}{index}", run))
        db.execute("UPDATE run SET error = ? WHERE id = ?", (NAMES[(index + 5) % len(NAMES)], run))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


# What a person writes in a note: it has to be seen as it is, line by line.
NOTE = """see https://example.org/a_b, loss < 0.1 & $x^2$, ~5 min, a@b.org
1. one | two
2. *two* \\ `three`
  - indented [x](y)

# no heading
"""


def annotate(folder):
    """Notes, numbers that are none, and an experiment more, in a store that was trained."""
    db = sqlite3.connect(f"{folder}/workbench.sqlite")
    now = "2026-02-01T12:00:00.000Z"
    for place, (run,) in enumerate(db.execute("SELECT id FROM run ORDER BY id").fetchall()):
        db.execute("INSERT INTO note (runId, text, created) VALUES (?, ?, ?)", (run, NOTE, now))
        # The first points of a file, where readers guess: whole numbers (Polars looks at 100 rows), a loss that overflows.
        for name, values in (("a/counter", range(1, 121)), ("a/overflow", (1.5, float("inf"), None, -float("inf")))):
            values = list(values)
            known = [(value, step) for step, value in enumerate(values, 1) if value is not None]
            least, most = min(known), max(known)
            cursor = db.execute(
                """INSERT INTO series (runId, name, count, nanCount, last, lastStep, min, minStep, max, maxStep)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                (run, name, len(values), values.count(None), values[-1], len(values), *least, *most))
            for step, value in enumerate(values, 1):
                db.execute("INSERT INTO point VALUES (?, ?, ?)", (cursor.lastrowid, step, value))
        db.execute("UPDATE run SET error = ? WHERE id = ?", (["line\nbreak, and \"quotes\"", None][place % 2], run))
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
