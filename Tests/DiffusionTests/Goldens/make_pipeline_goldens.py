"""Makes the golden samples of diffusers' pipelines: the folders schedulers/NAME.

    python make_pipeline_goldens.py            # writes the folders
    python make_pipeline_goldens.py --check    # makes them again and compares with those that are there

Needs torch, diffusers and safetensors. Each folder has the `scheduler_config.json` that a scheduler of diffusers saves and
`golden.safetensors`: what it makes of `unet/two_levels` from given noise. Network and steps are computed in float64 from
diffusers' own betas, which are float32, and rounded to float32 once; beside each folder the script prints how far all of
it in float32 is from that. DDIM takes `use_clipped_model_output=True`.
"""
import argparse
import pathlib
import sys
import tempfile

import torch
from diffusers import DDIMScheduler, DDPMScheduler, PNDMScheduler, UNet2DModel, logging
from diffusers.schedulers import scheduling_ddpm
from safetensors.torch import load_file, save_file

GOLDENS = pathlib.Path(__file__).resolve().parent
HERE = GOLDENS / "schedulers"

# name: scheduler, steps, eta
SCHEDULERS = {
    "ddpm_defaults": (DDPMScheduler(), 10, 0),
    "ddpm_cosine_trailing": (
        DDPMScheduler(num_train_timesteps=500, beta_schedule="squaredcos_cap_v2", timestep_spacing="trailing"), 10, 0),
    # linspace ends at timestep 0, where diffusers too adds no noise.
    "ddpm_large_range": (
        DDPMScheduler(variance_type="fixed_large", timestep_spacing="linspace", clip_sample_range=2.0), 7, 0),
    "ddpm_sigmoid": (
        DDPMScheduler(beta_schedule="sigmoid", beta_start=0.0005, beta_end=0.03, clip_sample=False,
                      variance_type="fixed_small_log"), 8, 0),
    "ddim_scaled_linear": (
        DDIMScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012, clip_sample=False,
                      set_alpha_to_one=False, steps_offset=1), 10, 0),
    "ddim_defaults": (DDIMScheduler(), 20, 0),
    "ddim_noisy_trailing": (DDIMScheduler(timestep_spacing="trailing"), 10, 0.7),
    # The last step ends at the first level's noise.
    "ddim_trained_betas": (
        DDIMScheduler(num_train_timesteps=20, trained_betas=[0.002 + 0.015 * (t % 7) + 0.01 * t for t in range(20)],
                      set_alpha_to_one=False, steps_offset=2), 5, 1.0),
    # A sampler of its own: nothing but its betas is taken.
    "pndm": (PNDMScheduler(beta_start=0.001, beta_end=0.015, steps_offset=1), 0, 0),
}


def draw(scheduler, steps, eta, inputs, dtype):
    """The whole loop; the noise of each step is the file's."""
    network = UNet2DModel.from_pretrained(GOLDENS / "unet/two_levels", low_cpu_mem_usage=False).to(dtype)
    network.train(False)
    table = torch.cumprod(1 - scheduler.betas.to(dtype), dim=0)
    scheduler.alphas_cumprod = table
    if hasattr(scheduler, "final_alpha_cumprod"):
        scheduler.final_alpha_cumprod = torch.ones((), dtype=dtype) if scheduler.config.set_alpha_to_one else table[0]
    scheduler.one = torch.ones((), dtype=dtype)
    tensors = {"alphas_cumprod": table}
    if not steps:
        return tensors
    scheduler.set_timesteps(steps)
    x = inputs["x"].to(dtype)
    with torch.no_grad():
        for i, t in enumerate(scheduler.timesteps):
            noise = inputs["noise"][i].to(dtype)
            prediction = network(x, t).sample
            if isinstance(scheduler, DDIMScheduler):
                x = scheduler.step(prediction, t, x, eta=eta, use_clipped_model_output=True, variance_noise=noise
                                   ).prev_sample
            else:
                scheduling_ddpm.randn_tensor = lambda *_, noise=noise, **__: noise
                x = scheduler.step(prediction, t, x).prev_sample
    return {**tensors, "timesteps": scheduler.timesteps.clone(), "sample": x}


def relative_error(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


def make(name, folder):
    scheduler, steps, eta = SCHEDULERS[name]
    scheduler.save_config(folder)
    torch.manual_seed(sum(map(ord, name)))
    inputs = {}
    if steps:
        inputs = {"x": torch.randn(2, 3, 8, 8), "noise": torch.randn(steps, 2, 3, 8, 8)}
    exact = draw(scheduler, steps, eta, inputs, torch.float64)
    single = draw(scheduler, steps, eta, inputs, torch.float32)
    tensors = {**inputs, **{key: value if value.dtype == torch.int64 else value.float() for key, value in exact.items()}}
    save_file(tensors, folder / "golden.safetensors", {"eta": str(eta)})
    if steps:
        sample = exact["sample"]
        print(f"{name:<24} float32 is off by {relative_error(single['sample'], sample):.1e}; root mean square "
              f"{sample.square().mean().sqrt():.2f}, {(sample.abs() == 1).double().mean():.0%} at ±1")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare with the files that are there")
    options = parser.parse_args()
    torch.set_num_threads(1)
    logging.set_verbosity_error()
    different = []
    for name in SCHEDULERS:
        if not options.check:
            (HERE / name).mkdir(parents=True, exist_ok=True)
            make(name, HERE / name)
            continue
        with tempfile.TemporaryDirectory() as folder:
            make(name, pathlib.Path(folder))
            new, old = (load_file(pathlib.Path(place) / "golden.safetensors") for place in (folder, HERE / name))
            same_text = len({(pathlib.Path(place) / "scheduler_config.json").read_text() for place in (folder, HERE / name)}) == 1
            if not same_text or new.keys() != old.keys() or any(relative_error(new[k], old[k]) > 1e-6 for k in new):
                different.append(name)
    if options.check:
        print("different: " + ", ".join(different) if different else "the same")
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
