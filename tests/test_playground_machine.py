"""Any button and any knob, in any order, in two playgrounds at once."""

import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

pytest.importorskip("ipywidgets")

from test_playground import decode, disabled, png, until, upload

import nstlearn as nst

WEIGHTS = ("content_weight", "style_weight", "tv_weight", "learning_rate")
WAYS = ("style", "keep", "match")
SOURCES = ("chelsea", "coffee", "rocket")
which = st.integers(0, 1)


class Machine(RuleBasedStateMachine):
    """Two playgrounds; after each rule they must be whole."""

    @initialize()
    def begin(self):
        self.before = set(threading.enumerate())
        how = dict(network="random", size=64)
        self.all = [
            nst.playground(content="chelsea", style="mosaic", **how),
            nst.playground(content="coffee", style="batik", **how),
        ]

    @rule(one=which, name=st.sampled_from(["start", "pause", "step", "stop", "over"]))
    def press(self, one, name):
        getattr(self.all[one], name).click()

    @rule(one=which, steps=st.integers(1, 3))
    def let_it_paint(self, one, steps):
        play = self.all[one]
        if play.running:
            number = play.session.number
            until(lambda: play.session.number >= number + steps or not play.running)

    @rule(one=which, name=st.sampled_from(WEIGHTS), place=st.floats(0, 1))
    def turn_a_dial(self, one, name, place):
        control = self.all[one].panel.plain[name]
        control.index = round(place * (len(control.options) - 1))

    @rule(one=which, layer=st.integers(0, 4), weight=st.sampled_from([0.0, 0.5, 3.0]))
    def weigh_a_layer(self, one, layer, weight):
        list(self.all[one].panel.style_layers.values())[layer].value = weight

    @rule(one=which, content=st.sampled_from(["relu1_1", "relu3_2", "relu5_4"]))
    def choose_content_layer(self, one, content):
        self.all[one].panel.content_layer.value = content

    @rule(one=which, place=st.sampled_from(["content", "style", "second_style"]),
          name=st.sampled_from(SOURCES))  # fmt: skip
    def choose_a_picture(self, one, place, name):
        self.all[one].panel.pictures[place].list.value = name

    @rule(one=which, content=st.sampled_from([b"", b"no picture", png()[:50], png("navy")]))
    def upload(self, one, content):
        upload(self.all[one].panel.pictures["style"].upload, "file.png", content)

    @rule(
        one=which,
        size=st.sampled_from([64, 96]),
        colors=st.sampled_from(["style", "keep", "match"]),
        mix=st.floats(0, 1),
    )
    def other_knobs(self, one, size, colors, mix):
        plain = self.all[one].panel.plain
        plain["size"].value, plain["colors"].value, plain["mix"].value = size, colors, mix

    @rule(one=which, network=st.sampled_from(["random", "mini"]))
    def choose_network(self, one, network):
        self.all[one].panel.plain["network"].value = network

    @rule(one=which, name=st.sampled_from(["balanced", "big shapes", "own mixture"]))
    def choose_a_preset(self, one, name):
        self.all[one].panel.preset.value = name

    @rule(one=which, place=st.floats(0, 1))
    def look_back(self, one, place):
        slider = self.all[one].view.look_back
        slider.value = round(place * slider.max)

    @rule(one=which)
    def ask_for_code(self, one):
        self.all[one].keep.code.click()
        compile(self.all[one].keep.text.value, "code", "exec")

    @invariant()
    def is_whole(self):
        for play in getattr(self, "all", ()):
            assert play.error is None or isinstance(play.error, nst.NSTError), play.error
            assert decode(play.view.canvas.value).shape[1] == 3
            assert play.painting.image.isfinite().all()
            assert not play.over.disabled and not all(disabled(play)[:3])

    def teardown(self):
        for play in getattr(self, "all", ()):
            for name in ("content_weight", "style_weight"):
                play.panel.plain[name].value = 1.0
            play.panel.content_layer.value = "relu4_2"
            number = play.session.number
            play.start.click()  # no button is dead, whatever was done
            until(lambda play=play, n=number: play.session.number > n or play.error)
            assert play.error is None, play.error
            play.close()
        assert set(threading.enumerate()) - self.before == set()


TestPlayground = Machine.TestCase
TestPlayground.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
