"""The list behind `nst.gallery()`: names of sample pictures, where they come from, captions."""

# name: (package whose wheel has the file, where in the package, caption)
PHOTOS = {
    "astronaut": ("skimage", "data/astronaut.png", "Eileen Collins, astronaut"),
    "camera": ("skimage", "data/camera.png", "a man with a camera, grey"),
    "chelsea": ("skimage", "data/chelsea.png", "Chelsea the cat"),
    "coffee": ("skimage", "data/coffee.png", "a cup of coffee on wood"),
    "hubble_deep_field": ("skimage", "data/hubble_deep_field.jpg", "galaxies far away"),
    "retina": ("skimage", "data/retina.jpg", "the back of a human eye"),
    "rocket": ("skimage", "data/rocket.jpg", "a rocket on its launch pad at dusk"),
    "china": ("sklearn", "datasets/images/china.jpg", "the Summer Palace in Beijing"),
    "flower": ("sklearn", "datasets/images/flower.jpg", "a dahlia"),
    "brick": ("skimage", "data/brick.png", "texture: bricks, grey"),
    "coins": ("skimage", "data/coins.png", "texture: Greek coins, grey"),
    "grass": ("skimage", "data/grass.png", "texture: grass, grey"),
    "gravel": ("skimage", "data/gravel.png", "texture: gravel, grey"),
    "tissue": ("skimage", "data/ihc.png", "texture: tissue under a microscope"),
}

# name: (title of the file on Wikimedia Commons, caption). All painters died before 1927.
PAINTINGS = {
    "starry_night": (
        "Van Gogh - Starry Night - Google Art Project.jpg",
        "Vincent van Gogh, The Starry Night, 1889",
    ),
    "wheatfield_with_crows": (
        "Vincent van Gogh - Wheatfield with crows - Google Art Project.jpg",
        "Vincent van Gogh, Wheatfield with Crows, 1890",
    ),
    "great_wave": (
        "Tsunami by hokusai 19th century.jpg",
        "Katsushika Hokusai, The Great Wave off Kanagawa, about 1831",
    ),
    "sudden_shower": (
        "Hiroshige Atake sous une averse soudaine.jpg",
        "Utagawa Hiroshige, Sudden Shower over Shin-Ohashi Bridge and Atake, 1857",
    ),
    "rain_steam_speed": (
        "Turner - Rain, Steam and Speed - National Gallery file.jpg",
        "J. M. W. Turner, Rain, Steam and Speed, 1844",
    ),
    "impression_sunrise": (
        "Monet - Impression, Sunrise.jpg",
        "Claude Monet, Impression, Sunrise, 1872",
    ),
    "grande_jatte": (
        "A Sunday on La Grande Jatte, Georges Seurat, 1884.jpg",
        "Georges Seurat, A Sunday on La Grande Jatte, 1884 to 1886",
    ),
    "the_kiss": (
        "The Kiss - Gustav Klimt - Google Cultural Institute.jpg",
        "Gustav Klimt, The Kiss, 1907 to 1908",
    ),
    "fate_of_the_animals": (
        "Franz Marc-The fate of the animals-1913.jpg",
        "Franz Marc, The Fate of the Animals, 1913",
    ),
    "pearl_earring": (
        "1665 Girl with a Pearl Earring.jpg",
        "Johannes Vermeer, Girl with a Pearl Earring, about 1665",
    ),
    "sea_of_fog": (
        "Caspar David Friedrich - Wanderer above the sea of fog.jpg",
        "Caspar David Friedrich, Wanderer above the Sea of Fog, about 1817",
    ),
}
