"""Training: from folders of HR images to parameters."""
