"""The proof of one invoice: a file that stands alone, and how it is checked without this program."""
