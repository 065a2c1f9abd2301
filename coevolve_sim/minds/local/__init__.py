"""Language models run by transformers in this process."""
