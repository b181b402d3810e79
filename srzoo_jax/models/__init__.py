"""Networks of the literature as linen modules, one file a family."""
