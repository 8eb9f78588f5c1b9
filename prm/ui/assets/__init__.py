"""Front-end files made from pinned packages: the font, the icons, htmx. No Node, no network, nothing pasted in.

Imports no Django, so that the launcher can build them while the database migrates.
"""

from prm.ui.assets.build import AssetError, build_assets

__all__ = ["AssetError", "build_assets"]
