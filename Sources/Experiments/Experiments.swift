public import Diffusion
