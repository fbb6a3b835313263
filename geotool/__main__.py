"""Run the command line with ``python -m geotool``."""

from geotool.cli import main

if __name__ == "__main__":
    main()
