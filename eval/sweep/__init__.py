"""Every combination of a grid of settings, measured."""
