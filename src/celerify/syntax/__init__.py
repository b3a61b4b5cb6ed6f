"""Python text to `ast`, syntax newer than the running interpreter included; knows nothing else of ours."""
