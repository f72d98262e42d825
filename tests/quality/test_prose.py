"""What a model may not write into a sentence; what people write stays."""

from __future__ import annotations

import pytest

from corpuswright.quality import prose


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Click **Save**.", "has_markup"),
        ("Click `Save`.", "has_markup"),
        ("- Click the “Save” button.", "has_markup"),
        ("1. Click the “Save” button.", "has_markup"),
        ("# Click the “Save” button", "has_markup"),
        ("Click <b>Save</b>.", "has_markup"),
        ("Click [Save](http://x).", "has_markup"),
        ("Click the “Save” button 🙂", "has_emoji"),
        ("✅ Click the “Save” button.", "has_emoji"),
        ("🇩🇪 Click it.", "has_emoji"),
        ("As an AI language model, I would click “Save”.", "talks_of_itself"),
        ("I'm sorry, but I cannot see the screenshot.", "talks_of_itself"),
        ("I can’t help with that.", "talks_of_itself"),
        ("Sure! Click the “Save” button.", "talks_of_itself"),
        ("Here's the sentence: click “Save”.", "talks_of_itself"),
        ("Direct: click the “Save” button.", "talks_of_itself"),
        ("I'll rephrase it: click “Save”.", "talks_of_itself"),
        ("Click the button that the user wants.", "talks_of_itself"),
    ],
)
def test_what_no_sentence_may_have(text: str, reason: str):
    found = prose.fault(text)
    assert found is not None and found.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "Click the “**Save**” button.",
        "Type “Sure! Here is 5 < 6 & more 🙂” into the “Notes” field.",
        "I want to save this, so click the “Save” button.",
        "Drag the slider to 40 % – it is the second one.",
        "Click “I'm an AI” in the list.",
        "Right-click the file “a_b__c.txt”.",
        "点击“保存”按钮。",
        "Close the tab whose title ends in “…”.",
    ],
)
def test_what_people_write_stays(text: str):
    assert prose.fault(text) is None


OWN = "Click the “Save” button."


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Never click the “Save” button.", "has_a_negation"),
        ("Don’t click the “Save” button.", "has_a_negation"),
        ("Click “Save”, not “Cancel”.", "has_a_negation"),
        ("Click the “Save” button, then close the window.", "has_a_second_action"),
        ("Click “Save” and also “Send”.", "has_a_second_action"),
        ("Click the “Save” button twice.", "has_a_second_action"),
        ("Click the “Save” button followed by Enter.", "has_a_second_action"),
    ],
)
def test_an_instruction_says_its_task_and_no_other(text: str, reason: str):
    found = prose.adds(text, OWN)
    assert found is not None and found.reason == reason


def test_what_the_task_itself_says_may_be_said():
    own = "Double-click cell B2, then type “not again” and press Enter."
    for text in (own, "In B2, double-click, then type “not again” and hit Enter."):
        assert prose.adds(text, own) is None
    assert prose.adds("Press “Do not save, then quit”.", OWN) is None
    assert prose.adds("Then click the “Save” button.", OWN) is None
