"""The apps, each a thin page of flags over `srzoo_jax`: python -m experiments.<app> --help."""
