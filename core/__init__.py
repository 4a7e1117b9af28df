"""The leaf of the house: types, ports, errors, settings and text. No I/O, no vendor."""
