"""TensorBoard's own readers on an exported folder: check_tensorboard.py STORE EXPERIMENTS FOLDER"""

import html
import os
import re
import sys

import numpy
from tensorboard.backend.event_processing import event_accumulator, plugin_event_multiplexer
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
from tensorboard.plugins.text.text_plugin import text_array_to_html
from tensorboard.util import tensor_util

from store import Store, same_points

ALL = {name: 0 for name in ("scalars", "images", "tensors", "compressedHistograms", "histograms", "audio")}


def folders(root):
    for path, _, files in os.walk(root):
        if any("tfevents" in name for name in files):
            yield os.path.relpath(path, root), path


def session(accumulator):
    """The run's hyperparameters, from the tag that the HPARAMS plugin looks for."""
    metadata = accumulator.SummaryMetadata("_hparams_/session_start_info")
    data = HParamsPluginData.FromString(metadata.plugin_data.content)
    values = data.session_start_info.hparams
    return {key: getattr(value, value.WhichOneof("kind")) for key, value in values.items()}


def shown(accumulator, tag):
    """A text as the TEXT tab shows it: without markup, its lines kept."""
    page = text_array_to_html(tensor_util.make_ndarray(accumulator.Tensors(tag)[0].tensor_proto), True)
    page = re.sub(r"<br ?/?>\n?", "\n", page)
    page = re.sub(r"</p>\s*<p>|</p>\s*</blockquote>\s*<blockquote>\s*<p>", "\n\n", page)
    return html.unescape(re.sub("<[^>]*>", "", page)).replace("\xa0", " ").strip("\n")


def as_written(text):
    """A note with its blank lines as one and nothing at the ends of its lines, as 'export' says it."""
    harmless = re.sub("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "\ufffd", text)
    lines = [line.replace("\t", "    ").rstrip(" ") for line in re.split("\r\n|[\n\r\x85\u2028\u2029]", harmless)]
    return re.sub("\n{2,}", "\n\n", "\n".join(lines)).strip("\n")


def check_texts(accumulator, store, run):
    notes = store.notes(run)
    if notes:
        wanted = "\n\n".join(map(as_written, notes))
        assert shown(accumulator, "notes") == wanted, (shown(accumulator, "notes"), wanted)
    environment = store.environment(run)
    if environment:
        page = text_array_to_html(
            tensor_util.make_ndarray(accumulator.Tensors("environment")[0].tensor_proto), True)
        cells = [html.unescape(cell) for cell in re.findall("<td[^>]*>(.*?)</td>", page)]
        wanted = [text for key in sorted(environment) if key != "git.diff" for text in (key, environment[key])]
        assert cells == wanted, (cells, wanted)


def check_run(accumulator, store, run, types):
    expected = {
        # TensorBoard's scalars are 32-bit floats; no time since 1970 goes into one.
        metric: [(step, float(numpy.float32(value))) for step, value in points]
        for metric, points in store.points(run).items() if metric != "time/unix"
    }
    clock = dict(store.points(run).get("time/unix", []))
    tags = accumulator.Tags()
    assert set(tags["scalars"]) == set(expected), (tags["scalars"], expected.keys())
    for metric, points in expected.items():
        read = [(event.step, event.value) for event in accumulator.Scalars(metric)]
        assert same_points(read, points), (run, metric)
        for event in accumulator.Scalars(metric):
            assert event.wall_time == clock.get(event.step, event.wall_time), (run, metric, event)
    pictures = {bytes(content) for _, _, content in store.pictures(run)}
    read = {event.encoded_image_string for tag in tags["images"] for event in accumulator.Images(tag)}
    assert read == pictures, f"{len(read)} pictures of {len(pictures)}"
    for tag in ("about/", "settings"):
        name = tag.strip("/")
        assert name in tags["tensors"], tags["tensors"]
        assert tensor_util.make_ndarray(accumulator.Tensors(name)[0].tensor_proto).item()
    check_texts(accumulator, store, run)
    parameters = store.parameters(run)
    values = session(accumulator)
    for path, type in types.items():
        own, text = parameters.get(path, (None, None))
        if type == api_pb2.DATA_TYPE_STRING:
            assert values.get(path) == text, (path, values, text)
        else:
            # 'none' beside numbers is left out.
            assert values.get(path) == own, (path, values, own)
            assert own is None or isinstance(own, bool) == (type == api_pb2.DATA_TYPE_BOOL), (path, own, type)
    assert set(values) <= set(types), (values, types)
    return sum(len(points) for points in expected.values())


def provider_of(root):
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance=ALL, tensor_size_guidance={"scalars": 0, "hparams": 0}
    )
    multiplexer.AddRunsFromDirectory(root)
    multiplexer.Reload()
    return MultiplexerDataProvider(multiplexer, root)


class Sweep:
    """What the HPARAMS tab asks the plugin for."""

    def __init__(self, root):
        provider = provider_of(root)

        class Context:
            data_provider = provider
            multiplexer = None
            window_title = flags = plugin_name_to_instance = logdir = None
            assets_zip_provider = None

        self.context = backend_context.Context(Context)
        self.found = get_experiment.Handler(
            RequestContext(), self.context, "", api_pb2.GetExperimentRequest(experiment_name="")
        ).run()
        self.types = {info.name: info.type for info in self.found.hparam_infos}

    def groups(self, *columns):
        return list_session_groups.Handler(
            RequestContext(), self.context, "",
            api_pb2.ListSessionGroupsRequest(
                start_index=0, slice_size=10_000, col_params=columns,
                allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING,
                                  api_pb2.STATUS_UNKNOWN],
            ),
        ).run().session_groups

    def values(self, groups, path):
        values = [group.hparams[path] if path in group.hparams else None for group in groups]
        return [value and getattr(value, value.WhichOneof("kind")) for value in values]

    def check_column(self, path, count):
        """A click on its head, and its filters."""
        for order in (api_pb2.ORDER_ASC, api_pb2.ORDER_DESC):
            groups = self.groups(api_pb2.ColParams(hparam=path, order=order))
            known = [value for value in self.values(groups, path) if value is not None]
            assert len(groups) == count and known == sorted(known, reverse=order == api_pb2.ORDER_DESC), path
        known = [value for value in self.values(self.groups(), path) if value is not None]
        if not known:
            return
        column = api_pb2.ColParams(hparam=path, exclude_missing_values=True)
        if self.types[path] == api_pb2.DATA_TYPE_FLOAT64:
            column.filter_interval.min_value = column.filter_interval.max_value = known[0]
        elif self.types[path] == api_pb2.DATA_TYPE_STRING:
            column.filter_regexp = "^" + re.escape(known[0]) + "$"
        else:
            column.filter_discrete.append(known[0])
        assert len(self.groups(column)) == known.count(known[0]), (path, known[0])


def check_sweep(sweep, root, store, experiments):
    tags = [path for path in folders(root)
            if "_hparams_/experiment" in provider_tags(path[1])]
    assert [name for name, _ in tags] == ["."], "one summary, which TensorBoard takes for all: " + str(tags)
    runs = {}
    for experiment in experiments:
        runs |= store.runs(experiment)
    swept = set().union(*(store.swept(run) for run in runs))
    assert set(sweep.types) == swept, (sweep.types, swept)
    groups = sweep.groups()
    members = sum(len(store.runs(experiment)) for experiment in experiments)
    assert len(groups) == members, (len(groups), members)
    with_metrics = [group for group in groups if group.metric_values]
    finished = sum(1 for run in runs.values() if run["state"] == "finished")
    assert len(with_metrics) >= finished, (len(with_metrics), finished)
    for path in sweep.types:
        sweep.check_column(path, members)
    for info in sweep.found.metric_infos:
        assert len(sweep.groups(api_pb2.ColParams(metric=info.name, order=api_pb2.ORDER_ASC))) == members
    # Of a single experiment's folder the plugin makes the columns up itself: they have the same types.
    for name in {os.path.relpath(path, root).split(os.sep)[0] for _, path in folders(root)} - {"."}:
        own = Sweep(os.path.join(root, name))
        for path, type in own.types.items():
            assert type == sweep.types[path], (name, path, type)
            own.check_column(path, len(own.groups()))
    return len(swept)


def provider_tags(path):
    accumulator = event_accumulator.EventAccumulator(path, size_guidance=ALL)
    accumulator.Reload()
    return accumulator.Tags()["tensors"]


def main(folder, experiments, root):
    store = Store(folder)
    experiments = experiments.split(",")
    runs = {}
    for experiment in experiments:
        runs |= store.runs(experiment)
    sweep = Sweep(root)
    found = 0
    points = 0
    for name, path in folders(root):
        accumulator = event_accumulator.EventAccumulator(path, size_guidance=ALL)
        accumulator.Reload()
        tensors = accumulator.Tags()["tensors"]
        if "_hparams_/session_start_info" not in tensors:
            continue
        about = tensor_util.make_ndarray(accumulator.Tensors("about")[0].tensor_proto).item().decode()
        run = about.split("`")[1]
        points += check_run(accumulator, store, run, sweep.types)
        found += 1
        assert run in runs, run
    assert found == sum(len(store.runs(experiment)) for experiment in experiments), (found, len(runs))
    parameters = check_sweep(sweep, root, store, experiments)
    print(f"TensorBoard: {found} runs, {points:,} scalars equal, notes as written, {parameters} hyperparameters "
          "sorted and filtered in HPARAMS")


if __name__ == "__main__":
    main(*sys.argv[1:])
