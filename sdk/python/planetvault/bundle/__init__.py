"""A bundle: everything a vault keeps of one owner, in one file that checks itself (docs/spec/bundle.md)."""

import planetvault.owner  # noqa: F401 - an owner moves in with a bundle: whoever comes first, she is read first
from planetvault.bundle.check import CheckedBundle, check_bundle
from planetvault.bundle.consents import bundle_consents
from planetvault.bundle.opened import open_bundle

__all__ = ["CheckedBundle", "bundle_consents", "check_bundle", "open_bundle"]
