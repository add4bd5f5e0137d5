"""Makes the golden samples of diffusers' schedulers at given levels: samplers.safetensors and samplers.json, beside it.

    python make_samplers.py            # writes the files
    python make_samplers.py --check    # makes them again and compares with those that are there

Needs torch, diffusers, scipy and safetensors. Each sample is what a scheduler's own update rule makes of a small network and
given noise, in float64, rounded to float32 once. The scheduler is *driven*: it steps along the levels σ' = σ/α and timesteps
that it is given, not those of its own `set_timesteps`, so that samples say whether two update rules are one. Beside each stands
how far the class *as it is* ends from there, with its own list and its float32 tables: ‖theirs − driven‖/‖driven‖.

Driving: classes that keep `sigmas` and `timesteps` get them; DDIM and PNDM, which step by ⌊T/n⌋, get a process of T = n steps whose
ᾱ are the levels', and the network is told the levels' timesteps. DEIS, which cannot go to 0 (it computes 0·∞), ends a level
before, and the last step is its x̂0. DPM-Solver's singlestep class takes every second level for the point half-way: it gets the
geometric means of the levels between them.
"""
import argparse
import contextlib
import json
import pathlib
import sys

import numpy as np
import torch
from diffusers import (DDIMScheduler, DEISMultistepScheduler, DPMSolverMultistepScheduler, DPMSolverSinglestepScheduler,
                       EDMDPMSolverMultistepScheduler, EDMEulerScheduler, EulerAncestralDiscreteScheduler,
                       EulerDiscreteScheduler, FlowMatchEulerDiscreteScheduler, FlowMatchHeunDiscreteScheduler,
                       HeunDiscreteScheduler, KDPM2AncestralDiscreteScheduler, KDPM2DiscreteScheduler,
                       LMSDiscreteScheduler, PNDMScheduler, UNet2DModel, UniPCMultistepScheduler, logging)
from diffusers.schedulers import (scheduling_dpmsolver_multistep, scheduling_euler_ancestral_discrete,
                                  scheduling_k_dpm_2_ancestral_discrete)
from safetensors import safe_open
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
GOLDENS = HERE.parent
sys.path.insert(0, str(HERE.parents[3] / "docs/reference"))
from small_unet import DiffusionUNet  # noqa: E402

STEPS = (7, 10, 20, 50)
SPACINGS = ("linspace", "leading", "trailing", "karras")
PREDICTIONS = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}
NETWORKS = {"small": (1, 8, 8), "residual": (3, 4, 4)}
T = 1000
BARS = np.cumprod(1 - np.linspace(1e-4, 0.02, T))
SIGMAS = np.sqrt((1 - BARS) / BARS)
BETAS = dict(beta_start=1e-4, beta_end=0.02)


# Levels, as the workbench has them.

def timestep_at(sigma):
    """Linear in ln σ' between the table's timesteps."""
    return np.interp(np.log(sigma), np.log(SIGMAS), np.arange(T))


def karras(n, first, last, rho=7):
    ramp = np.arange(n) / (n - 1)
    return (first ** (1 / rho) + ramp * (last ** (1 / rho) - first ** (1 / rho))) ** rho


def levels(spacing, n):
    """σ' and what the network hears, from the noisiest."""
    if spacing == "karras":
        sigmas = karras(n, SIGMAS[-1], SIGMAS[0])
        return sigmas, timestep_at(sigmas)
    if spacing == "linspace":
        timesteps = [round(i * (T - 1) / (n - 1)) for i in range(n)]
    elif spacing == "leading":
        timesteps = [i * (T // n) for i in range(n)]
    else:
        timesteps = [round((T * n - i * T) / n) - 1 for i in reversed(range(n))]
    timesteps = np.array(timesteps[::-1])
    return SIGMAS[timesteps], timesteps.astype(float)


# Networks.

def small_network():
    path = GOLDENS / "plain_levels4_sinusoidal.safetensors"
    with safe_open(path, "pt") as file:
        about = file.metadata()
        network = DiffusionUNet(
            int(about["in_channels"]), int(about["base_channels"]), int(about["time_embedding_dim"]),
            int(about["diffusion_steps"]), int(about["levels"]), about["time_embedding"])
        network.load_state_dict({key.removeprefix("weights/"): file.get_tensor(key) for key in file.keys()
                                 if key.startswith("weights/")})
    network = network.double()
    return lambda x, t: network(x, torch.full((len(x),), t))


def residual_network():
    network = UNet2DModel.from_pretrained(GOLDENS / "unet/two_levels", low_cpu_mem_usage=False).double()
    network.train(False)
    return lambda x, t: network(x, torch.tensor(t)).sample


def clipped(network, prediction, value=1.0):
    """A network whose x̂0 is held within ±value: for classes that cannot clip."""
    def call(x, t, sigma):
        alpha = 1 / np.sqrt(1 + sigma**2)
        noise = sigma * alpha
        out = network(x, t)
        x0 = {"epsilon": (x - noise * out) / alpha, "v": alpha * x - noise * out, "x0": out}[prediction]
        x0 = x0.clamp(-value, value)
        epsilon = (x - alpha * x0) / noise
        return {"epsilon": epsilon, "v": alpha * epsilon - noise * x0, "x0": x0}[prediction]
    return call


def as_epsilon(network, prediction):
    def call(x, t, sigma):
        alpha = 1 / np.sqrt(1 + sigma**2)
        out = network(x, t, sigma)
        if prediction == "v":
            return alpha * out + sigma * alpha * x
        return out if prediction == "epsilon" else (x - alpha * out) / (sigma * alpha)
    return call


# Driving a scheduler.

@contextlib.contextmanager
def double_steps():
    """Some classes round the sample to float32 in each step."""
    single, torch.float32 = torch.float32, torch.float64
    try:
        yield
    finally:
        torch.float32 = single


def step(scheduler, output, t, x, **options):
    with double_steps():
        return scheduler.step(output, t, x, **options).prev_sample


def along_a_grid(kind, network, sigmas, timesteps, x, arguments, options):
    """DDIM and PNDM: a process of n steps."""
    n = len(sigmas)
    scheduler = kind(num_train_timesteps=n, timestep_spacing="leading", set_alpha_to_one=True,
                     trained_betas=[0.5] * n, **arguments)
    scheduler.alphas_cumprod = torch.tensor(1 / (1 + sigmas[::-1] ** 2))
    scheduler.final_alpha_cumprod = torch.ones((), dtype=torch.float64)
    scheduler.set_timesteps(n)
    for place in scheduler.timesteps:
        at = n - 1 - int(place)
        x = step(scheduler, network(x, timesteps[at], sigmas[at]), int(place), x, **options(at))
    return x


def in_y(kind, network, sigmas, timesteps, x, arguments, options):
    """Euler, Heun, DPM-2 and the like: y = x/α."""
    n = len(sigmas)
    scheduler = kind(**BETAS, **arguments)
    scheduler.set_timesteps(n)
    ends = torch.tensor([*sigmas, 0.0])
    doubled = torch.cat([ends[:1], ends[1:-1].repeat_interleave(2), ends[-1:]])
    told, heard = np.array(timesteps), sigmas
    if kind is HeunDiscreteScheduler:
        scheduler.sigmas = doubled
        told, heard = np.concatenate([told[:1], told[1:].repeat(2)]), np.concatenate([sigmas[:1], sigmas[1:].repeat(2)])
    elif kind in (KDPM2DiscreteScheduler, KDPM2AncestralDiscreteScheduler):
        if kind is KDPM2DiscreteScheduler:
            targets = ends[1:]
            between = (ends[:-1] * targets).sqrt()
            # Of the step that ends here.
            scheduler.sigmas_interpol = torch.cat([torch.zeros(1), between.repeat_interleave(2), torch.zeros(1)])
            scheduler.sigmas = torch.cat([ends[:1], ends[1:].repeat_interleave(2), ends[-1:]])
        else:
            up = torch.cat([(ends[1:] ** 2 * (ends[:-1] ** 2 - ends[1:] ** 2) / ends[:-1] ** 2).sqrt(), torch.zeros(1)])
            down = (torch.cat([ends[1:], torch.zeros(1)]) ** 2 - up**2).clamp(min=0).sqrt()
            between = (ends * down).sqrt()
            for name, values in [("sigmas", ends), ("sigmas_up", up), ("sigmas_down", down), ("sigmas_interpol", between)]:
                setattr(scheduler, name, torch.cat([values[:1], values[1:].repeat_interleave(2), values[-1:]]))
        middle = between[: n - 1].numpy()
        heard = np.concatenate([sigmas[:1], np.stack([middle, sigmas[1:]], 1).ravel()])
        told = np.concatenate([told[:1], np.stack([timestep_at(middle), told[1:]], 1).ravel()])
    else:
        scheduler.sigmas = ends
    scheduler.timesteps = torch.tensor(told)
    scheduler.set_begin_index(0)
    x = x * np.sqrt(1 + sigmas[0] ** 2)
    for i, (t, sigma) in enumerate(zip(told, heard)):
        scaled = scheduler.scale_model_input(x, t)
        assert torch.allclose(scaled, x / np.sqrt(1 + sigma**2), rtol=1e-12)
        x = step(scheduler, network(scaled, t, sigma), t, x, **options(i))
    return x


def between_levels(kind, network, sigmas, timesteps, x, arguments, options):
    """With the points half-way in ln σ' among the levels: 2n − 1."""
    middles = np.sqrt(sigmas[:-1] * sigmas[1:])
    sigmas = np.append(np.stack([sigmas[:-1], middles], 1).ravel(), sigmas[-1])
    timesteps = np.append(np.stack([timesteps[:-1], timestep_at(middles)], 1).ravel(), timesteps[-1])
    return in_x(kind, network, sigmas, timesteps, x, arguments, options)


def in_x(kind, network, sigmas, timesteps, x, arguments, options):
    """DPM-Solver, DEIS, UniPC: x itself."""
    scheduler = kind(**BETAS, **arguments)
    scheduler.set_timesteps(len(sigmas))
    scheduler.sigmas = torch.tensor([*sigmas, 0.0])
    scheduler.timesteps = torch.tensor(timesteps)
    scheduler.set_begin_index(0)
    for i, (t, sigma) in enumerate(zip(timesteps, sigmas)):
        output = network(x, t, sigma)
        if kind is DEISMultistepScheduler and i == len(sigmas) - 1:
            alpha = 1 / np.sqrt(1 + sigma**2)
            epsilon = scheduler.convert_model_output(output, sample=x)
            return (x - sigma * alpha * epsilon) / alpha
        x = step(scheduler, output, t, x, **options(i))
    return x


# The schedulers that have a sampler here. Arguments: of the class in either case; `native_clip`: that make it clip.

def sampler(kind, drive, arguments=None, native_clip=None, options=None, epsilon_only=False, as_it_is=None, note=None):
    return dict(kind=kind, drive=drive, arguments=arguments or {}, native_clip=native_clip,
                options=options or (lambda i: {}), epsilon_only=epsilon_only, as_it_is=as_it_is or {}, note=note)


THRESHOLD = dict(thresholding=True)
SAMPLERS = {
    "ddim": sampler(DDIMScheduler, along_a_grid, dict(clip_sample=False), dict(clip_sample=True),
                    lambda i: dict(use_clipped_model_output=True)),
    "euler": sampler(EulerDiscreteScheduler, in_y),
    "heun": sampler(HeunDiscreteScheduler, in_y, native_clip=dict(clip_sample=True)),
    "dpm2": sampler(KDPM2DiscreteScheduler, in_y),
    "lms": sampler(LMSDiscreteScheduler, in_y),
    "pndm": sampler(PNDMScheduler, along_a_grid, dict(skip_prk_steps=True), epsilon_only=True,
                    as_it_is=dict(set_alpha_to_one=True),
                    note="driven, the network's output is turned into ε first: the class combines v of several levels"),
    "deis": sampler(DEISMultistepScheduler, in_x, dict(solver_order=2, lower_order_final=False), THRESHOLD,
                    as_it_is=dict(lower_order_final=True)),
    "dpmpp-2m": sampler(DPMSolverMultistepScheduler, in_x, dict(solver_order=2), THRESHOLD),
    "dpmpp-3m": sampler(DPMSolverMultistepScheduler, in_x, dict(solver_order=3), THRESHOLD),
    "dpmpp-2s": sampler(DPMSolverSinglestepScheduler, between_levels, dict(solver_order=2, lower_order_final=True), THRESHOLD,
                        note="as it is, every second of its n levels is the point half-way: n evaluations"),
    "unipc": sampler(UniPCMultistepScheduler, in_x, dict(solver_order=2), THRESHOLD),
}
SPACED_BY_KARRAS = {DDIMScheduler: None, PNDMScheduler: None}
UNSPACED = (DPMSolverSinglestepScheduler,)


def driven(about, network, prediction, clip, sigmas, timesteps, x, **more):
    arguments = {**about["arguments"], **more}
    call = clipped(network, prediction) if clip and not about["native_clip"] else lambda x, t, sigma: network(x, t)
    if about["epsilon_only"]:
        call, prediction = as_epsilon(call, prediction), "epsilon"
    if clip and about["native_clip"]:
        arguments |= about["native_clip"]
    return about["drive"](about["kind"], call, sigmas, timesteps, x,
                          dict(arguments, prediction_type=PREDICTIONS[prediction]), about["options"])


def as_it_is(about, network, prediction, spacing, n, clip, x):
    """The usual loop around the class, or None where it cannot do that."""
    kind = about["kind"]
    if clip and not about["native_clip"]:
        return None, None
    arguments = {**BETAS, "prediction_type": PREDICTIONS[prediction], **about["arguments"], **about["as_it_is"]}
    if clip:
        arguments |= about["native_clip"]
    if spacing == "karras":
        if kind in SPACED_BY_KARRAS:
            return None, None
        arguments["use_karras_sigmas"] = True
    elif kind in UNSPACED:
        if spacing != "linspace":
            return None, None
    else:
        arguments["timestep_spacing"] = spacing
    scheduler = kind(**arguments)
    scheduler.set_timesteps(n)
    x = x * float(scheduler.init_noise_sigma)
    for i, t in enumerate(scheduler.timesteps):
        output = network(scheduler.scale_model_input(x, t).double(), float(t))
        x = scheduler.step(output, t, x, **about["options"](i)).prev_sample.double()
    return x, arguments


def relative(a, b):
    return ((a - b).norm() / b.norm()).item()


def rounded(value):
    return None if value is None else float(f"{value:.2e}") if np.isfinite(value) else "NaN"


def main_rows(networks, inputs):
    samples, rows = {}, []
    for name, about in SAMPLERS.items():
        classes = {}
        for p, prediction in enumerate(("epsilon", "v")):
            for s, spacing in enumerate(SPACINGS):
                for k, n in enumerate(STEPS):
                    for clip in (False, True):
                        # Every pair of settings meets both networks.
                        place = list(NETWORKS)[(p + s + k + clip) % 2]
                        network, x = networks[place], inputs[place]
                        out = driven(about, network, prediction, clip, *levels(spacing, n), x)
                        theirs, arguments = as_it_is(about, network, prediction, spacing, n, clip, x)
                        key = f"{name}/{prediction}/{spacing}/{n}{'/clipped' if clip else ''}"
                        assert out.isfinite().all(), key
                        samples[key] = out.float()
                        rows.append({"sample": key, "network": place,
                                     "as_it_is": None if theirs is None else rounded(relative(theirs, out))})
                        if arguments:
                            classes[f"{spacing}{'/clipped' if clip else ''}"] = {
                                a: b for a, b in arguments.items() if a not in ("prediction_type", *BETAS)}
        SAMPLERS[name]["classes"] = classes
        print(name, "as it is, within 1e-4:", sum(1 for row in rows if row["sample"].startswith(name + "/")
              and isinstance(row["as_it_is"], float) and row["as_it_is"] < 1e-4), flush=True)
    return samples, rows


# What the main rows leave out: other orders, x0, dynamic thresholding, zero terminal SNR, noise in the steps, other processes.

def more_rows(networks, inputs, noises):
    samples, rows = {}, []

    def add(key, place, out, **about):
        assert out.isfinite().all(), key
        samples[key] = out.float()
        rows.append({"sample": key, "network": place, **about})

    for name, order in [("deis", 3), ("unipc", 1), ("unipc", 3), ("lms", 2)]:
        about = SAMPLERS[name]
        for spacing, n in [("linspace", 7), ("karras", 20), ("trailing", 10)]:
            more = dict(options=lambda i: dict(order=order)) if name == "lms" else {}
            out = driven({**about, **more}, networks["small"], "epsilon", False, *levels(spacing, n), inputs["small"],
                         **({} if more else dict(solver_order=order)))
            add(f"{name}-{order}/epsilon/{spacing}/{n}", "small", out, order=order)
    for name in ("ddim", "heun", "dpmpp-2m", "unipc", "deis"):
        out = driven(SAMPLERS[name], networks["residual"], "x0", False, *levels("linspace", 10), inputs["residual"])
        add(f"{name}/x0/linspace/10", "residual", out)
    for name in ("dpmpp-2m", "unipc", "deis", "ddim"):
        about = dict(SAMPLERS[name], native_clip=None)
        more = dict(thresholding=True, dynamic_thresholding_ratio=0.9, sample_max_value=1e9)
        if name == "ddim":
            more["clip_sample"] = False
        out = driven(about, networks["small"], "epsilon", False, *levels("linspace", 10), inputs["small"], **more)
        add(f"{name}/epsilon/linspace/10/thresholded", "small", out, dynamic_thresholding_ratio=0.9, sample_max_value=1e9)

    # α = 0 at the first level: σ' = ∞. They get 10¹⁵⁰, since it is its logarithm that a second-order step looks back on.
    roots = np.sqrt(BARS)
    zero = ((roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])) ** 2
    for n in (7, 20):
        timesteps = np.array([round((T * n - i * T) / n) - 1 for i in range(n)])
        bars = zero[timesteps]
        sigmas = np.sqrt((1 - bars) / np.where(bars > 0, bars, 1))
        sigmas[0] = 1e150
        for name in ("ddim", "dpmpp-2m"):
            out = driven(SAMPLERS[name], networks["residual"], "v", False, sigmas, timesteps.astype(float), inputs["residual"])
            add(f"{name}/v/trailing/{n}/zero-terminal-snr", "residual", out)
        scheduler = DDIMScheduler(**BETAS, rescale_betas_zero_snr=True, timestep_spacing="trailing", clip_sample=False,
                                  prediction_type="v_prediction")
        if T % n == 0:
            scheduler.set_timesteps(n)
            x = inputs["residual"]
            for t in scheduler.timesteps:
                x = scheduler.step(networks["residual"](x, float(t)), t, x).prev_sample.double()
            rows[-2]["as_it_is"] = rounded(relative(x, samples[f"ddim/v/trailing/{n}/zero-terminal-snr"].double()))

    # Noise of the steps in the order in which they are made.
    for place, noise in noises.items():
        for module in (scheduling_euler_ancestral_discrete, scheduling_k_dpm_2_ancestral_discrete,
                       scheduling_dpmsolver_multistep):
            module.randn_tensor = None
        for spacing in ("linspace", "karras"):
            sigmas, timesteps = levels(spacing, 10)
            for name, kind, module, drive, arguments in [
                ("euler-ancestral", EulerAncestralDiscreteScheduler, scheduling_euler_ancestral_discrete, in_y, {}),
                ("dpm2-ancestral", KDPM2AncestralDiscreteScheduler, scheduling_k_dpm_2_ancestral_discrete, in_y, {}),
                ("dpmpp-2m-sde", DPMSolverMultistepScheduler, scheduling_dpmsolver_multistep, in_x,
                 dict(algorithm_type="sde-dpmsolver++", solver_order=2)),
            ]:
                drawn = iter(noise.double())
                module.randn_tensor = lambda *_, drawn=drawn, **__: next(drawn)
                out = drive(kind, lambda x, t, sigma: networks[place](x, t), sigmas, timesteps, inputs[place],
                            dict(arguments, prediction_type="epsilon"), lambda i: {})
                add(f"{name}/epsilon/{spacing}/10", place, out, **{"class": kind.__name__, "arguments": arguments})
            out = along_a_grid(DDIMScheduler, lambda x, t, sigma: networks[place](x, t), sigmas, timesteps, inputs[place],
                               dict(clip_sample=False), lambda i: dict(eta=0.7, variance_noise=noise[i].double()))
            add(f"ddim-0.7/epsilon/{spacing}/10", place, out, eta=0.7, **{"class": "DDIMScheduler"})
        break

    # EDM: the network hears ¼·ln σ and sees c_in·x; the sample begins with σ_max·noise.
    sigmas = karras(10, 80, 0.002)
    for name, kind, arguments in [("euler", EDMEulerScheduler, {}),
                                  ("dpmpp-2m", EDMDPMSolverMultistepScheduler, dict(solver_order=2)),
                                  ("dpmpp-3m", EDMDPMSolverMultistepScheduler, dict(solver_order=3))]:
        scheduler = kind(**arguments)
        scheduler.set_timesteps(len(sigmas))
        scheduler.sigmas = torch.tensor([*sigmas, 0.0])
        scheduler.timesteps = torch.tensor(np.log(sigmas) / 4)
        scheduler.set_begin_index(0)
        x = inputs["small"] * sigmas[0]
        for t in scheduler.timesteps:
            x = step(scheduler, networks["small"](scheduler.scale_model_input(x, t), float(t)), t, x)
        add(f"{name}/edm/10", "small", x, sigmas=sigmas.tolist(), sigma_data=0.5, **{"class": kind.__name__,
            "arguments": arguments})

    # Rectified flow: the network hears 1000·u and says ε − x0.
    for n in (7, 20):
        levels_of_flow = np.linspace(1, 1 / n, n)
        for name, kind in [("euler", FlowMatchEulerDiscreteScheduler), ("dpmpp-2m", DPMSolverMultistepScheduler),
                           ("heun", FlowMatchHeunDiscreteScheduler)]:
            arguments = dict(use_flow_sigmas=True, prediction_type="flow_prediction") if name == "dpmpp-2m" else {}
            scheduler = kind(**arguments)
            scheduler.set_timesteps(n)
            ends = torch.tensor([*levels_of_flow, 0.0])
            told = torch.tensor(1000 * levels_of_flow)
            scheduler.sigmas = torch.cat([ends[:1], ends[1:-1].repeat_interleave(2), ends[-1:]]) if name == "heun" else ends
            scheduler.timesteps = torch.cat([told[:1], told[1:].repeat_interleave(2)]) if name == "heun" else told
            scheduler.set_begin_index(0)
            x = inputs["small"]
            for t in scheduler.timesteps:
                x = step(scheduler, networks["small"](x, float(t)), t, x)
            add(f"{name}/flow/{n}", "small", x, levels=levels_of_flow.tolist(), agrees=name != "heun",
                **{"class": kind.__name__, "arguments": arguments}, **(
                    {"note": "of dx = f·du: another method of second order than that of dy/dσ'"} if name == "heun" else {}))
    return samples, rows


def make():
    networks = {"small": small_network(), "residual": residual_network()}
    torch.manual_seed(11)
    inputs = {place: torch.randn(1, *shape) for place, shape in NETWORKS.items()}
    noises = {place: torch.randn(10, 1, *shape) for place, shape in NETWORKS.items() if place == "small"}
    tensors = {f"start/{place}": x for place, x in inputs.items()} | {f"noise/{place}": x for place, x in noises.items()}
    inputs = {place: x.double() for place, x in inputs.items()}
    with torch.no_grad():
        samples, rows = main_rows(networks, inputs)
        more, others = more_rows(networks, inputs, noises)
    manifest = {
        "networks": {"small": "plain_levels4_sinusoidal at 1×8×8", "residual": "unet/two_levels at 3×4×4"},
        "process": "vp, linear, T = 1000, β from 0.0001 to 0.02",
        "samplers": {name: {"class": about["kind"].__name__, "arguments": about["arguments"], "clips": bool(about["native_clip"]),
                            "as_it_is": about["classes"], **({"note": about["note"]} if about["note"] else {})}
                     for name, about in SAMPLERS.items()},
        "samples": rows, "more": others}
    return tensors | samples | more, manifest


def written(manifest):
    lines = []
    for key, value in manifest.items():
        if isinstance(value, list):
            value = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n]"
        elif key == "samplers":
            value = "{\n" + ",\n".join(f"{json.dumps(a)}: {json.dumps(b, ensure_ascii=False)}" for a, b in value.items()) + "\n}"
        else:
            value = json.dumps(value, ensure_ascii=False)
        lines.append(f"{json.dumps(key)}: {value}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files that are there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    tensors, manifest = make()
    if not options.check:
        save_file({key: value.contiguous() for key, value in tensors.items()}, HERE / "samplers.safetensors")
        (HERE / "samplers.json").write_text(written(manifest))
        return
    old = load_file(HERE / "samplers.safetensors")
    same = old.keys() == tensors.keys() and all(relative(tensors[k], old[k]) < 1e-6 for k in old)
    then = json.loads((HERE / "samplers.json").read_text())
    same = same and [row["sample"] for row in then["samples"] + then["more"]] == [
        row["sample"] for row in manifest["samples"] + manifest["more"]]
    print("the same" if same else "different")
    sys.exit(0 if same else 1)


if __name__ == "__main__":
    main()
