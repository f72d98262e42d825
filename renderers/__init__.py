"""From a Spec to pixels and the measured Scene; one file per medium, one per engine under them."""
