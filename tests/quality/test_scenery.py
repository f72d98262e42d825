"""Scenery that is not on the screen is told; places that every screen has, or this one, stay."""

from __future__ import annotations

import itertools

import pytest

from corpuswright.quality import scenery

OWN = "Click the “Save” button in the toolbar."
SCREEN = (OWN, "Save", "Cancel", "Invoice total", "Customer list", "button", "link")
THINGS = (
    "sleeping cat", "blue mountain", "smiling child", "palm trees", "coffee mug", "old lighthouse",
    "woman's hat", "parked cars", "company logo of a bear", "waterfall", "red bicycle", "sunset",
)  # fmt: skip
PLACES = (
    "next to the {}", "below the {}", "to the left of the {}", "beside a {}", "in front of the {}",
    "above the {}", "under the {}", "between the {} and the edge", "near the {}",
)  # fmt: skip
FORMS = (
    "Click the “Save” button {}.",
    "I want to keep this, so press “Save” {}.",
    "{}, click “Save”.",
)


@pytest.mark.parametrize("thing", THINGS)
def test_what_is_not_there_is_told(thing: str):
    caught = [
        scenery.invented(form.format(place.format(thing)), SCREEN)
        for place, form in itertools.product(PLACES, FORMS)
    ]
    assert all(found and found.reason == "invents_scenery" for found in caught)


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "Save it with the button next to Cancel.",
        "Click the button below the invoice totals.",
        "Press the leftmost button at the top of the page.",
        "In the lower right corner of the window there is a button: click it.",
        "Drag the handle on the slider to the middle of the track.",
        "I would like to keep my work, so click “Save” in the bar above the list of customers.",
        "Click “Save”, which is right of “Cancel”.",
        "Close the third row from the bottom in the table.",
        "Type it into the field under the heading and press Enter.",
        "At the moment nothing is kept; press the button for it on the left side.",
        "I need it for the talk in the morning, so click “Save”.",
    ],
)
def test_places_of_this_or_any_screen_stay(text: str):
    assert scenery.invented(text, SCREEN) is None
