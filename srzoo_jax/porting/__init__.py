"""From an authors' checkpoint file to parameters of ours: read as data, then renamed, strictly."""
