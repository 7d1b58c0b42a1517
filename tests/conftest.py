"""What all tests share: which ones are skipped, and hypothesis' settings."""

import pytest
from hypothesis import settings

# A loaded machine is slow, and the first call into torch is slower still: that is no failure.
settings.register_profile("nstlearn", deadline=None)
settings.load_profile("nstlearn")


def pytest_collection_modifyitems(items):
    """Skip the tests that need real VGG-19 weights where there are none; nothing is downloaded."""
    marked = [item for item in items if item.get_closest_marker("vgg19")]
    if not marked:
        return
    from nstlearn.weights import weights_present

    if not weights_present("vgg19"):
        reason = "no VGG-19 weights here: set NSTLEARN_VGG19=FILE, or run `nstlearn fetch vgg19`"
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=reason))
