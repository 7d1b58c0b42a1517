"""Settings of `stylize` that go together, by name: `nst.stylize(photo, style, **PRESETS["best"])`.

Data only. To change one of them: `**PRESETS["best"] | {"size": 800}`; on the command line,
`--preset best --size 800`. The command line uses "default" unless told otherwise; `stylize` without
a preset paints by the plain recipe of the course, with a constant learning rate.
"""

from nstlearn.recipe import STYLE_LAYERS

WIDTHS = (64, 128, 256, 512, 512)  # maps of VGG-19 in the five style layers

BRISK = dict(content_weight=0.035, learning_rate=0.06, cooling=0.3)

PRESETS = {
    "default": BRISK | dict(steps=100),
    "fast": BRISK | dict(network="vgg19", sketch=60, steps=73, content_weight=0.015, cooling=0.15),
    "best": BRISK | dict(network="vgg19", size=512, steps=300),
    "gatys": dict(
        network="vgg19",
        normalization="mean",
        content_weight=1.0,
        tv_weight=0.0,
        style_layers={layer: 1e3 / N**2 for layer, N in zip(STYLE_LAYERS, WIDTHS, strict=True)},
        optimizer="lbfgs",
        steps=200,
    ),
}

# Minutes and seconds were measured on two CPU cores at 256 pixels.
ABOUT = {
    "default": "a good painting soon, with the network there is",
    "fast": "MiniVGG sketches, VGG-19 finishes",
    "best": "512 pixels, VGG-19, and time to settle",
    "gatys": "the loss of the notebook that Gatys published, minimised by L-BFGS",
}
