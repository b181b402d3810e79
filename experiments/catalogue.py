"""Prints the catalogue as a Markdown table, or renews that of a document (README.md)."""

from absl import flags

from experiments import app

_DOCUMENT = flags.DEFINE_string("document", None, "Renew the table in this file.")
_GOLDEN = flags.DEFINE_string(
    "golden_dir", None, "Measure parity by these goldens; else it is taken from the document."
)
_INFLUENCE = flags.DEFINE_bool("influence", False, "Find all influence radii anew; minutes.")


def main() -> None:
    """Measures what is asked for, then prints or writes."""
    from pathlib import Path

    import tqdm

    from srzoo_jax import files, golden, influence, listing
    from srzoo_jax.catalogue import CATALOGUE

    if _INFLUENCE.value:
        rows = tqdm.tqdm(CATALOGUE.values(), unit="model", disable=None)
        influence.store({row.name: influence.computed(row) for row in rows})
    document = Path(_DOCUMENT.value).read_text() if _DOCUMENT.value else ""
    parity = listing.parity_of(document)
    if _GOLDEN.value:
        folders = [Path(_GOLDEN.value) / name for name in CATALOGUE]
        found = [folder for folder in folders if (folder / "golden.npz").is_file()]
        for folder in tqdm.tqdm(found, unit="model", disable=None):
            error = golden.check(CATALOGUE[folder.name], folder).relative
            parity[folder.name] = f"{error:.0e}"
    content = listing.table(parity)
    if document:
        files.write_atomically(_DOCUMENT.value, listing.insert(document, content))
    else:
        print(content)


if __name__ == "__main__":
    app.run(main)
