import jax
import numpy as np
import pytest
from scipy.signal import convolve2d

from srzoo_jax import metrics
from srzoo_jax.metrics.fsim import phase_congruency
from srzoo_jax.resize import imresize

RNG = np.random.default_rng(0)


def frequencies(side):
    return np.arange(-(side // 2), (side + 1) // 2) / (side - 1 if side % 2 else side)


def reference_phase(image):
    """phasecong2 of FeatureSIM.m, filter by filter in float64; image [H, W]."""
    height, width = image.shape
    x, y = np.meshgrid(frequencies(width), frequencies(height))
    radius, theta = np.fft.ifftshift(np.sqrt(x**2 + y**2)), np.fft.ifftshift(np.arctan2(-y, x))
    low_pass = 1 / (1 + (radius / 0.45) ** 30)
    radius[0, 0] = 1
    spectrum = np.fft.fft2(image)
    all_energy, all_amplitude = 0, 0
    for orientation in range(4):
        angle = orientation * np.pi / 4
        sine = np.sin(theta) * np.cos(angle) - np.cos(theta) * np.sin(angle)
        cosine = np.cos(theta) * np.cos(angle) + np.sin(theta) * np.sin(angle)
        spread = np.exp(-(np.arctan2(sine, cosine) ** 2) / (2 * (np.pi / 4 / 1.2) ** 2))
        responses, kernels = [], []
        for scale in range(4):
            band = np.exp(-(np.log(radius * 6 * 2**scale) ** 2) / (2 * np.log(0.55) ** 2))
            band = band * low_pass * spread
            band[0, 0] = 0
            kernels.append(np.fft.ifft2(band).real * np.sqrt(height * width))
            responses.append(np.fft.ifft2(spectrum * band))
            if scale == 0:
                power_of_filter = np.sum(band**2)
        total = sum(responses)
        mean = total / (np.abs(total) + 1e-4)
        energy = 0
        for r in responses:
            energy = energy + r.real * mean.real + r.imag * mean.imag
            energy = energy - np.abs(r.real * mean.imag - r.imag * mean.real)
        noise = np.median(np.abs(responses[0]) ** 2) / np.log(2) / power_of_filter
        squares = sum(np.sum(k**2) for k in kernels)
        products = sum(np.sum(kernels[i] * kernels[j]) for i in range(4) for j in range(i + 1, 4))
        tau = np.sqrt((2 * noise * squares + 4 * noise * products) / 2)
        threshold = (tau * np.sqrt(np.pi / 2) + 2 * np.sqrt((2 - np.pi / 2) * tau**2)) / 1.7
        all_energy = all_energy + np.maximum(energy - threshold, 0)
        all_amplitude = all_amplitude + sum(np.abs(r) for r in responses)
    return all_energy / all_amplitude


def reference(a, b):
    """FeatureSIM.m; RGB [H, W, 3] in [0, 1]."""
    yiq = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    factor = max(1, int(np.floor(min(a.shape[:2]) / 256 + 0.5)))
    parts = []
    for image in (a, b):
        channels = []
        for weights in yiq:
            full = convolve2d(255 * image @ weights, np.full((factor, factor), 1 / factor**2))
            same = full[factor // 2 :, factor // 2 :][: image.shape[0], : image.shape[1]]
            channels.append(same[::factor, ::factor])
        scharr = np.outer([3, 10, 3], [1, 0, -1]) / 16
        dx, dy = (convolve2d(channels[0], k, "same") for k in (scharr, scharr.T))
        parts.append([reference_phase(channels[0]), np.hypot(dx, dy), *channels[1:]])
    similar = 1
    for x, y, constant in zip(*(part[:2] for part in parts), (0.85, 160), strict=True):
        similar = similar * (2 * x * y + constant) / (x**2 + y**2 + constant)
    chroma = [
        (2 * x * y + 200) / (x**2 + y**2 + 200)
        for x, y in zip(*(part[2:] for part in parts), strict=True)
    ]
    similar = similar * ((chroma[0] * chroma[1]).astype(complex) ** 0.03).real
    weight = np.maximum(parts[0][0], parts[1][0])
    return (similar * weight).sum() / weight.sum()


def picture(height, width):
    """Between noise and photograph, in strong colours."""
    coarse = imresize(RNG.random((2, height // 6, width // 6, 3)), (height, width))
    return (coarse + 0.05 * RNG.standard_normal(coarse.shape)).clip(0, 1).astype(np.float32)


@pytest.mark.parametrize("size", [(48, 60), (51, 49)])
def test_phase_congruency_equals_the_definition(size):
    image = 255 * picture(*size)[..., 0]
    expected = [reference_phase(x) for x in image.astype(float)]
    np.testing.assert_allclose(jax.jit(phase_congruency)(image), expected, atol=2e-4)


@pytest.mark.parametrize("size", [(48, 60), (385, 401), (640, 650)])
def test_equals_the_definition(size):
    """At sizes that are reduced by 1, 2 and 3."""
    hr = picture(*size)[:1]
    sr = (hr + 0.1 * RNG.standard_normal(hr.shape)).clip(0, 1).astype(np.float32)
    sr[:, :20, :20] = 1 - hr[:, :20, :20]  # Opposite colours: negative similarity.
    expected = reference(sr[0].astype(float), hr[0].astype(float))
    np.testing.assert_allclose(jax.jit(metrics.fsimc)(sr, hr)[0], expected, atol=1e-5)


def test_equal_images_have_one():
    image = picture(40, 40)
    np.testing.assert_allclose(metrics.fsimc(image, image), 1, atol=1e-6)


def test_undefined_cases():
    image = picture(40, 40)
    flat = np.full_like(image, 0.3)
    assert np.isnan(metrics.fsimc(image, flat)).all() and np.isnan(metrics.fsimc(flat, image)).all()
    with pytest.raises(ValueError, match="FSIMc needs sides of at least 16 pixels, got 15 x 40"):
        metrics.fsimc(image[:, :15], image[:, :15])
    with pytest.raises(ValueError, match="FSIMc is of RGB"):
        metrics.fsimc(image[..., :1], image[..., :1])
