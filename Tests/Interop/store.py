"""A run store, read with sqlite3 alone: what the exports are held against."""

import json
import math
import sqlite3


class Store:
    def __init__(self, folder):
        self.db = sqlite3.connect(f"file:{folder}/workbench.sqlite?mode=ro", uri=True)
        self.db.row_factory = sqlite3.Row

    def runs(self, experiment):
        """Runs that the experiment's file asks for, by id."""
        rows = self.db.execute(
            """SELECT run.*, member.label FROM run JOIN experimentRun AS member ON member.runId = run.id
               JOIN experiment ON experiment.id = member.experimentId
               WHERE experiment.name = ? AND NOT member.orphan""",
            (experiment,),
        )
        return {row["id"]: row for row in rows}

    def points(self, run):
        """{metric: [(step, value)]}; NaN is NaN."""
        points = {}
        for metric, step, value in self.db.execute(
            "SELECT metric, step, value FROM history WHERE runId = ? ORDER BY metric, step", (run,)
        ):
            points.setdefault(metric, []).append((step, math.nan if value is None else value))
        return points

    def parameters(self, run):
        """{path: value}, as JSON has it."""
        rows = self.db.execute("SELECT path, json, value FROM parameter WHERE runId = ?", (run,))
        return {path: (json.loads(text), value) for path, text, value in rows}

    def swept(self, run):
        rows = self.db.execute("SELECT key FROM params WHERE runId = ? AND swept", (run,))
        return {row[0] for row in rows}

    def tags(self, run):
        return {row[0] for row in self.db.execute("SELECT name FROM tags WHERE runId = ?", (run,))}

    def notes(self, run):
        return [row[0] for row in self.db.execute("SELECT text FROM note WHERE runId = ? ORDER BY id", (run,))]

    def environment(self, run):
        """Of its last attempt."""
        rows = self.db.execute(
            """SELECT key, value FROM environment WHERE runId = ?
               AND attempt = (SELECT max(attempt) FROM environment WHERE runId = ?)""", (run, run))
        return dict(map(tuple, rows))

    def pictures(self, run):
        return list(
            self.db.execute(
                """SELECT runArtifact.name, step, content FROM runArtifact JOIN artifact USING (sha256)
                   WHERE runId = ? AND mediaType = 'image/png' ORDER BY name, step""",
                (run,),
            )
        )


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def same_points(a, b):
    return len(a) == len(b) and all(x[0] == y[0] and same(x[1], y[1]) for x, y in zip(a, b))
