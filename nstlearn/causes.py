"""What `diagnose` can name: the usual causes of a bad painting, and the repair of each."""

# For each cause: what happened, and the repair.
CAUSES = {
    "pixels in 0-255": (
        "Pictures here have values from 0 to 1. With 0 to 255 everything is far too bright.",
        "Divide by 255 when you turn bytes into a picture, once; nst.load_image does.",
    ),
    "normalised twice": (
        "The picture was normalised already, and the network normalises again.",
        "Hand in pictures from 0 to 1, and let only one place normalise.",
    ),
    "picture too small": (
        "Each pooling halves the picture. So few positions are left that they say nothing.",
        "Make the picture larger (32 pixels a side for relu5_1), or leave the deep layers out.",
    ),
    "not a number": (
        "NaN or infinity spreads: once it is in one term, the next step puts it into every pixel.",
        "Find the term named above. Usual origins: a square root or division at 0, too high a "
        "learning rate, half precision, a broken picture.",
    ),
    "no normalisation": (
        "Black looks like empty space to the network, and ImageNet's mean colour should. It gets "
        "pictures that nobody normalised.",
        "Before the first convolution: (image - MEAN) / STD, colour by colour.",
    ),
    "wrong layer": (
        "conv_4 of the tutorials is the fourth convolution of all, conv2_2. The paper's conv4_2 is "
        "the second one of block 4. A shallow content layer ties down every pixel.",
        "Name layers by block and place: content_layers='relu4_2'.",
    ),
    "in-place ReLU": (
        "Convolutions give negative numbers, too. These were kept, and then overwritten in place "
        "by the ReLU behind them.",
        "nn.ReLU(inplace=False), or keep a copy: features.clone().",
    ),
    "Gram across the batch": (
        "The loss of one picture depends on its neighbour in the batch: their maps are in one "
        "matrix.",
        "features.flatten(2) keeps the batch: (B, N, M) gives one Gram matrix for each picture.",
    ),
    "style picture too small": (
        "The network compares patterns in pixels. A small style picture has only small ones, and "
        "few of them.",
        "Load the style at about the size of the painting; style_scale=1.",
    ),
    "weights swapped": (
        "With this balance the photo may hardly change.",
        "Content weight small, style weight large: content_weight=0.05, style_weight=1.",
    ),
    "clamp in the closure": (
        "Pixels are cut to [0, 1] inside the function that the optimiser evaluates. It then learns "
        "from a picture other than the one it chose, or gets no gradient back for what was cut.",
        "Clamp after the optimiser's step, or optimise z and paint z.sigmoid(), as nst.optimize "
        "does.",
    ),
    "learning rate too high": (
        "Each step goes past the valley and up the other side.",
        "Divide the learning rate by 4, and again if it still jumps; Adam's default here is 0.03.",
    ),
}
UNKNOWN = (
    "I cannot tell. None of the causes I know explains this.",
    "Look at the gradient of the pixels. None or 0: the loss is cut off from the picture "
    "(detach, no_grad, a copy). Not 0: is the sign right, does the step reach the picture, is the "
    "rate far too small?",
)
