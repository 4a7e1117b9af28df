"""Print how much of every golden file its parser keeps, as Markdown, a row a format."""

from eval.bench.fidelity import figures
from eval.bench.golden import goldens


def main() -> None:
    """Measure and print."""
    rows = figures(goldens())
    columns = list(rows["all"])
    print(f"| format | {' | '.join(columns)} |\n{'|---' * (len(columns) + 1)}|")
    for name, row in rows.items():
        print(f"| {name} | {' | '.join(str(row[column]) for column in columns)} |")


if __name__ == "__main__":
    main()
