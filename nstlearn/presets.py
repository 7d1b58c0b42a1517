"""Settings of `stylize` that go together, by name: `nst.stylize(photo, style, **PRESETS["best"])`.

Data only. To change one of them: `**PRESETS["best"] | {"size": 800}`; on the command line,
`--preset best --size 800`. The command line uses "default" unless told otherwise; `stylize` without
a preset paints by the plain recipe of the course, with a constant learning rate.
"""

from nstlearn.recipe import STYLE_LAYERS

WIDTHS = (64, 128, 256, 512, 512)  # maps of VGG-19 in the five style layers

# Content first: alpha is 0.5 until the photo's things stand in the new colours, and then lets go.
# Asked for from the start, the style moves eyes and mouths, and they never come back.
PLACED = dict(content_first=0.5, content_until=0.42, content_weight=0.02, cooling=0.3)

PRESETS = {
    "default": PLACED | dict(steps=90, sketch=0.22, coarsest=256, learning_rate=0.08),
    "fast": dict(
        network="vgg19",
        steps=60,
        sketch=0.75,
        coarsest=180,  # in smaller pictures a face is a dozen pixels wide, and gone for good
        content_weight=0.02,
        learning_rate=0.06,
        cooling=0.25,
    ),
    "best": PLACED | dict(network="vgg19", size=512, steps=300, coarsest=180, learning_rate=0.06),
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

# Seconds: two CPU cores that are quick in bfloat16, chelsea after night_sky, 256 pixels unless said
# otherwise (benchmarks/results/race.md).
ABOUT = {
    "default": "MiniVGG sketches, the network there is finishes: 15 s; with MiniVGG alone 3.6 s",
    "fast": "MiniVGG sketches, VGG-19 hardly more than retouches: 5.6 s",
    "best": "512 pixels, VGG-19 from coarse to fine, and time to settle: 92 s",
    "gatys": "the loss of the notebook that Gatys published, minimised by L-BFGS: 45 s",
}
