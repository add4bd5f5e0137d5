"""Writes runs with the newest TensorBoard, MLflow, wandb and Trackio, for 'workbench import' to read:

    make_imports.py FOLDER

Each has NaN and infinities, steps that go back, several values at one step, a run that was resumed, one that failed, one
that was killed, and names that nearly fall together. read_imports.py says what these programs read of it themselves.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time

socket.gethostname = lambda: "example"  # part of the names of event files
os.environ |= {
    "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "MLFLOW_ALLOW_FILE_STORE": "true",
    "WANDB_MODE": "offline", "WANDB_SILENT": "true", "WANDB_DISABLE_GIT": "true", "WANDB_DISABLE_CODE": "true",
    "LOGNAME": "somebody", "USER": "somebody",
}

NESTED = {"lr": 1e-3, "optimizer": {"kind": "adam", "betas": [0.9, 0.999]}, "flag": True, "none": None, "a/b": 1, "a_b": 2,
          "batch size": 64, "layers": [{"width": 8}], "empty": {}, "text": "007", "seed": 1}
NAN, INF = float("nan"), float("inf")


def died(script, *arguments):
    """Runs a part of this file in a process that kills itself."""
    done = subprocess.run([sys.executable, __file__, script, *arguments])
    assert done.returncode == -signal.SIGKILL, done.returncode


def kill():
    os.kill(os.getpid(), signal.SIGKILL)


# TensorBoard


def tensorboard(folder):
    from tensorboard.compat.proto import event_pb2
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboardX import SummaryWriter

    # The older form, simple_value: what tensorboardX and PyTorch write.
    with SummaryWriter(f"{folder}/first") as writer:
        for step in range(5):
            writer.add_scalar("train/loss", 1 / (step + 1), step)
        for step, value in ((5, NAN), (6, INF), (7, -INF), (3, 0.75), (3, 0.625)):
            writer.add_scalar("train/loss", value, step)
        writer.add_scalar("loss", 2, 0)
        writer.add_scalar("loss ", 3, 0)
        writer.add_scalar("negative", 4, -1)
        writer.add_text("about", "a text", 0)
        writer.add_histogram("weights", [1, 2, 3], 0)
        writer.add_hparams({"lr": 0.001, "batch": 64, "kind": "adam", "flag": True}, {"hparam/loss": 0.5}, name="hparams")
    # Resumed twice: without a word, and with one that takes back what came after.
    with SummaryWriter(f"{folder}/resumed") as writer:
        for step in range(6):
            writer.add_scalar("train/loss", step, step)
    time.sleep(1.1)
    with SummaryWriter(f"{folder}/resumed") as writer:
        for step in range(3, 5):
            writer.add_scalar("train/loss", 10 + step, step)
    with SummaryWriter(f"{folder}/restarted") as writer:
        for step in range(6):
            writer.add_scalar("train/loss", step, step)
    time.sleep(1.1)
    with SummaryWriter(f"{folder}/restarted", purge_step=3) as writer:
        writer.add_scalar("train/loss", 13, 3)
    # The newer form, tensors, as TensorFlow 2 and Keras write them; with the state of an HPARAMS session.
    for name, number in (("newer", 1), ("failed", 2)):
        writer = EventFileWriter(f"{folder}/newer/{name}")

        def write(summary, step):
            writer.add_event(event_pb2.Event(wall_time=1_700_000_000 + step, step=step, summary=summary))

        write(hparams_pb({"lr": 0.01, "depth": 3, "kind": "sgd", "flag": False}, start_time_secs=1_700_000_000), 0)
        for step in range(4):
            summary = scalar_pb("epoch_loss", 2.0**-step)
            if step > 0:  # Only the first value says what it is.
                summary.value[0].ClearField("metadata")
            write(summary, step)
        write(session_end(number), 4)
        writer.close()
    died("tensorboard-killed", folder)
    # A writer that was killed within a record.
    path = f"{folder}/killed"
    file = f"{path}/{os.listdir(path)[0]}"
    with open(file, "r+b") as end:
        end.truncate(os.path.getsize(file) - 7)


def session_end(status):
    """As `tensorboard.plugins.hparams.summary.session_end_pb` makes it, which needs TensorFlow."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.plugins.hparams import metadata, plugin_data_pb2

    info = plugin_data_pb2.SessionEndInfo(status=status, end_time_secs=1_700_000_100)
    about = metadata.create_summary_metadata(plugin_data_pb2.HParamsPluginData(session_end_info=info))
    value = summary_pb2.Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
    return summary_pb2.Summary(value=[value])


def tensorboard_killed(folder):
    from tensorboard.compat.proto import event_pb2
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(f"{folder}/killed")
    for step in range(4):
        writer.add_event(event_pb2.Event(wall_time=1_700_000_000 + step, step=step, summary=scalar_pb("train/loss", step / 4)))
    writer.flush()
    kill()


# MLflow


# Not this checkout's.
SOURCE = {"mlflow.source.name": "train.py", "mlflow.source.git.commit": "0123456789abcdef0123456789abcdef01234567",
          "mlflow.source.git.branch": "main"}


def mlflow(uri, folder):
    from mlflow.tracking import MlflowClient

    import mlflow

    mlflow.set_tracking_uri(uri)
    client = MlflowClient()
    number = client.create_experiment("digits, lr", artifact_location=f"{folder}/artifacts")
    with mlflow.start_run(experiment_id=number, run_name="first",
                          tags=SOURCE | {"team": "a", "mlflow.note.content": "a note"}) as run:
        mlflow.log_params(NESTED | {"batch size": 64, "tiny": 1e-05, "long": 12345678901234567890})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        for step, value in ((5, NAN), (6, INF), (7, -INF), (3, 0.5)):
            mlflow.log_metric("loss", value, step=step)
        for value in (1, 2, 3):  # Without a step all are at 0.
            mlflow.log_metric("unnumbered", value)
            time.sleep(0.01)
        mlflow.log_metric("a/b", 1, step=-2)
        mlflow.log_metric("a_b", 1e300, step=0)
    with mlflow.start_run(run_id=run.info.run_id):
        mlflow.log_metric("loss", 0.25, step=8)
        mlflow.log_metric("loss", 0.75, step=4)
    try:
        with mlflow.start_run(experiment_id=number, run_name="failed", tags=SOURCE):
            raise RuntimeError
    except RuntimeError:
        pass
    killed = client.create_run(number, run_name="killed")
    client.log_metric(killed.info.run_id, "loss", 3, step=1)
    client.set_terminated(killed.info.run_id, "KILLED")
    client.create_run(number, run_name="running")
    client.delete_run(client.create_run(number, run_name="deleted").info.run_id)


# wandb


def wandb(folder):
    for part in ("first", "resumed", "failed"):
        subprocess.run([sys.executable, __file__, f"wandb-{part}", folder], check=part != "failed")
        time.sleep(1.1)
    died("wandb-killed", folder)
    for path, _, files in os.walk(folder):
        for name in files:
            if not name.endswith(".wandb"):
                os.remove(f"{path}/{name}")


def wandb_run(folder, **options):
    import wandb

    os.makedirs(folder, exist_ok=True)
    settings = wandb.Settings(x_disable_stats=True, x_disable_meta=True, host="example", console="off")
    return wandb.init(project="digits", dir=folder, settings=settings, **options)


def wandb_first(folder):
    import wandb

    run = wandb_run(folder, name="first", id="aaaa1111", tags=["keep"], notes="a note", config=NESTED | {"a.b": 3, "a": {"b": 4}})
    for step in range(5):
        run.log({"loss": 1 / (step + 1), "val/acc": step / 10})
    for value in (NAN, INF, -INF):
        run.log({"loss": value})
    run.log({"x": 1}, step=20)
    run.log({"x": 2}, step=20)
    run.log({"text": "hello", "nested": {"p": {"q": 1.5}}, "flag": True, "large": 2**60, "histogram": wandb.Histogram([1, 2, 3])})
    run.config.update({"late": 7})
    run.summary["best"] = 0.125
    run.finish()


def wandb_resumed(folder):
    run = wandb_run(folder, id="aaaa1111", resume="allow")
    for value in (100, 101):
        run.log({"loss": value})
    run.finish()


def wandb_failed(folder):
    run = wandb_run(folder, name="failed", id="bbbb2222", config={"lr": 0.01})
    run.log({"loss": 3})
    run.finish(exit_code=1)


def wandb_killed(folder):
    run = wandb_run(folder, name="killed", id="cccc3333", config={"lr": 0.01})
    for step in range(150):  # More than a block of the log.
        run.log({"loss": step / 4})
    time.sleep(3)
    kill()


# Trackio


def trackio(folder):
    for part in ("first", "resumed"):
        subprocess.run([sys.executable, __file__, f"trackio-{part}", folder], check=True, stdout=subprocess.DEVNULL)
    died("trackio-killed", folder)
    for name in os.listdir(folder):
        if not name.endswith(".db"):
            path = f"{folder}/{name}"
            shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)


def trackio_run(folder, **options):
    os.environ["TRACKIO_DIR"] = folder
    import trackio

    return trackio.init(project="digits", **options)


def trackio_first(folder):
    run = trackio_run(folder, name="first", config=NESTED)
    for step in range(5):
        run.log({"loss": 1 / (step + 1), "val/acc": step / 10})
    for value in (NAN, INF, -INF):
        run.log({"loss": value})
    for value in (7, 8):
        run.log({"loss": value}, step=3)
    run.log({"loss ": 1, "text": "hi", "flag": True, "large": 2**60, "nested": {"p": 1.5}, "none": None})
    run.finish()


def trackio_resumed(folder):
    run = trackio_run(folder, name="first", resume="must", config=NESTED | {"late": 7})
    run.log({"loss": 100})
    run.finish()


def trackio_killed(folder):
    run = trackio_run(folder, name="killed", config={"lr": 0.01})
    run.log({"loss": 3})
    time.sleep(3)
    kill()


def main():
    if len(sys.argv) == 3:
        return globals()[sys.argv[1].replace("-", "_")](sys.argv[2])
    folder = os.path.abspath(sys.argv[1])
    os.makedirs(folder)
    tensorboard(f"{folder}/tensorboard")
    mlflow(f"sqlite:///{folder}/mlflow.db", folder)
    mlflow(f"file://{folder}/mlruns", folder)
    wandb(f"{folder}/wandb")
    trackio(f"{folder}/trackio")


if __name__ == "__main__":
    main()
