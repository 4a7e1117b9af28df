"""What every model on disk shares, whoever reads it: its files and their checks, its export, forwards in common."""
