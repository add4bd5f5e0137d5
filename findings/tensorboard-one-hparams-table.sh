#!/bin/bash
# The HPARAMS tab of a log folder with two sweeps has the columns of one of them.
#
# One would guess: each experiment that says what it varies (`hparams_config`, one summary a sweep) has its columns in the table.
# What happens: the plugin takes the first summary that it finds, "arbitrarily", for all runs below the log folder. The other
#   sweep's runs are in the table, as rows without any of its own settings and measures. Without any summary the columns are made
#   up from the runs, and all are there.
# Version: TensorBoard 2.21.0 (Python 3.11).
# What follows for diffusion experiments: `tensorboard --logdir runs` over a sweep of learning rates and one of samplers shows one
#   of them. Write one summary with the settings and measures of all, in the log folder itself, or none at all.
# Output seen:
#   two summaries: settings ['lr'], measures ['loss'], rows 4, rows without any setting shown 2
#   no summary: settings ['lr', 'sampler'], rows 4
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0 setuptools==80.9.0
venv/bin/python -W ignore - 2>/dev/null <<'PY'
from google.protobuf import struct_pb2
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.compat.proto import event_pb2
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups, summary_v2
from tensorboard.summary.writer.event_file_writer import EventFileWriter

SWEEPS = {"rates": ("lr", [1e-3, 2e-3], "loss"), "samplers": ("sampler", ["ddim", "ddpm"], "frechet")}


def write(root, summaries):
    for sweep, (setting, values, measure) in SWEEPS.items():
        if summaries:
            config = summary_v2.hparams_config_pb(
                [summary_v2.HParam(setting, summary_v2.Discrete(values))], [summary_v2.Metric(measure)])
            writer = EventFileWriter(f"{root}/{sweep}")
            writer.add_event(event_pb2.Event(summary=config))
            writer.close()
        for place, value in enumerate(values):
            writer = EventFileWriter(f"{root}/{sweep}/run{place}")
            writer.add_event(event_pb2.Event(summary=summary_v2.hparams_pb({setting: value})))
            writer.close()


def table(root):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"hparams": 0})
    multiplexer.AddRunsFromDirectory(root)
    multiplexer.Reload()

    class Context:
        multiplexer = window_title = flags = plugin_name_to_instance = logdir = assets_zip_provider = None

    Context.data_provider = data_provider.MultiplexerDataProvider(multiplexer, root)
    context = backend_context.Context(Context)
    experiment = get_experiment.Handler(RequestContext(), context, "", api_pb2.GetExperimentRequest()).run()
    rows = list_session_groups.Handler(RequestContext(), context, "", api_pb2.ListSessionGroupsRequest(
        slice_size=100, allowed_statuses=[api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS])).run().session_groups
    settings = sorted(info.name for info in experiment.hparam_infos)
    bare = sum(1 for row in rows if not set(row.hparams) & set(settings))
    return settings, sorted(info.name.tag for info in experiment.metric_infos), len(rows), bare


write("two", True)
settings, measures, rows, bare = table("two")
print(f"two summaries: settings {settings}, measures {measures}, rows {rows}, rows without any setting shown {bare}")
assert len(settings) == 1 and len(measures) == 1 and (rows, bare) == (4, 2)
write("none", False)
settings, _, rows, bare = table("none")
print(f"no summary: settings {settings}, rows {rows}")
assert settings == ["lr", "sampler"] and (rows, bare) == (4, 0)
PY
