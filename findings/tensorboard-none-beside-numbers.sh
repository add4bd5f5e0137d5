#!/bin/bash
# A sweep over [none, 0.9] has an HPARAMS column that cannot be sorted.
#
# One would guess: a column whose values are text and numbers is sorted as text, which is the type that the plugin gives it.
# What happens: the type is "string", but values stay what they are, and the request that a click on the column's head sends compares
#   "none" with 0.9: a TypeError in TensorBoard's log, status 500, and a table that does not change. A run that lacks the value
#   instead comes last (or first), and the column is one of numbers.
# Version: TensorBoard 2.21.0 (Python 3.11).
# What follows for diffusion experiments: moving averages, clipping, guidance and dropout are "none or a number". Log such a
#   hyperparameter only where it is a number, or as text in all runs.
# Output seen:
#   'none' beside 0.9 and 0.99: type STRING; sorting: TypeError, '<' not supported between instances of 'str' and 'float'
#   none left out: type FLOAT64; sorted: [0.9, 0.99, None]
#   all as text: type STRING; sorted: ['0.9', '0.99', 'none']
set -eu; t=$(mktemp -d); trap 'rm -rf "$t"' EXIT; cd "$t"
python3 -m venv venv; venv/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0
venv/bin/python -W ignore - 2>/dev/null <<'PY'
from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.compat.proto import event_pb2
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups, summary_v2
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def look(title, values):
    root = title.replace(" ", "")
    for place, value in enumerate(values):
        writer = EventFileWriter(f"{root}/run{place}")
        hyperparameters = {"batch": 64.0} | ({} if value is None else {"ema": value})
        writer.add_event(event_pb2.Event(summary=summary_v2.hparams_pb(hyperparameters)))
        writer.close()
    multiplexer = plugin_event_multiplexer.EventMultiplexer(tensor_size_guidance={"hparams": 0})
    multiplexer.AddRunsFromDirectory(root)
    multiplexer.Reload()

    class Context:
        multiplexer = window_title = flags = plugin_name_to_instance = logdir = assets_zip_provider = None

    Context.data_provider = data_provider.MultiplexerDataProvider(multiplexer, root)
    context = backend_context.Context(Context)
    found = get_experiment.Handler(RequestContext(), context, "", api_pb2.GetExperimentRequest()).run()
    kind = api_pb2.DataType.Name(next(info.type for info in found.hparam_infos if info.name == "ema"))
    request = api_pb2.ListSessionGroupsRequest(
        slice_size=100, allowed_statuses=[api_pb2.STATUS_UNKNOWN, api_pb2.STATUS_SUCCESS],
        col_params=[api_pb2.ColParams(hparam="ema", order=api_pb2.ORDER_ASC)])
    try:
        groups = list_session_groups.Handler(RequestContext(), context, "", request).run().session_groups
        rows = [group.hparams["ema"] if "ema" in group.hparams else None for group in groups]
        answer = f"sorted: {[row and getattr(row, row.WhichOneof('kind')) for row in rows]}"
    except TypeError as error:
        answer = f"sorting: TypeError, {error}"
    line = f"{title}: type {kind.removeprefix('DATA_TYPE_')}; {answer}"
    print(line)
    return line


assert "type STRING; sorting: TypeError" in look("'none' beside 0.9 and 0.99", ["none", 0.9, 0.99])
assert look("none left out", [None, 0.9, 0.99]).endswith("type FLOAT64; sorted: [0.9, 0.99, None]")
assert look("all as text", ["none", "0.9", "0.99"]).endswith("type STRING; sorted: ['0.9', '0.99', 'none']")
PY
