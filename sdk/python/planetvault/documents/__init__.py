"""Statements for owners and invoices for partners: one list of lines, written as JSON, CSV or PDF.

::

    statement = owner_statement("maya.bundle")          # offline, checked and audited first
    Path("statement.pdf").write_bytes(as_pdf(statement, "zh-CN"))

The PDF needs the extra [documents]. Its font is Noto Sans SC (OFL 1.1), cut to the characters of
GB 2312 and Latin; every other character shows as a box there, and as itself in JSON and CSV.
"""

from planetvault.documents.lines import Document, Line, as_csv, as_json
from planetvault.documents.of_owner import owner_statement
from planetvault.documents.of_partner import partner_invoice
from planetvault.documents.pdf import as_pdf

__all__ = ["Document", "Line", "as_csv", "as_json", "as_pdf", "owner_statement", "partner_invoice"]
