"""TensorBoard's own readers on an exported folder: check_tensorboard.py STORE EXPERIMENT FOLDER"""

import os
import sys

import numpy
from tensorboard.backend.event_processing import event_accumulator, plugin_event_multiplexer
from tensorboard.backend.event_processing.data_provider import MultiplexerDataProvider
from tensorboard.context import RequestContext
from tensorboard.plugins.hparams import api_pb2, backend_context, get_experiment, list_session_groups
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData
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


def check_run(accumulator, store, run):
    expected = {
        # TensorBoard's scalars are 32-bit floats.
        metric: [(step, float(numpy.float32(value))) for step, value in points]
        for metric, points in store.points(run).items()
    }
    tags = accumulator.Tags()
    assert set(tags["scalars"]) == set(expected), (tags["scalars"], expected.keys())
    for metric, points in expected.items():
        read = [(event.step, event.value) for event in accumulator.Scalars(metric)]
        assert same_points(read, points), (run, metric)
    pictures = {bytes(content) for _, _, content in store.pictures(run)}
    read = {event.encoded_image_string for tag in tags["images"] for event in accumulator.Images(tag)}
    assert read == pictures, f"{len(read)} pictures of {len(pictures)}"
    for tag in ("about/", "settings"):
        name = tag.strip("/")
        assert name in tags["tensors"], tags["tensors"]
        assert tensor_util.make_ndarray(accumulator.Tensors(name)[0].tensor_proto).item()
    parameters = store.parameters(run)
    values = session(accumulator)
    assert set(values) == store.swept(run) or not store.swept(run), (values, store.swept(run))
    for path, value in values.items():
        own, text = parameters[path]
        assert value == (own if isinstance(own, (int, float)) else text), (path, value)
    return sum(len(points) for points in expected.values())


def check_sweep(root, store, experiment):
    """What the HPARAMS tab asks the plugin for."""
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance=ALL, tensor_size_guidance={"scalars": 0, "hparams": 0}
    )
    multiplexer.AddRunsFromDirectory(root)
    multiplexer.Reload()
    provider = MultiplexerDataProvider(multiplexer, root)

    class Context:
        data_provider = provider
        multiplexer = None
        window_title = flags = plugin_name_to_instance = logdir = None
        assets_zip_provider = None

    context = backend_context.Context(Context)
    request = RequestContext()
    found = get_experiment.Handler(
        request, context, "", api_pb2.GetExperimentRequest(experiment_name="")
    ).run()
    names = {info.name for info in found.hparam_infos}
    groups = list_session_groups.Handler(
        request, context, "",
        api_pb2.ListSessionGroupsRequest(
            start_index=0, slice_size=10_000,
            allowed_statuses=[api_pb2.STATUS_SUCCESS, api_pb2.STATUS_FAILURE, api_pb2.STATUS_RUNNING,
                              api_pb2.STATUS_UNKNOWN],
        ),
    ).run()
    runs = store.runs(experiment)
    swept = set().union(*(store.swept(run) for run in runs))
    assert names == swept, (names, swept)
    assert len(groups.session_groups) == len(runs), (len(groups.session_groups), len(runs))
    with_metrics = [group for group in groups.session_groups if group.metric_values]
    finished = sum(1 for run in runs.values() if run["state"] == "finished")
    assert len(with_metrics) >= finished, (len(with_metrics), finished)
    return len(names)


def main(folder, experiment, root):
    store = Store(folder)
    runs = store.runs(experiment)
    found = 0
    points = 0
    for name, path in folders(root):
        accumulator = event_accumulator.EventAccumulator(path, size_guidance=ALL)
        accumulator.Reload()
        tensors = accumulator.Tags()["tensors"]
        if "_hparams_/session_start_info" not in tensors:
            assert "_hparams_/experiment" in tensors, name
            continue
        about = tensor_util.make_ndarray(accumulator.Tensors("about")[0].tensor_proto).item().decode()
        run = about.split("`")[1]
        points += check_run(accumulator, store, run)
        found += 1
        assert run in runs, run
    assert found == len(runs), (found, len(runs))
    parameters = check_sweep(root, store, experiment)
    print(f"TensorBoard: {found} runs, {points:,} scalars equal, {parameters} hyperparameters in HPARAMS")


if __name__ == "__main__":
    main(*sys.argv[1:])
