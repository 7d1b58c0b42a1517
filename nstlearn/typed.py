"""What is typed on the command line, as values: layers with weights, numbers, names."""

import click


class Layers(click.ParamType):
    """Layer names with optional weights: relu1_1,relu3_1=0.5."""

    name = "LAYER[=WEIGHT],..."

    def convert(self, value, param, ctx):
        """'relu1_1,relu3_1=0.5' -> {'relu1_1': 1.0, 'relu3_1': 0.5}."""
        if not isinstance(value, str):
            return value
        layers = {}
        for part in value.split(","):
            layer, _, weight = part.strip().partition("=")
            try:
                layers[layer] = float(weight or 1)
            except ValueError:
                self.fail(f"{weight!r} in {part!r} is no number; write {layer}=0.5.", param, ctx)
        return layers


class Numbers(click.ParamType):
    """Numbers separated by commas: 1,0.5."""

    name = "NUMBER,..."

    def convert(self, value, param, ctx):
        """'1,0.5' -> [1.0, 0.5]."""
        if not isinstance(value, str):
            return value
        try:
            return [float(part) for part in value.split(",")]
        except ValueError:
            self.fail(f"{value!r} is not numbers separated by commas, such as 1,0.5.", param, ctx)


class Names(click.ParamType):
    """Names or paths separated by commas: left.png,right.png."""

    name = "FILE,..."

    def convert(self, value, param, ctx):
        """'left.png,right.png' -> ['left.png', 'right.png']."""
        return value.split(",") if isinstance(value, str) else value
