"""`python -m prm.ui.assets`: the same as `manage.py build_assets`, without Django."""

import sys

from prm.ui.assets.build import AssetError, build_assets

if __name__ == "__main__":
    try:
        for line in build_assets():
            print(line)  # noqa: T201  (the command's output)
    except AssetError as error:
        sys.exit(str(error))
