"""Signatures in PDFs: made and judged with pyHanko, which only the child of `apart` imports."""
