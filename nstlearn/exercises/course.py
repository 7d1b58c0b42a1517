"""The list: every exercise of the course, by notebook."""

from nstlearn.exercises.brightness import MATCH_BRIGHTNESS
from nstlearn.exercises.colors import KEEP_COLORS
from nstlearn.exercises.content import CONTENT_GRADIENT, CONTENT_LOSS
from nstlearn.exercises.gram import GRAM
from nstlearn.exercises.knobs import FIRST_KNOB, RANDOM_CONTROL, SAME_BALANCE
from nstlearn.exercises.learning import CLOSURE, RELATIVE_ERROR, TAP
from nstlearn.exercises.loops import DESCEND, REPAIR_LOOP
from nstlearn.exercises.mixing import BLEND, SHUFFLE
from nstlearn.exercises.pictures import FROM_ARRAY, PICTURE_SHAPE, TO_BYTES
from nstlearn.exercises.predictions import SHIFTED_PHOTO, SUM_OR_MEAN
from nstlearn.exercises.reach import PICK_LAYER, RECEPTIVE_FIELD
from nstlearn.exercises.seeing import CONV_PARAMETERS, MAP_SIZE, STRONGEST_MAP
from nstlearn.exercises.shares import LAYER_SHARES
from nstlearn.exercises.sizes import SIZES
from nstlearn.exercises.style import STYLE_LOSS, TUTORIAL_WEIGHT
from nstlearn.exercises.transfer import TOTAL_LOSS, TOTAL_VARIATION
from nstlearn.exercises.trouble import BROKEN_LOSSES, FOURTH_CONVOLUTION, NORMALISE
from nstlearn.exercises.weighing import GUIDED_GRAM, L2_POOL, WASSERSTEIN

EXERCISES = {
    "00 Start here": (PICTURE_SHAPE, TO_BYTES, FROM_ARRAY, FIRST_KNOB),
    "01 What a network sees": (
        *(CONV_PARAMETERS, MAP_SIZE, RECEPTIVE_FIELD),
        *(STRONGEST_MAP, PICK_LAYER),
    ),
    "02 Content": (CONTENT_LOSS, CONTENT_GRADIENT, SUM_OR_MEAN, DESCEND, SHIFTED_PHOTO),
    "03 Style": (GRAM, SHUFFLE, STYLE_LOSS, TUTORIAL_WEIGHT, BLEND),
    "04 Style transfer": (TOTAL_LOSS, TOTAL_VARIATION, SAME_BALANCE, SIZES, KEEP_COLORS),
    "05 Does it need to have learned anything?": (RELATIVE_ERROR, CLOSURE, RANDOM_CONTROL, TAP),
    "06 When it goes wrong": (FOURTH_CONVOLUTION, NORMALISE, BROKEN_LOSSES, REPAIR_LOOP),
    "08 Better pictures": (L2_POOL, LAYER_SHARES, WASSERSTEIN, MATCH_BRIGHTNESS, GUIDED_GRAM),
}
