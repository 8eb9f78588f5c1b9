"""Static files with a hash in the name, our own JavaScript modules' imports included."""

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticStorage(CompressedManifestStaticFilesStorage):
    """Rewrites `import "./page.js"` in our modules only: other packages' bundles hold such lines as mere text."""

    patterns = (
        *HashedFilesMixin.patterns,
        ("prm/js/*.js", HashedFilesMixin._js_module_import_aggregation_patterns[1]),  # type: ignore[attr-defined]
    )
