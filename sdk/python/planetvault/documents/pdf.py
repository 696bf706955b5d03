"""A document as PDF, with Chinese text in it. Needs the extra [documents]."""

from importlib.resources import as_file, files

from anchor.encoding import to_base64url
from planetvault.documents.lines import Document, words
from planetvault.extras import require
from planetvault.operator import in_units

FONT = "NotoSansSC"
WIDTHS = (26, 42, 60, 24, 28)
SHORT = 12
"""Characters of a record's hash in a line; the JSON and the CSV have all of it."""


def as_pdf(document: Document, language: str = "en") -> bytes:
    """An A4 document. It says nothing that the JSON does not say."""
    require(("fpdf",), "documents", "JSON and CSV do without.")
    from fpdf import FPDF  # noqa: PLC0415 - an extra, needed here alone
    from fpdf.fonts import FontFace  # noqa: PLC0415

    said = words(language)

    class Page(FPDF):
        def footer(self) -> None:
            """The number of the page, below."""
            self.set_y(-15)
            self.set_font(FONT, size=8)
            self.cell(0, 8, said["page"].format(page=self.page_no()), align="C")

    pdf = Page()
    with as_file(files("planetvault.documents").joinpath(f"{FONT}.ttf")) as font:
        pdf.add_font(FONT, fname=str(font))
    pdf.set_title(said[document.kind])
    pdf.add_page()
    pdf.set_font(FONT, size=20)
    pdf.cell(0, 14, said[document.kind], new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(FONT, size=10)
    for name, value in document.head:
        pdf.cell(0, 6, f"{said[name]}: {value}", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(4)
    for name, amount in document.totals:
        pdf.cell(50, 7, said[name], border="B")
        pdf.cell(
            45,
            7,
            f"{in_units(amount)} {document.currency}",
            border="B",
            align="R",
            new_x="LMARGIN",
            new_y="NEXT",
        )
    pdf.ln(6)
    pdf.set_font(FONT, size=8)
    with pdf.table(
        col_widths=WIDTHS,
        text_align=("L", "L", "L", "R", "L"),
        line_height=5,
        headings_style=FontFace(emphasis=""),
    ) as table:
        heading = table.row()
        for name in ("date", "what", "with", "amount", "reference"):
            heading.cell(said[name])
        for line in document.lines:
            row = table.row()
            reference = to_base64url(line.reference)[:SHORT] + "…"
            moved = in_units(line.amount)
            for text in (f"{line.time:%Y-%m-%d %H:%M}", said[line.what], line.party, moved, reference):
                row.cell(text)
    pdf.ln(4)
    pdf.multi_cell(0, 5, said["note"])
    return bytes(pdf.output())
