"""Builds the web page and serves it on this machine."""

from absl import flags

from experiments import app

_MODELS = flags.DEFINE_list("models", None, "Models of the page; default: the embedded ones.")
_OUTPUT = flags.DEFINE_string("output", "results/web", "The folder that becomes the page.")
_RUNTIME = flags.DEFINE_string(
    "runtime", None, "npm's package onnxruntime-web as folder or tarball; default: npm gets it."
)
_PORT = flags.DEFINE_integer("port", 8000, "0: any free one.", lower_bound=0, upper_bound=65535)
_SERVE = flags.DEFINE_bool("serve", True, "Serve; else only build, for another static server.")


def main() -> None:
    """Exports the models, adds the runtime, serves until interrupted."""
    import contextlib

    import tqdm

    from srzoo_jax.browser import page, runtime, server

    files = runtime.read(_RUNTIME.value)
    names = _MODELS.value or page.embedded()
    models = [page.model(name) for name in tqdm.tqdm(names, unit="model", disable=None)]
    page.build(_OUTPUT.value, models, files)
    print(f"built {_OUTPUT.value}: {', '.join(names)}")
    if _SERVE.value:
        with server.server(_OUTPUT.value, _PORT.value) as running:
            print(f"http://localhost:{running.server_port} (Ctrl-C ends it)", flush=True)
            with contextlib.suppress(KeyboardInterrupt):
                running.serve_forever()


if __name__ == "__main__":
    app.run(main)
