"""The web page of `web/`: built of its sources, exported models and a runtime, and served."""
