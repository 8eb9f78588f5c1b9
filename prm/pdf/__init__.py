"""PDFs: plain content in, typeset in the product's type and colours. Knows no domain word.

A layout is a file in `templates/pdf/`, built on `house.typ` there. It draws what it is given and computes no figure.
"""

from prm.pdf.charts import chart_content
from prm.pdf.drawings import Drawing, drawing
from prm.pdf.responses import pdf_response
from prm.pdf.typesetting import PdfError, picture, typeset

__all__ = ["Drawing", "PdfError", "chart_content", "drawing", "pdf_response", "picture", "typeset"]
